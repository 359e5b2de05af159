import City
import Dispatch
import EventLog
import Messages
import Postgres
import Synchronization
import Testing

@testable import EventLog

/// What both logs promise about delivery.
@Suite(.serialized)
struct DeliveryTests {
    @Test("each message takes effect once, in order per key", arguments: LogKind.allCases)
    func orderPerKey(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        let keys = (0..<20).map { "key-\($0)" }
        for round in 0..<10 {
            try log.publish(
                (0..<100).map { log.message(keys[$0 % keys.count], Int64(round * 5 + $0 / keys.count)) })
        }
        try await eventually("all effects") { try log.effects().values.map(\.count).reduce(0, +) >= 1_000 }
        await process.stop()
        let effects = try log.effects()
        for key in keys { #expect(effects[key] == Array(0..<50), "\(key)") }
    }

    @Test("a message published twice takes effect once", arguments: LogKind.allCases)
    func duplicates(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        try log.publish((0..<50).map { log.message("a", $0) }, times: 3)
        try log.publish((50..<60).map { log.message("a", $0) })
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try await eventually("all effects") { try log.effects()["a"]?.count ?? 0 >= 60 }
        try await eventually("caught up") { process.lanes.allSatisfy(\.caughtUp) }
        await process.stop()
        #expect(try log.effects()["a"] == Array(0..<60))
    }

    @Test("what is behind a missing message waits, and the lane says so", arguments: LogKind.allCases)
    func gap(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        try log.publish([log.message("a", 1)])
        // Numbers jump: as if messages had been lost.
        let session = try log.session()
        try session.execute("UPDATE eventlog.tape_sent SET last_number = last_number + 5")
        session.close()
        try log.publish([log.message("a", 2)])
        let process = log.process("reader")
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try await eventually("the gap is noticed") { process.problems.contains { $0.contains("gap") } }
        #expect(try log.effects()["a"] == [1])
        await process.stop()
    }

    @Test("messages committed by a process that died are published by the next", arguments: LogKind.allCases)
    func crashBetweenCommitAndPublish(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        try log.commitOnly([log.message("a", 1), log.message("a", 2)])
        let reader = log.process("reader")
        reader.consume(log.input) { _ in EffectHandler() }
        try reader.start()
        // Another process of the publishing service finds the dead one's lane and adopts it.
        let publisher = log.process("publisher")
        try publisher.start()
        try await eventually("leftovers arrive") { try log.effects()["a"]?.count == 2 }
        await publisher.stop()
        await reader.stop()
        #expect(try log.effects()["a"] == [1, 2])
        #expect(try log.query("SELECT count(*) FROM eventlog.outbox", Int64.self) == [0])
    }

    @Test("a zombie can commit nothing", arguments: LogKind.allCases)
    func zombie(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        let session = try log.session()
        defer { session.close() }
        let zombie = try log.writer("publisher", session: session)
        _ = try log.writer("publisher", session: session)
        var failure: (any Error)?
        do { _ = try log.commit([log.message("a", 1)], writer: zombie, session: session) } catch { failure = error }
        #expect(failure.map { FailureVerdict($0) } == .stop(.fenced))
        #expect(try log.query("SELECT count(*) FROM eventlog.record_batch", Int64.self) == [0])
        #expect(try log.query("SELECT count(*) FROM eventlog.outbox", Int64.self) == [0])
    }

    @Test("a stopped process hands over what it has finished", arguments: LogKind.allCases)
    func shutdown(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind)
        try log.publish((0..<500).map { log.message("key-\($0 % 7)", $0) })
        let first = log.process("reader")
        first.consume(log.input) { _ in EffectHandler() }
        try first.start()
        try await eventually("some effects") { try !log.effects().isEmpty }
        await first.stop()
        #expect(first.problems == ["lanes are not started"])
        let owned: [Int64] = try log.query("SELECT count(*) FROM eventlog.lane WHERE owner > 0")
        #expect(owned == [0])
        let second = log.process("reader")
        second.consume(log.input) { _ in EffectHandler() }
        try second.start()
        try await eventually("all effects") { try log.effects().values.map(\.count).reduce(0, +) >= 500 }
        await second.stop()
        #expect(try log.effects().values.flatMap { $0 }.sorted() == Array(0..<500))
    }

    @Test("two processes share partitions, and one takes over from the other", arguments: LogKind.allCases)
    func rebalance(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 4)
        let first = log.process("reader")
        first.consume(log.input) { _ in EffectHandler() }
        try first.start()
        try await eventually("first runs all") { first.lanes.filter(\.isReady).count == 4 }
        let second = log.process("reader")
        second.consume(log.input) { _ in EffectHandler() }
        try second.start()
        for round in 0..<20 { try log.publish((0..<50).map { log.message("key-\($0)", Int64(round)) }) }
        // The mock cluster refuses a member that asks for its share later than the leader's answer came, and tries again
        // 9 s later: now and then several times in a row.
        try await eventually("partitions are shared", seconds: 120) {
            first.lanes.filter(\.isReady).count == 2 && second.lanes.filter(\.isReady).count == 2
        }
        for round in 20..<30 { try log.publish((0..<50).map { log.message("key-\($0)", Int64(round)) }) }
        await first.stop()
        for round in 30..<40 { try log.publish((0..<50).map { log.message("key-\($0)", Int64(round)) }) }
        try await eventually("all effects", seconds: 60) {
            try log.effects().values.map(\.count).reduce(0, +) >= 2_000
        }
        await second.stop()
        let effects = try log.effects()
        for key in 0..<50 { #expect(effects["key-\(key)"] == Array(0..<40), "key-\(key)") }
    }

    @Test("a lane that keeps up lets messages gather instead of handling each alone", arguments: LogKind.allCases)
    func gathering(kind: LogKind) async throws {
        let log = try await LogUnderTest(kind, partitions: 1)
        var limits = LaneLimits()
        limits.gatherMilliseconds = 200...200
        let process = log.process("reader", limits: limits)
        process.consume(log.input) { _ in EffectHandler() }
        try process.start()
        try log.publish([log.message("a", 0)])
        try await eventually("the first effect") { try log.effects()["a"]?.count == 1 }
        let start = DispatchTime.now()
        for value in 1..<100 { try log.publish([log.message("a", Int64(value))]) }
        try await eventually("all effects") { try log.effects()["a"]?.count == 100 }
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
        await process.stop()
        #expect(try log.effects()["a"] == Array(0..<100))
        let transactions: [Int64] = try log.query("SELECT count(DISTINCT transaction) FROM test.effect")
        // However slow the machine: no more than one transaction in 200 ms, the first and the last aside.
        #expect(transactions[0] <= Int64(elapsed / 0.2) + 3)
    }
}
