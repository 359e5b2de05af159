import Testing

@testable import Messages

@Suite("Scrubbing personal numbers out of free text")
struct ScrubberTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: String
        init(_ text: String, _ expected: String) {
            self.text = text
            self.expected = expected
        }
        var testDescription: String { text }
    }

    static let mobiles = [
        Case("13800138000", "[手机号]"), Case("请拨13800138000联系", "请拨[手机号]联系"), Case("电话:138 0013 8000。", "电话:[手机号]。"),
        Case("138-0013-8000", "[手机号]"), Case("+8613800138000", "[手机号]"), Case("+86 13800138000", "[手机号]"),
        Case("+86-138-0013-8000", "[手机号]"), Case("008613800138000", "[手机号]"), Case("0086 13800138000", "[手机号]"),
        Case("8613800138000", "[手机号]"), Case("(+86)13800138000", "(+86)[手机号]"), Case("１３８００１３８０００", "[手机号]"),
        Case("＋８６　１３８００１３８０００", "[手机号]"), Case("一三八零零一三八零零零", "[手机号]"), Case("幺三八〇〇幺三八〇〇〇", "[手机号]"),
        Case("壹叁捌零零壹叁捌零零零", "[手机号]"), Case("1三8零0一3八0零0", "[手机号]"), Case("𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "[手机号]"),
        Case("13800138000、19912345678", "[手机号]、[手机号]"), Case("13800138000 19912345678", "[手机号] [手机号]"),
        Case("1.13800138000 2.13900139000", "1.[手机号] 2.[手机号]"), Case("138\u{A0}0013\u{A0}8000", "[手机号]"),
    ]

    /// Chinese text has no spaces, and numerals are words: a number touches them.
    static let neighbours = [
        Case("张三13800138000", "张三[手机号]"), Case("王五13800138000一直不接", "王五[手机号]一直不接"),
        Case("周一13800138000三天没人", "周一[手机号]三天没人"), Case("王五一三八零零一三八零零零", "王五[手机号]"),
        Case("找李四110101199003077619五次", "找李四[证件号]五次"), Case("身份证110101900307761一张", "身份证[证件号]一张"),
        Case("赵六川A12345三天没挪", "赵六[车牌号]三天没挪"), Case("卡号6222021001122334458一张", "卡号[银行卡号]一张"),
        Case("电话0571-87654321一直忙", "电话[电话号码]一直忙"), Case("川AD12345两辆", "[车牌号]两辆"),
    ]

    static let identities = [
        Case("110101199003077619", "[证件号]"), Case("11010519491231002X", "[证件号]"), Case("11010519491231002x", "[证件号]"),
        Case("11010519491231002Ｘ", "[证件号]"), Case("身份证110105194912310 02X。", "身份证[证件号]。"),
        Case("110105 19491231 002X", "[证件号]"), Case("110105-19491231-002-X", "[证件号]"), Case("110101900307761", "[证件号]"),
        Case("１１０１０１１９９００３０７７６１９", "[证件号]"),
    ]

    static let cards = [
        Case("6222021001122334458", "[银行卡号]"), Case("6222 0210 0112 2334 458", "[银行卡号]"),
        Case("4111111111111111", "[银行卡号]"),
        Case("卡5500-0000-0000-0004", "卡[银行卡号]"), Case("378282246310005", "[银行卡号]"),
        Case("9558800200000000006", "[银行卡号]"),
    ]

    static let landlines = [
        Case("028-85551234", "[电话号码]"), Case("02885551234", "[电话号码]"), Case("(028)85551234", "([电话号码]"),
        Case("（028）8555 1234", "（[电话号码]"), Case("0571-87654321", "[电话号码]"), Case("0571 8765432", "[电话号码]"),
        Case("010-87654321-801", "[电话号码]-801"), Case("+86 28 8555 1234", "[电话号码]"), Case("0086-571-87654321", "[电话号码]"),
        Case("028-85551234 5号楼", "[电话号码] 5号楼"),
    ]

    static let plates = [
        Case("川A12345", "[车牌号]"), Case("川A·12345", "[车牌号]"), Case("川A 123AB", "[车牌号]"), Case("粤BD12345", "[车牌号]"),
        Case("粤B12345D", "[车牌号]"), Case("沪a88888违停", "[车牌号]违停"), Case("京Ａ１２３４５", "[车牌号]"), Case("川A1234学", "[车牌号]"),
        Case("粤Z1234港占道", "[车牌号]占道"), Case("车牌川A12345，川AD12345", "车牌[车牌号]，[车牌号]"),
    ]

    /// What looks like a number and must stay.
    static let kept = [
        "", "没有数字", "110", "12345", "12319", "5号楼4单元302室", "2025年11月3日14时30分", "2025-11-03 14:30:05",
        "2025/11/03", "二〇二五年十一月三日", "一二三四五六七八", "103.9876543,30.5312345", "104.0647620000, 30.65768900001",
        "104.06476200000001", "价格3999.00元", "¥12,345,678.90", "XHG-0000012345-6", "XHG-0123456789-1",
        "XHG-20251103-12345", "20251103000012345", "订单20251103143005", "DD13800138000x", "a13800138000",
        "400-820-8820", "第13800号", "138001380001", "12800138000", "85551234", "G318国道", "川A", "青B1单元", "新A栋",
        "云南路12号", "湘G2024", "黑B12345678", "110101199003077610", "1101011990130776", "井盖编号510116002001",
        "长30米宽5.5米", "十一点半", "三三两两", "3:30-4:30", "6222021001122334450", "++", "+", "川", "0", "电话", "+86",
    ]

    @Test(
        "Personal numbers are replaced by what they were",
        arguments: mobiles + neighbours + identities + cards + landlines + plates)
    func removed(_ one: Case) {
        #expect(Scrubber.scrub(one.text) == one.expected)
    }

    @Test("Other numbers stay", arguments: kept)
    func stays(_ text: String) {
        #expect(Scrubber.scrub(text) == text)
    }

    @Test("What was scrubbed stays as it is when scrubbed again")
    func idempotent() {
        for one in Self.mobiles + Self.neighbours + Self.identities + Self.cards + Self.landlines + Self.plates {
            #expect(Scrubber.scrub(one.expected) == one.expected)
        }
    }
}
