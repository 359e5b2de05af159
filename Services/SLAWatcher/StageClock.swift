import City
import Messages

/// The clock of one stage of one case: what is left of its limit, and which mark it passes next.
///
/// Named by case, kind and the version of the step that armed it. A pause and a resumption leave the name, so that a
/// mark that was passed is never passed again.
struct StageClock: Hashable, Sendable {
    let kind: ClockFired.Kind
    /// Version of the step that armed it.
    let version: Int
    let startedAt: Timestamp
    /// The limit it was armed with; a new version of the city does not change it.
    let limit: TimeLimit
    /// The post that must act.
    let assignee: PostCode?
    /// Since when it runs without a break; nil while it is paused. Can become: nil, then a moment again.
    private(set) var runningSince: Timestamp?
    /// What was left of the limit at ``runningSince``, or is left while it is paused. Negative when overdrawn.
    private(set) var remaining: Allowance
    /// While it is paused: the deadline it had when it ran.
    private(set) var deadline: Timestamp
    /// The deadline rests on days whose holidays are not announced yet.
    private(set) var provisional: Bool
    /// Can become: the next later mark, at last nil. A clock past its breach stays, silent, until its stage ends.
    private(set) var nextMark: ClockFired.Mark?
    /// When ``nextMark`` is passed; nil while it is paused.
    private(set) var nextDue: Timestamp?

    var isPaused: Bool { runningSince == nil }

    /// Starts a clock at the beginning of a stage.
    init(
        kind: ClockFired.Kind, version: Int, startedAt: Timestamp, limit: TimeLimit, assignee: PostCode?, city: City
    ) {
        let remaining = Allowance(limit)
        let deadline = city.calendar.deadline(from: startedAt, allowance: remaining)
        self.init(
            kind: kind, version: version, startedAt: startedAt, limit: limit, assignee: assignee,
            runningSince: startedAt, remaining: remaining, deadline: deadline.at, provisional: deadline.provisional,
            nextMark: nil, nextDue: nil)
        schedule(from: .yellow, city: city)
    }

    /// A clock as it was stored.
    init(
        kind: ClockFired.Kind, version: Int, startedAt: Timestamp, limit: TimeLimit, assignee: PostCode?,
        runningSince: Timestamp?, remaining: Allowance, deadline: Timestamp, provisional: Bool,
        nextMark: ClockFired.Mark?, nextDue: Timestamp?
    ) {
        self.kind = kind
        self.version = version
        self.startedAt = startedAt
        self.limit = limit
        self.assignee = assignee
        self.runningSince = runningSince
        self.remaining = remaining
        self.deadline = deadline
        self.provisional = provisional
        self.nextMark = nextMark
        self.nextDue = nextDue
    }

    // MARK: Marks

    /// Moves past every mark whose due moment satisfies `isPassed`, in order.
    ///
    /// - Returns: the marks passed and when each was due.
    mutating func passMarks(city: City, where isPassed: (Timestamp) -> Bool) -> [(
        mark: ClockFired.Mark, due: Timestamp
    )] {
        var passed: [(mark: ClockFired.Mark, due: Timestamp)] = []
        while let mark = nextMark, let due = nextDue, isPassed(due) {
            passed.append((mark, due))
            schedule(from: mark.next, city: city)
        }
        return passed
    }

    /// Aims at the first mark, from `mark` on, that the city's policy knows.
    private mutating func schedule(from mark: ClockFired.Mark?, city: City) {
        nextMark = nil
        nextDue = nil
        guard let runningSince else {
            nextMark = mark
            return
        }
        var candidate = mark
        while let mark = candidate {
            if let unspent = unspent(at: mark, city: city) {
                let allowance = Allowance(
                    microseconds: remaining.microseconds - unspent, inWorkingTime: remaining.inWorkingTime)
                nextMark = mark
                nextDue = city.calendar.deadline(from: runningSince, allowance: allowance).at
                return
            }
            candidate = mark.next
        }
    }

    /// How much of the limit is left, in microseconds, when the mark is passed; nil when the policy has no such mark.
    private func unspent(at mark: ClockFired.Mark, city: City) -> Int64? {
        let warnings = city.profile.policy.clocks.warnAtPercent
        let whole = Allowance(limit)
        switch mark {
        case .breach: return 0
        case .yellow, .red:
            let index = mark == .yellow ? 0 : 1
            guard warnings.indices.contains(index), (0..<100).contains(warnings[index]) else { return nil }
            return whole.microseconds - whole.part(percent: warnings[index]).microseconds
        }
    }

    // MARK: Pause, resumption, recomputation

    /// Keeps what is left at `moment` for later.
    mutating func pause(at moment: Timestamp, city: City) {
        guard let since = runningSince else { return }
        remaining.microseconds -= city.calendar.elapsed(from: since, to: moment, unit: limit.unit).microseconds
        runningSince = nil
        nextDue = nil
    }

    /// Gives what was left, from `moment` on. A clock past its breach stays past it.
    mutating func resume(at moment: Timestamp, city: City) {
        guard isPaused else { return }
        runningSince = moment
        aim(city: city)
    }

    /// The clock by a later version of the city, whose calendar may know more days; nil when nothing changes.
    ///
    /// Only a running clock with a presumed deadline still ahead is counted anew. What a pause has already counted stays.
    func recomputed(city: City) -> StageClock? {
        guard provisional, !isPaused, nextMark != nil else { return nil }
        var clock = self
        clock.aim(city: city)
        return clock.deadline == deadline && clock.provisional == provisional ? nil : clock
    }

    private mutating func aim(city: City) {
        guard let runningSince, nextMark != nil else { return }
        let deadline = city.calendar.deadline(from: runningSince, allowance: remaining)
        self.deadline = deadline.at
        provisional = deadline.provisional
        schedule(from: nextMark, city: city)
    }
}

extension ClockFired.Mark {
    /// The mark after this one: yellow → red → breach.
    var next: ClockFired.Mark? {
        switch self {
        case .yellow: .red
        case .red: .breach
        case .breach: nil
        }
    }
}
