/// Which days are workdays, counted through, so that both "how many until this day" and "which is the n-th" are one
/// look-up. Spans 1900-01-01 … 2199-12-31, the days a ``Timestamp`` may be read from text.
struct WorkdayTable: Hashable, Sendable {
    static let firstDay = CivilDay(year: 1_900, month: 1, day: 1).daysSinceEpoch
    static let endDay = CivilDay(year: 2_200, month: 1, day: 1).daysSinceEpoch

    /// Workdays before each day of the table; one entry more than days.
    private let workdaysBefore: [Int32]
    /// Each workday, in days since 1970-01-01.
    private let workdays: [Int32]

    /// Monday to Friday, unless `exceptions` says otherwise.
    ///
    /// - Parameter exceptions: Days since 1970-01-01 → whether it is a workday.
    init(exceptions: [Int: Bool]) {
        var workdaysBefore: [Int32] = [0]
        var workdays: [Int32] = []
        workdaysBefore.reserveCapacity(Self.endDay - Self.firstDay + 1)
        workdays.reserveCapacity((Self.endDay - Self.firstDay) * 5 / 7 + exceptions.count)
        for day in Self.firstDay..<Self.endDay {
            if exceptions[day] ?? !Weekday(daysSinceEpoch: day).isWeekend { workdays.append(Int32(day)) }
            workdaysBefore.append(Int32(workdays.count))
        }
        self.workdaysBefore = workdaysBefore
        self.workdays = workdays
    }

    func isWorkday(_ day: Int) -> Bool {
        guard day >= Self.firstDay, day < Self.endDay else { return false }
        let index = day - Self.firstDay
        return workdaysBefore[index + 1] > workdaysBefore[index]
    }

    /// Number of workdays from the table's first day up to, not including, `day`.
    func workdays(before day: Int) -> Int {
        Int(workdaysBefore[min(max(day - Self.firstDay, 0), Self.endDay - Self.firstDay)])
    }

    /// The workday that `number` others precede; nil behind the table's last.
    func workday(number: Int) -> Int? {
        workdays.indices.contains(number) ? Int(workdays[number]) : nil
    }
}
