import City

/// Makes addresses as people give them, from the names of the grids they lie in.
struct Addresses: Sendable {
    private let city: City

    init(city: City) { self.city = city }

    /// Such as `长城一路二段123号` or `长城小区5号楼4单元`.
    func draw(in grid: GridCode, _ random: inout SeededRandom) -> String {
        let name = stem(of: grid)
        switch random.integer(in: 0...5) {
        case 0, 1:
            let road = random.pick(["一路", "二路", "三路", "大道", "东街", "西街", "北路", "南路"])
            let part = random.pick(["", "", "一段", "二段", "三段"])
            return "\(name)\(road)\(part)\(random.integer(in: 1...399))号"
        case 2, 3:
            let estate = random.pick(["小区", "花园", "雅苑", "新居", "家园"])
            return
                "\(name)\(estate)\(random.integer(in: 1...28))号楼\(random.integer(in: 1...6))单元"
        case 4:
            let spot = random.pick(["农贸市场东门", "小学门口", "公交站旁", "社区广场", "卫生服务站旁", "停车场入口", "河堤步道"])
            return name + spot
        default:
            let first = random.pick(["一路", "二路", "大道"])
            return "\(name)\(first)与\(random.pick(["东街", "西街", "南路"]))路口\(random.pick(["东北角", "西南角", "人行道", "非机动车道"]))"
        }
    }

    /// What a grid's community is called, without the word for its kind.
    private func stem(of grid: GridCode) -> String {
        let name = (city.community(of: grid) ?? city.root).name.zh
        for ending in ["社区", "街道", "村", "网格"] where name.hasSuffix(ending) && name.count > ending.count + 1 {
            return String(name.dropLast(ending.count))
        }
        return name
    }
}
