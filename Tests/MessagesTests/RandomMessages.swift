import City
import Messages
import TestSupport

/// Random messages of every kind: all optional parts come and go, all choices occur.
struct RandomMessages {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func flip() -> Bool { Bool.random(using: &random) }

    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    mutating func maybe<Value>(_ make: (inout RandomMessages) -> Value) -> Value? { flip() ? make(&self) : nil }

    mutating func text() -> String {
        pick(["井盖缺失", "a", "quote \" and \\", "line\nbreak\ttab", "😀 e\u{301}", "  ", "\u{7F}", "5号楼4单元", "x/y"])
    }

    mutating func time() -> Timestamp {
        Timestamp(microseconds: Int64.random(in: 946_684_800_000_000...4_102_444_799_999_999, using: &random))
    }

    mutating func id() -> Int64 {
        pick([1, 1_000, 123_456_789_012, Int64.max, Int64.random(in: 1...9_999, using: &random)])
    }
    mutating func count() -> Int { pick([0, 1, 2, 17, Int(Int32.max)]) }

    mutating func place() -> Coordinate {
        Coordinate(
            longitude: Double.random(in: -180...180, using: &random),
            latitude: Double.random(in: -90...90, using: &random))
    }

    mutating func reportAccepted() -> ReportAccepted {
        let grid = maybe { GridCode($0.pick(["510116002-P01", "g"])) }
        return ReportAccepted(
            id: ReportID(id()), trackingNumber: "SMP-0000001000-1",
            source: SourceCode(pick(["patrol", "hotline-12345"])),
            sourceID: text(), occurredAt: time(), receivedAt: time(), condition: ConditionCode("C0101-1"),
            title: text(),
            text: maybe { $0.text() } ?? "", address: maybe { $0.text() } ?? "", place: maybe { $0.place() },
            grid: grid,
            unlocatedReason: grid == nil ? "no-coordinates" : nil, finder: maybe { _ in PostCode("GW0001") },
            onTheSpot: maybe { random in
                .init(
                    handledAt: random.time(), note: random.maybe { $0.text() } ?? "",
                    evidence: random.maybe { [$0.text(), "photo-2"] } ?? [])
            })
    }

    mutating func reportRejected() -> ReportRejected {
        ReportRejected(
            id: id(), source: SourceCode("patrol"), receivedAt: time(),
            reasons: (0..<Int.random(in: 1...4, using: &random)).map { _ in
                .init(pointer: pick(["", "/data/title", "/data/a~1b"]), slug: pick(["missing", "too-long"]))
            })
    }

    mutating func outcomeReported() -> OutcomeReported {
        OutcomeReported(
            trackingNumber: "SMP-0000001000-1", sourceID: text(), caseNumber: "SMP-20251103-1000",
            state: pick(CaseState.allCases), onTheSpot: flip(), at: time())
    }

    mutating func caseChanged() -> CaseChanged {
        let first = pick([1, 7])
        var from = first == 1 ? nil : pick(CaseState.allCases)
        let steps = (0..<Int.random(in: 1...4, using: &random)).map { index in
            let to = pick(CaseState.allCases)
            defer { from = to }
            return CaseChanged.Step(
                version: first + index, change: pick(CaseChange.allCases), from: from, to: to, at: time(),
                by: pick(["router", "GW0001"]), reason: maybe { $0.text() })
        }
        var after = publicCase()
        after.version = steps[steps.count - 1].version
        after.state = steps[steps.count - 1].to
        return CaseChanged(steps: steps, after: after, report: maybe { ReportID($0.id()) })
    }

    mutating func publicCase() -> PublicCase {
        PublicCase(
            id: CaseID(id()), number: "SMP-20251103-1000", version: 1, state: .filed, source: SourceCode("patrol"),
            condition: ConditionCode("C0101-1"), category: CategoryCode("C0101"), severity: pick(Severity.allCases),
            path: pick(Policy.Path.allCases), title: text(), grid: maybe { _ in GridCode("g") },
            place: maybe { $0.place() }, assignee: maybe { _ in PostCode("GW0001") },
            finder: maybe { _ in PostCode("GW0002") }, handler: maybe { _ in PostCode("GW0003") },
            assisting: maybe { _ in [PostCode("GL0001"), PostCode("BL0001")] } ?? [], onTheSpot: flip(),
            reports: max(1, count()), returns: count(), reworks: count(), escalations: count(), reportedAt: time(),
            filedAt: time(), dispatchedAt: maybe { $0.time() }, acceptedAt: maybe { $0.time() },
            handledAt: maybe { $0.time() }, closedAt: maybe { $0.time() }, policyVersion: max(1, count()))
    }

    mutating func clockFired() -> ClockFired {
        ClockFired(
            caseID: CaseID(id()), kind: pick(ClockFired.Kind.allCases), version: max(1, count()),
            mark: pick(ClockFired.Mark.allCases), startedAt: time(), deadline: time(), provisional: flip(),
            firedAt: time(), grid: maybe { _ in GridCode("g") })
    }

    mutating func pointsChanged() -> PointsChanged {
        PointsChanged(
            transfer: id(), state: pick(PointsChanged.State.allCases), owner: PostCode("GW0001"),
            kind: "on-the-spot-handling", points: count(), caseID: CaseID(id()), grid: maybe { _ in GridCode("g") },
            at: time(), by: pick(["rewards", "CR0001"]), reason: maybe { $0.text() })
    }
}

extension MessageBody {
    /// The body as it travels.
    var payload: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
