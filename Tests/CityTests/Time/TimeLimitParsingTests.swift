import City
import Testing

@Suite struct TimeLimitParsingTests {
    @Test(arguments: [
        ("2紧急工作时", TimeLimit(2, .urgentHours)),
        ("2个紧急工作时", TimeLimit(2, .urgentHours)),
        ("4工作时", TimeLimit(4, .workingHours)),
        ("4个工作小时", TimeLimit(4, .workingHours)),
        ("2个工作日", TimeLimit(2, .workingDays)),
        ("5工作日", TimeLimit(5, .workingDays)),
        ("１２ 工作日", TimeLimit(12, .workingDays)),
        ("15自然日", TimeLimit(15, .calendarDays)),
        ("30分钟", TimeLimit(30, .minutes)),
        (" 4 working hours ", TimeLimit(4, .workingHours)),
        ("1 Working Hour", TimeLimit(1, .workingHours)),
        ("2 urgent hours", TimeLimit(2, .urgentHours)),
        ("2 working days", TimeLimit(2, .workingDays)),
        ("15 calendar days", TimeLimit(15, .calendarDays)),
        ("30 minutes", TimeLimit(30, .minutes)),
        ("9999分钟", TimeLimit(9_999, .minutes)),
    ])
    func reads(text: String, limit: TimeLimit) throws {
        #expect(try TimeLimit(parsing: text) == limit)
    }

    @Test(arguments: [
        ("种植季节15工作日", TimeLimitFault.Code.textBeforeAmount, "种植季节"),
        ("1紧急工作时制止", .textAfterUnit, "制止"),
        ("", .noAmount, ""),
        ("立即", .noAmount, "立即"),
        ("两个工作日", .noAmount, "两个工作日"),
        ("-1工作日", .textBeforeAmount, "-"),
        ("0工作日", .amountOutOfRange, "0"),
        ("10000工作日", .amountOutOfRange, "10000"),
        ("99999999999999999999分钟", .amountOutOfRange, "99999999999999999999"),
        ("4", .unknownUnit, ""),
        ("4工时", .unknownUnit, "工时"),
        ("1.5工作日", .unknownUnit, ".5工作日"),
        ("3-5工作日", .unknownUnit, "-5工作日"),
        ("1 5工作日", .unknownUnit, "5工作日"),
        ("24小时", .ambiguousUnit, "小时"),
        ("7天", .ambiguousUnit, "天"),
        ("7 days", .ambiguousUnit, "days"),
        ("2 hours", .ambiguousUnit, "hours"),
        ("4工作时内", .textAfterUnit, "内"),
        ("2工作日或3工作日", .textAfterUnit, "或3工作日"),
    ])
    func refuses(text: String, code: TimeLimitFault.Code, part: String) {
        #expect(throws: TimeLimitFault(code: code, text: text, part: part)) { try TimeLimit(parsing: text) }
    }

    @Test func sayWhyInBothLanguages() {
        let fault = TimeLimitFault(code: .textBeforeAmount, text: "种植季节15工作日", part: "种植季节")
        #expect(fault.reason.zh == "数量前有“种植季节”")
        #expect(fault.description == "time limit “种植季节15工作日”: “种植季节” stands before the amount")
    }

    @Test(arguments: TimeLimit.Unit.allCases, [1, 2, 15])
    func readsWhatItWrites(unit: TimeLimit.Unit, amount: Int) throws {
        let limit = TimeLimit(amount, unit)
        #expect(try TimeLimit(parsing: limit.text.zh) == limit)
        #expect(try TimeLimit(parsing: limit.text.en) == limit)
    }

    @Test func writesWords() {
        #expect(TimeLimit(2, .urgentHours).text == LocalizedText(zh: "2紧急工作时", en: "2 urgent hours"))
        #expect(TimeLimit(1, .workingDays).text == LocalizedText(zh: "1个工作日", en: "1 working day"))
    }
}
