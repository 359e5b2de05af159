import City

/// Words of reports, as each feed puts them.
struct FeedTexts: Sendable {
    /// What a report says.
    struct Wording: Sendable {
        var title: String
        var text: String
    }

    private let city: City

    init(city: City) { self.city = city }

    func draw(_ condition: ConditionCode, at address: String, _ manner: FeedManner, _ random: inout SeededRandom)
        -> Wording
    {
        guard let known = city.condition(condition), let category = city.category(known.category) else {
            return Wording(title: address, text: "")
        }
        let (matter, state) = (category.name.zh, known.name.zh)
        switch manner {
        case .hotline:
            let who = random.pick(["市民来电反映", "来电人称", "群众反映", "商户来电反映"])
            let wish = random.pick(["请相关部门尽快处理。", "要求现场核实并回复。", "已多日无人处理，希望督促。", "影响出行，请尽快安排。"])
            return Wording(
                title: "\(address)\(matter)：\(state)", text: "\(who)，\(address)附近\(matter)\(state)，\(wish)")
        case .camera:
            let camera = random.integer(in: 1...640)
            return Wording(
                title: "\(matter)·\(state)",
                text: "视频智能识别，点位\(camera)，置信度0.\(random.integer(in: 81...98))，\(address)\(matter)\(state)，已截图留存。")
        case .police:
            let reason = random.pick(["不属公安机关管辖", "现场无警情", "双方无肢体冲突", "属城市管理事项"])
            return Wording(
                title: "非警情转办：\(matter)", text: "接警后到场，\(address)\(matter)，\(state)，\(reason)，转属地处理。")
        case .patrol:
            return Wording(
                title: "巡查发现\(matter)\(state)",
                text: "\(address)，\(random.pick(["巡查", "走访", "晨巡", "夜巡"]))时发现\(matter)\(state)。")
        case .resident:
            let tone = random.pick(["麻烦网格员看看，谢谢！", "老人小孩走过去不安全。", "群里好几户都说了。", "什么时候能弄好呀？"])
            return Wording(title: "\(matter)\(state)", text: "我们这边\(address)，\(matter)\(state)，\(tone)")
        }
    }

    /// The same matter in the words of somebody who does not know that it was reported.
    func echo(_ condition: ConditionCode, at address: String, _ manner: FeedManner, _ random: inout SeededRandom)
        -> Wording
    {
        var wording = draw(condition, at: address, manner, &random)
        wording.text += random.pick(["路过看到的。", "请派人看一下。", "已拍照。"])
        return wording
    }

    /// What somebody wants who has come to the wrong place.
    func stray(_ random: inout SeededRandom) -> Wording {
        let wish = random.pick(["咨询外地社保转移手续", "反映外市高速公路拥堵", "投诉网络购物退款", "寻求彩票中奖指导"])
        return Wording(title: wish, text: "来电人\(wish)，不清楚应找哪个部门。")
    }

    /// What whoever handled it says.
    static func handled(_ lot: Int) -> String {
        let notes = ["已现场处理完毕", "已清理并复查", "已联系责任单位当场整改", "已劝导并恢复秩序", "已修复，现场无遗留问题"]
        return notes[lot % notes.count]
    }

    static func declined(_ lot: Int) -> String { ["不属于本辖区管理事项", "诉求不明，已解释引导"][lot % 2] }

    static func returned(_ lot: Int) -> String { ["权属不清，请核实责任单位", "不在本网格范围内", "需专业队伍处置"][lot % 3] }

    static func reworked(_ lot: Int) -> String { ["现场仍有遗留，请补充处置", "照片与现场不符，请重新处置"][lot % 2] }
}
