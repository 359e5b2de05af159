import City
import Testing

@Suite struct WorkingCalendarTests {
    let calendar: WorkingCalendar

    init() throws {
        calendar = try WorkingCalendar(zone: Zones.shanghai, workingTime: .national, holidays: HolidayFiles.all)
    }

    @Test(arguments: [
        ("2026-02-13 17:00", TimeLimit(4, .workingHours), "2026-02-14 11:00"),
        ("2026-02-14 17:30", TimeLimit(1, .workingDays), "2026-02-24 17:30"),
        ("2026-02-13 17:00", TimeLimit(2, .urgentHours), "2026-02-13 19:00"),
        ("2026-02-14 11:59", TimeLimit(4, .workingHours), "2026-02-14 17:59"),
        ("2026-09-30 16:00", TimeLimit(3, .workingDays), "2026-10-10 16:00"),
        ("2026-01-04 10:00", TimeLimit(4, .workingHours), "2026-01-04 16:00"),
        ("2026-05-08 17:59", TimeLimit(1, .workingDays), "2026-05-09 17:59"),
        ("2026-06-05 12:00", TimeLimit(2, .workingHours), "2026-06-05 16:00"),
        // A limit ends with the span it fills, not when the next one begins.
        ("2026-06-05 08:00", TimeLimit(4, .workingHours), "2026-06-05 12:00"),
        ("2026-06-05 08:00", TimeLimit(1, .workingDays), "2026-06-05 18:00"),
        ("2026-06-05 18:00", TimeLimit(1, .workingDays), "2026-06-08 18:00"),
        // Reports at night and on days off begin with the next working time.
        ("2026-06-05 23:30", TimeLimit(1, .workingHours), "2026-06-08 09:00"),
        ("2026-06-06 10:00", TimeLimit(1, .workingHours), "2026-06-08 09:00"),
        ("2026-06-05 13:00", TimeLimit(1, .workingHours), "2026-06-05 15:00"),
        // Continuous units know no calendar.
        ("2026-02-13 17:00", TimeLimit(15, .calendarDays), "2026-02-28 17:00"),
        ("2026-02-13 23:45", TimeLimit(30, .minutes), "2026-02-14 00:15"),
        ("2026-06-05 10:00", TimeLimit(0, .workingHours), "2026-06-05 10:00"),
        // A weekend worked because the next year's notice says so.
        ("2018-12-28 17:00", TimeLimit(2, .workingHours), "2018-12-29 09:00"),
    ])
    func deadlines(start: String, limit: TimeLimit, expected: String) {
        let deadline = calendar.deadline(from: shanghai(start), limit: limit)
        #expect(deadline == Deadline(at: shanghai(expected), provisional: false))
    }

    @Test func fractionsOfASecondAreKept() {
        let deadline = calendar.deadline(
            from: moment("2026-06-05T11:59:59.999999+08:00"), limit: TimeLimit(1, .workingHours))
        #expect(deadline.at == moment("2026-06-05T14:59:59.999999+08:00"))
    }

    @Test func knowsWorkdays() {
        #expect(calendar.coveredYears == Set(HolidayFiles.years))
        #expect(calendar.isWorkday(CivilDay(year: 2_026, month: 2, day: 14)))
        #expect(!calendar.isWorkday(CivilDay(year: 2_026, month: 2, day: 16)))
        #expect(!calendar.isWorkday(CivilDay(year: 2_026, month: 6, day: 6)))
        #expect(calendar.isWorkday(CivilDay(year: 2_026, month: 6, day: 5)))
        // Not announced: a Monday is presumed to be a workday even on a holiday.
        #expect(calendar.isWorkday(CivilDay(year: 2_029, month: 1, day: 1)))
    }

    @Test(arguments: [
        ("2026-12-24 10:00", TimeLimit(2, .workingHours), "2026-12-24 12:00", false),
        // The last week of December may still be shifted by the notice for 2027.
        ("2026-12-24 17:30", TimeLimit(1, .workingHours), "2026-12-25 08:30", true),
        ("2026-12-24 17:00", TimeLimit(10, .workingDays), "2027-01-07 17:00", true),
        ("2027-03-01 10:00", TimeLimit(1, .workingHours), "2027-03-01 11:00", true),
        ("2027-03-01 10:00", TimeLimit(1, .urgentHours), "2027-03-01 11:00", false),
        ("2017-12-29 17:30", TimeLimit(1, .workingHours), "2018-01-02 08:30", true),
    ])
    func saysWhatIsProvisional(start: String, limit: TimeLimit, expected: String, provisional: Bool) {
        let deadline = calendar.deadline(from: shanghai(start), limit: limit)
        #expect(deadline == Deadline(at: shanghai(expected), provisional: provisional))
    }

    @Test func oneYearAloneIsNotCoveredByItsNeighboursNotice() throws {
        let alone = try WorkingCalendar(
            zone: Zones.shanghai, workingTime: .national, holidays: HolidayFiles.read(year: 2_019))
        #expect(alone.coveredYears == [2_019])
        #expect(alone.isWorkday(CivilDay(year: 2_018, month: 12, day: 29)))
        #expect(alone.deadline(from: shanghai("2018-12-28 17:00"), limit: TimeLimit(2, .workingHours)).provisional)
    }

    @Test func withoutAnyHolidaysEverythingIsProvisional() throws {
        let bare = try WorkingCalendar(zone: Zones.shanghai, workingTime: .national, holidays: [])
        let deadline = bare.deadline(from: shanghai("2026-02-13 17:00"), limit: TimeLimit(4, .workingHours))
        #expect(deadline == Deadline(at: shanghai("2026-02-16 11:00"), provisional: true))
    }

    @Test func warnsAtPartsOfTheLimit() {
        let start = shanghai("2026-02-13 17:00")
        let limit = TimeLimit(4, .workingHours)
        #expect(calendar.moment(from: start, limit: limit, percent: 25).at == shanghai("2026-02-13 18:00"))
        #expect(calendar.moment(from: start, limit: limit, percent: 50).at == shanghai("2026-02-14 09:00"))
        #expect(
            calendar.moment(from: start, limit: limit, percent: 100) == calendar.deadline(from: start, limit: limit))
        let hours = TimeLimit(2, .urgentHours)
        #expect(calendar.moment(from: start, limit: hours, percent: 80).at == shanghai("2026-02-13 18:36"))
    }

    @Test func pausesAndResumes() {
        let start = shanghai("2026-02-13 17:00")
        let limit = TimeLimit(4, .workingHours)
        // One hour is used on Friday evening, half of one on Saturday; the case comes back after Spring Festival.
        let left = calendar.remaining(from: start, limit: limit, at: shanghai("2026-02-14 08:30"))
        #expect(left == Allowance(microseconds: 2 * 3_600_000_000 + 1_800_000_000, inWorkingTime: true))
        let resumed = calendar.deadline(from: shanghai("2026-02-24 11:00"), allowance: left)
        #expect(resumed.at == shanghai("2026-02-24 15:30"))
        // Overdue: due at once when resumed.
        let overdue = calendar.remaining(from: start, limit: limit, at: shanghai("2026-02-14 12:00"))
        #expect(overdue.microseconds == -3_600_000_000)
        #expect(
            calendar.deadline(from: shanghai("2026-02-24 11:00"), allowance: overdue).at == shanghai("2026-02-24 11:00")
        )
    }

    @Test func aWorkingDayIsEightHoursWhereverPeopleWorkLess() throws {
        let short = try WorkingCalendar(
            zone: Zones.shanghai,
            workingTime: WorkingTime(spans: [.init(from: 540, to: 720), .init(from: 780, to: 1_020)]),
            holidays: HolidayFiles.all)
        let deadline = short.deadline(from: shanghai("2026-06-04 09:00"), limit: TimeLimit(1, .workingDays))
        #expect(deadline.at == shanghai("2026-06-05 10:00"))
    }

    @Test func summerTimeLeavesWorkingHoursWhatTheWallShows() throws {
        let berlin = try WorkingCalendar(zone: Zones.berlin, workingTime: .national, holidays: [])
        let deadline = berlin.deadline(from: moment("2026-03-27T17:00:00+01:00"), limit: TimeLimit(2, .workingHours))
        #expect(deadline.at == moment("2026-03-30T09:00:00+02:00"))
    }

    @Test func countsStopAtTheEndOfTheTable() {
        let deadline = calendar.deadline(from: moment("2199-12-01T00:00:00Z"), limit: TimeLimit(9_999, .workingDays))
        #expect(deadline == Deadline(at: .end, provisional: true))
        #expect(calendar.deadline(from: .end, limit: TimeLimit(1, .workingHours)).at == .end)
        #expect(!calendar.isWorkday(CivilDay(year: 2_200, month: 1, day: 1)))
    }

    @Test(
        arguments: [
            ([], WorkingCalendar.Fault.noWorkingTime),
            ([.init(from: 720, to: 720)], .badSpan(.init(from: 720, to: 720))),
            ([.init(from: -1, to: 720)], .badSpan(.init(from: -1, to: 720))),
            ([.init(from: 0, to: 1_441)], .badSpan(.init(from: 0, to: 1_441))),
            ([.init(from: 480, to: 720), .init(from: 700, to: 800)], .badSpan(.init(from: 700, to: 800))),
        ] as [([WorkingTime.Span], WorkingCalendar.Fault)])
    func refusesBadWorkingTime(spans: [WorkingTime.Span], fault: WorkingCalendar.Fault) {
        #expect(throws: fault) {
            try WorkingCalendar(zone: Zones.shanghai, workingTime: WorkingTime(spans: spans), holidays: [])
        }
    }

    @Test func refusesBadHolidays() {
        let day = CivilDay(year: 2_026, month: 1, day: 1)
        let off = Holiday(day: day, name: "元旦", isDayOff: true)
        let worked = Holiday(day: day, name: "元旦", isDayOff: false)
        #expect(throws: WorkingCalendar.Fault.contradiction(day)) {
            try WorkingCalendar(zone: Zones.shanghai, workingTime: .national, holidays: [off, worked])
        }
        #expect(throws: Never.self) {
            try WorkingCalendar(zone: Zones.shanghai, workingTime: .national, holidays: [off, off])
        }
        let noDay = CivilDay(year: 2_026, month: 2, day: 29)
        #expect(throws: WorkingCalendar.Fault.noSuchDay(noDay)) {
            try WorkingCalendar(
                zone: Zones.shanghai, workingTime: .national,
                holidays: [Holiday(day: noDay, name: "?", isDayOff: true)])
        }
    }
}
