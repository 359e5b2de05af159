import City
import Messages
import TestSupport

@testable import EventLog

/// A suite of lanes over a store and a log in memory, and what may happen to it.
///
/// One thread, one seed: who works next, for how long, and what befalls him is drawn from the generator alone.
final class SimulatedSuite {
    /// What may befall an owner in the midst of a round.
    enum Fault: String, CaseIterable {
        case lostBeforeCommit
        case answerLost
        case diesBeforePublishing
        case diesWhilePublishing
        case diesBeforeRemoval
        case freezesBeforePublishing
    }

    let kind: LogKind
    var store = SimulatedStore()
    private(set) var now = local("2025-11-03 09:00")
    /// What was seen to go wrong while it happened.
    private(set) var observations: [String] = []
    /// Operators want what was set aside handled again, and nothing is poison any more.
    private(set) var isMended = false

    private let missing: Mechanism?
    private var random: SeededGenerator
    private var brokers = SimulatedLog()
    private var sent: [(frame: LogFrame, producer: Int)] = []
    private var owners: [Int: SimulatedOwner] = [:]
    private var frozen: [SimulatedOwner] = []
    private var fault: Fault?
    private var waiting: [Int: [Int]] = [:]
    private var sequences: [String: Int64] = [:]
    let services: SimulatedServices
    /// Steps taken, for whoever wants to know how it came to this.
    private(set) var trace: [String] = []
    private let isTraced: Bool
    private(set) var steps = 0

    init(_ town: SimulatedTown, seed: UInt64, missing: Mechanism? = nil, isTraced: Bool = false) {
        var random = SeededGenerator(seed: seed)
        self.missing = missing
        self.isTraced = isTraced
        // Without a broker there is neither an outbox nor anything to publish.
        kind = missing == nil && Int.random(in: 0..<3, using: &random) == 0 ? .postgres : .kafka
        services = SimulatedServices(town)
        self.random = random
        for lane in Self.lanes { store.lanes[lane.id] = .init() }
    }

    // MARK: Lanes

    static func partitions(of topic: Topic) -> Int { topic == .cases ? 2 : 1 }

    static let lanes: [LaneIdentity] = {
        let inputs: [(service: String, input: String)] = [
            ("intake", LaneIdentity.httpInput), ("router", LaneIdentity.httpInput),
            ("rewards", LaneIdentity.httpInput), ("router", "reports"), ("router", "clocks"), ("sla-watcher", "cases"),
            ("rewards", "cases"),
        ]
        var lanes: [LaneIdentity] = []
        for (service, input) in inputs {
            for partition in 0..<(input == LaneIdentity.httpInput ? 1 : partitions(of: Topic(name: input))) {
                lanes.append(
                    LaneIdentity(id: lanes.count + 1, service: service, input: input, partition: partition))
            }
        }
        return lanes
    }()

    func makeHandler(_ lane: LaneIdentity) -> any SimulatedHandler { services.handler(of: lane, in: self) }

    func has(_ mechanism: Mechanism) -> Bool { missing != mechanism }

    /// Numbers that nobody else gets: like a sequence, not part of a transaction.
    func takeNumbers(_ name: String, _ count: Int64) -> Range<Int64> {
        let first = sequences[name, default: 1_000]
        sequences[name] = first + count
        return first..<first + count
    }

    // MARK: The log

    var log: SimulatedLog { kind == .postgres ? store.log : brokers }

    func messages(_ lane: LaneIdentity) -> [Message] {
        log.messages(TapeKey(topic: Topic(name: lane.input), partition: lane.partition))
    }

    func send(_ frame: LogFrame, from lane: LaneIdentity, most: Int = .max) throws {
        try brokers.append(frame, producer: lane.id, most: most)
        if most == .max { sent.append((frame, lane.id)) }
    }

    // MARK: What owners ask

    func batchSize() -> Int { isMended ? 500 : [1, 2, 3, 8, 500].randomElement(using: &random) ?? 1 }

    func takeFault(_ wanted: Fault) -> Fault? {
        guard fault == wanted else { return nil }
        fault = nil
        note { "    \(wanted.rawValue)" }
        return wanted
    }

    /// One message in 60 cannot be handled, until it is mended.
    func isPoison(_ message: Message, for lane: LaneIdentity) -> Bool {
        guard !isMended, message.producer != 0 else { return false }
        var hash = SeededGenerator(seed: UInt64(message.number * 31 + Int64(message.producer * 7 + lane.id)))
        return Int.random(in: 0..<60, using: &hash) == 0
    }

    func takeRequests(for lane: LaneIdentity) -> [Int] {
        let count = Int.random(in: 1...3, using: &random)
        let taken = Array(waiting[lane.id, default: []].prefix(count))
        waiting[lane.id, default: []].removeFirst(taken.count)
        return taken
    }

    func answered(_ request: Int, _ answer: String, by lane: LaneIdentity) {
        if let complaint = services.answered(request, answer, by: lane) { observe(complaint) }
    }

    func observe(_ fault: String) {
        observations.append(fault)
        note { "    SEEN: \(fault)" }
    }

    private func note(_ text: () -> String) { if isTraced { trace.append(text()) } }

    // MARK: The schedule

    /// Lets `count` things happen.
    func run(steps count: Int) {
        for _ in 0..<count { happen() }
    }

    private func happen() {
        steps += 1
        now = now.advanced(bySeconds: Int64.random(in: 0...40, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<14: ask()
        case 14..<86: work(Self.lanes[Int.random(in: 0..<Self.lanes.count, using: &random)])
        case 86..<90: freeze()
        case 90..<95: thaw()
        case 95..<98: sendAgain()
        default:
            now = now.advanced(bySeconds: Int64.random(in: 300...3_600, using: &random))
            note { "the clock moves to \(now.rfc3339)" }
        }
    }

    /// Somebody wants something, for the first time or again.
    private func ask() {
        guard let (lane, request) = services.nextRequest(store, now: now, random: &random) else { return }
        note { "\(lane) is asked \(services.describe(request, lane))" }
        waiting[lane.id, default: []].append(request)
    }

    private func work(_ lane: LaneIdentity) {
        if Int.random(in: 0..<8, using: &random) == 0 { fault = Fault.allCases.randomElement(using: &random) }
        note { "\(now.rfc3339) \(lane) works\(fault.map { ", \($0.rawValue)" } ?? "")" }
        defer { fault = nil }
        attempt(lane) {
            if owners[lane.id] == nil { owners[lane.id] = try SimulatedOwner(lane, suite: self) }
            try owners[lane.id]?.step()
        }
    }

    /// Does an owner's work, and deals with his end.
    private func attempt(_ lane: LaneIdentity, _ body: () throws -> Void) {
        do {
            try body()
        } catch is SimulatedOwner.Frozen {
            if let owner = owners.removeValue(forKey: lane.id) { frozen.append(owner) }
        } catch {
            note { "    ends: \(error)" }
            owners[lane.id] = nil
        }
    }

    /// An owner stands still, and another takes his lane.
    private func freeze() {
        guard let lane = owners.keys.sorted().randomElement(using: &random),
            let owner = owners.removeValue(forKey: lane)
        else { return }
        note { "\(owner.identity) freezes" }
        frozen.append(owner)
    }

    /// A frozen owner goes on as if nothing had happened.
    private func thaw() {
        guard !frozen.isEmpty else { return }
        let owner = frozen.remove(at: Int.random(in: 0..<frozen.count, using: &random))
        note { "\(owner.identity) thaws" }
        // He believes in his lane until somebody tells him otherwise.
        do {
            try owner.step()
            frozen.append(owner)
        } catch is SimulatedOwner.Frozen {
            frozen.append(owner)
        } catch {
            note { "    ends: \(error)" }
        }
    }

    /// A producer that missed an acknowledgement sends once more what has arrived.
    private func sendAgain() {
        guard let again = sent.randomElement(using: &random) else { return }
        note {
            "\(again.frame.topic)/\(again.frame.partition) gets #\(again.frame.firstNumber) of \(again.producer) again"
        }
        // The frame was decoded before, so it can be decoded again.
        try? brokers.append(again.frame, producer: again.producer)
    }

    /// Mends what is broken and works until nothing is left to do, and once more after each of these spans.
    ///
    /// - Returns: whether it came to rest.
    func settle(afterSeconds spans: [Int64]) -> Bool {
        isMended = true
        fault = nil
        frozen.removeAll()
        note { "mended" }
        for span in [0] + spans {
            now = now.advanced(bySeconds: span)
            guard workUntilRest() else { return false }
        }
        return true
    }

    private func workUntilRest() -> Bool {
        for _ in 0..<60 {
            var isAtRest = true
            for lane in Self.lanes {
                attempt(lane) {
                    if owners[lane.id] == nil { owners[lane.id] = try SimulatedOwner(lane, suite: self) }
                    try owners[lane.id]?.step()
                }
                isAtRest = isAtRest && owners[lane.id]?.isAtRest == true
            }
            if isAtRest { return true }
        }
        return false
    }
}
