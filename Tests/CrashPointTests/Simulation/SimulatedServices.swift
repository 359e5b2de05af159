import City
import Messages
import TestSupport

@testable import EventLog

/// The services of one simulated suite, with those who use them.
final class SimulatedServices {
    private let intake: IntakeModel
    private let router: RouterModel
    private let clocks: ClockModel
    private let rewards: RewardsModel

    init(_ town: SimulatedTown) {
        let changes = DecodedBodies<CaseChanged>()
        intake = IntakeModel(city: town.city, events: town.events)
        router = RouterModel(city: town.city)
        clocks = ClockModel(city: town.city, changes: changes)
        rewards = RewardsModel(city: town.city, changes: changes)
    }

    func handler(of lane: LaneIdentity, in suite: SimulatedSuite) -> any SimulatedHandler {
        switch (lane.service, lane.input) {
        case ("intake", _): intake.handler(in: suite)
        case ("router", "reports"): router.filing(in: suite)
        case ("router", "clocks"): router.escalation()
        case ("router", _): router.work()
        case ("sla-watcher", _): clocks.handler(lane)
        case (_, "cases"): rewards.claims(lane, in: suite)
        default: rewards.reviews()
        }
    }

    // MARK: People

    /// What somebody asks for next, and of which lane.
    func nextRequest(
        _ store: SimulatedStore, now: Timestamp, random: inout SeededGenerator
    ) -> (lane: LaneIdentity, request: Int)? {
        let (lane, request): (LaneIdentity, Int?) =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: (Self.intake, intake.nextRequest(now: now, random: &random))
            case 4..<9: (Self.router, router.nextRequest(store, now: now, random: &random))
            default: (Self.rewards, rewards.nextRequest(store, random: &random))
            }
        return request.map { (lane, $0) }
    }

    private static let intake = SimulatedSuite.lanes[0]
    private static let router = SimulatedSuite.lanes[1]
    private static let rewards = SimulatedSuite.lanes[2]

    func describe(_ request: Int, _ lane: LaneIdentity) -> String {
        switch lane.service {
        case "intake": intake.describe(request)
        case "router": router.describe(request)
        default: rewards.describe(request)
        }
    }

    /// - Returns: what is wrong with an answer.
    func answered(_ request: Int, _ answer: String, by lane: LaneIdentity) -> String? {
        switch lane.service {
        case "intake": intake.answered(request, answer)
        case "router": router.answered(request, answer)
        default: rewards.answered(request, answer)
        }
    }

    // MARK: What must hold

    /// What is wrong with a suite that has come to rest.
    func faults(_ suite: SimulatedSuite) -> [String] {
        suite.observations + intake.faults(suite.store, log: suite.log) + router.faults(suite.store)
            + clocks.faults(suite, escalations: router.escalations(suite.store)) + rewards.faults(suite.store)
            + tapes(suite)
    }

    /// Whatever was said was heard once, in order: on each tape numbers 1 to n, by each reader.
    private func tapes(_ suite: SimulatedSuite) -> [String] {
        var faults = suite.store.outbox.map { "the outbox holds #\($0.frame.firstNumber) of lane \($0.lane)" }
        if suite.store.deadLetters.contains(where: { !$0.isReplayed }) { faults.append("a message is set aside") }
        for lane in SimulatedSuite.lanes where lane.input != LaneIdentity.httpInput {
            let handled = suite.store.lanes[lane.id]?.handled ?? []
            if Set(handled).count != handled.count { faults.append("\(lane) handled a message twice") }
            let key = TapeKey(topic: Topic(name: lane.input), partition: lane.partition)
            var said: Set<String> = []
            for (producer, row) in suite.store.lanes {
                guard let last = row.sent[key], last > 0 else { continue }
                for number in 1...last { said.insert("\(producer)-\(key.topic.name)-\(key.partition)-\(number)") }
            }
            let missed = said.subtracting(handled)
            if !missed.isEmpty { faults.append("\(lane) missed \(missed.sorted().prefix(3))") }
            let invented = Set(handled).subtracting(said)
            if !invented.isEmpty { faults.append("\(lane) handled what nobody said: \(invented.sorted().prefix(3))") }
        }
        return faults
    }
}

/// What all schedules share.
struct SimulatedTown: Sendable {
    let city: City
    let events: [IntakeModel.Event]

    init() throws {
        city = try SmallTown.city()
        events = IntakeModel.events(city)
    }
}
