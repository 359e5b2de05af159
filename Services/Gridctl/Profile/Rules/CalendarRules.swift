import City

/// Working time and holidays make sense together.
enum CalendarRules {
    static func check(_ draft: ProfileDraft, _ faults: FaultList) {
        guard let document = draft.document else { return }
        let spans = document.workingTime.spans
        if zip(spans, spans.dropFirst()).contains(where: { $0.to > $1.from }) {
            faults.fatal(
                .calendar, ProfileFolder.profile, row: document.lines.workingTime, field: "workingTime",
                zh: "时段应由早到晚且不重叠", en: "spans are in order and do not overlap")
        } else if spans.reduce(0, { $0 + $1.to - $1.from }) != 480, !spans.isEmpty {
            faults.warning(
                .calendar, ProfileFolder.profile, row: document.lines.workingTime, field: "workingTime",
                zh: "一个工作日按 8 工作时计，而各时段合计不是 8 小时",
                en: "a working day counts as 8 working hours, but the spans add up to something else")
        }
        if !document.holidays.years.contains(document.assumedYear) {
            faults.fatal(
                .calendar, ProfileFolder.profile, row: document.lines.assumedYear, field: "assumedYear",
                zh: "holidays.years 不含 \(document.assumedYear) 年",
                en: "holidays.years does not have \(document.assumedYear)")
        }
        var seen: Set<CivilDay> = []
        for holiday in draft.holidays where !seen.insert(holiday.day).inserted {
            faults.fatal(
                .duplicate, ProfileFolder.profile, row: document.holidays.line, field: "holidays.years",
                zh: "\(holiday.day) 出现两次", en: "\(holiday.day) occurs twice")
        }
    }
}
