import Dispatch
import Foundation
import Kafka
import Messages
import Postgres
import ServiceKit
import TestSupport

/// What can befall a suite from outside.
enum Fault: String, CaseIterable, Sendable, CustomStringConvertible {
    case serviceKilled
    case allKilled
    case frozen
    case sessionsEnded
    case backendKilled
    case serverKilled
    case serverAway
    case noConnections
    case brokerAway
    case repeats

    var description: String {
        switch self {
        case .serviceKilled: "a service killed"
        case .allKilled: "all services killed at once"
        case .frozen: "a service frozen until another took its place, then thawed"
        case .sessionsEnded: "all sessions ended by an administrator"
        case .backendKilled: "a PostgreSQL backend killed"
        case .serverKilled: "PostgreSQL killed"
        case .serverAway: "PostgreSQL away for 3 s"
        case .noConnections: "no connection to be had for 3 s"
        case .brokerAway: "the broker away for 5 s"
        case .repeats: "messages repeated in the log"
        }
    }

    /// Kinds that a log knows.
    static func all(over log: EventLogChoice) -> [Fault] {
        allCases.filter { log == .kafka || $0 != .brokerAway }
    }

    /// Makes it happen, and undoes what an operator or a supervisor would undo.
    ///
    /// - Returns: the moment from which the suite may be expected to recover by itself.
    func befall(_ suite: SuiteUnderTest, using generator: inout SeededGenerator) async throws -> DispatchTime {
        let service = ServiceName.allCases.randomElement(using: &generator) ?? .router
        var began = DispatchTime.now()
        switch self {
        case .serviceKilled:
            await suite.kill(service)
            try await suite.restart(service)
        case .allKilled:
            await withTaskGroup(of: Void.self) { group in
                for service in ServiceName.allCases { group.addTask { await suite.kill(service) } }
            }
            for service in ServiceName.allCases { try await suite.restart(service) }
        case .frozen:
            try await suite.freeze(service)
            began = .now()
        case .sessionsEnded:
            try await suite.run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                """)
        case .backendKilled:
            let sessions = try await suite.query(
                """
                SELECT pid FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid
                """, Int32.self)
            if let pid = sessions.randomElement(using: &generator) { kill(pid, SIGKILL) }
        case .serverKilled:
            let server = suite.server
            try await blocking { try server.restart(immediate: true) }
        case .serverAway:
            let server = suite.server
            try await blocking { try server.stop() }
            try await Task.sleep(for: .seconds(3))
            try await blocking { try server.start() }
            began = .now()
        case .noConnections:
            try await suite.withoutConnections(seconds: 3)
            began = .now()
        case .brokerAway:
            try await suite.withoutBroker(seconds: 5)
            began = .now()
        case .repeats:
            try await suite.repeatMessages(100)
        }
        return began
    }
}

extension SuiteUnderTest {
    /// Stops a service's process in the midst of its work until others take it for dead and a second process of the
    /// service has taken its place; then lets it go on, unaware, and ends the second.
    func freeze(_ service: ServiceName) async throws {
        guard let frozen = process(service) else { return }
        frozen.send(SIGSTOP)
        let deputy = try await startDeputy(service)
        try await require("the deputy of \(service.rawValue) is ready", seconds: 120) {
            try await HTTP.get("http://127.0.0.1:\(deputy.port)/health/ready").status == 200
        }
        frozen.send(SIGCONT)
        // Both are awake now; the one that slept has to find out.
        try await Task.sleep(for: .seconds(1))
        deputy.process.send(SIGTERM)
        _ = await deputy.process.ending
    }

    /// Takes all connections of the server, and with them those the services had.
    func withoutConnections(seconds: Double) async throws {
        let url = postgresURL
        try await blocking {
            var taken: [PostgresSession] = []
            defer { for session in taken { session.close() } }
            func takeAll() {
                while let settings = try? PostgresSettings(url: url),
                    let session = try? PostgresSession(settings, logger: Self.quiet)
                { taken.append(session) }
            }
            takeAll()
            guard let first = taken.first else { return }
            try first.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name IN ('intake', 'router', 'sla-watcher', 'rewards', 'analytics')
                """)
            let end = DispatchTime.now() + seconds
            while DispatchTime.now() < end {
                takeAll()
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    /// Cuts the broker off from everybody.
    func withoutBroker(seconds: Double) async throws {
        broker?.goAway()
        defer { broker?.comeBack() }
        try await Task.sleep(for: .seconds(seconds))
    }

    /// Puts the last messages of the log there once more, as a late acknowledgement makes a producer do.
    func repeatMessages(_ count: Int) async throws {
        guard let broker else {
            return try await run(
                """
                SELECT eventlog.append(ARRAY[t.name], ARRAY[b.partition], ARRAY[b.count], b.lane,
                    ARRAY[b.first_number], ARRAY[b.records])
                FROM (SELECT * FROM eventlog.record_batch ORDER BY appended_at DESC LIMIT \(Int64(count))) b
                JOIN eventlog.topic t ON t.id = b.topic
                ORDER BY b.appended_at
                """)
        }
        let partitions = ["reports", "cases", "clocks", "points"].flatMap { topic in
            (0..<Self.partitions).map { TopicPartition(topic: topic, partition: Int32($0)) }
        }
        try await blocking {
            let kafka = KafkaSettings(
                bootstrapServers: broker.bootstrapServers, clientID: "repeater", extra: ["fetch.wait.max.ms": "10"])
            let producer = try KafkaProducer(kafka, logger: Self.quiet)
            defer { producer.close(timeoutMilliseconds: 5_000) }
            for partition in partitions {
                let reader = try KafkaConsumer(
                    kafka, startingAt: [partition: 0], maxBufferedMessages: 1_000, logger: Self.quiet)
                defer { reader.close() }
                let (low, high) = try reader.watermarks(of: partition)
                guard high > low else { continue }
                try reader.restart(of: partition, at: max(low, high - Int64(count / partitions.count + 1)))
                let last = try reader.nextBatch(of: partition, max: count, waitMilliseconds: 2_000).records
                _ = try producer.send(
                    last.map {
                        KafkaRecordToSend(
                            topic: $0.topic, partition: $0.partition, key: $0.key, value: $0.value,
                            headers: $0.headers)
                    }, timeoutMilliseconds: 10_000)
            }
        }
    }
}
