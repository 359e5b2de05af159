import Dispatch
import Foundation
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
    case diskFull
    case fsyncFails
    case networkCut
    case networkGone
    case networkLossy
    case clockAhead
    case clockBehind
    case clockDayAhead
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
        case .diskFull: "no space left on PostgreSQL's disk for 3 s"
        case .fsyncFails: "PostgreSQL's disk does not keep what is written for 3 s"
        case .networkCut: "the network to PostgreSQL cut for 2 to 8 s"
        case .networkGone: "the network to PostgreSQL cut for 35 s, longer than connections live"
        case .networkLossy: "30 % of all packets to PostgreSQL and from it lost, and all late, for 5 s"
        case .clockAhead: "clocks two hours ahead"
        case .clockBehind: "clocks two hours behind"
        case .clockDayAhead: "clocks a day ahead"
        case .brokerAway: "the broker away for 5 s"
        case .repeats: "messages repeated in the log"
        }
    }

    /// Kinds that a log knows.
    static func all(over log: EventLogChoice) -> [Fault] {
        allCases.filter { log == .kafka || $0 != .brokerAway }
    }

    /// Too slow, or too like another, to happen in every run of the tests.
    var isLong: Bool { self == .networkGone || self == .clockDayAhead }

    /// Whether it befalls the network between services and PostgreSQL.
    var isOfNetwork: Bool { [.networkCut, .networkGone, .networkLossy].contains(self) }

    /// Whether it befalls what programs see of their machine.
    var isOfMachine: Bool { [.diskFull, .fsyncFails, .clockAhead, .clockBehind, .clockDayAhead].contains(self) }

    /// How far clocks jump, in seconds.
    private var jump: Int64 {
        switch self {
        case .clockAhead: 7_200
        case .clockBehind: -7_200
        default: 86_400
        }
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
        case .diskFull:
            let folder = ["base", "pg_wal"].randomElement(using: &generator) ?? "base"
            try await suite.withBadDisk(.writes, in: folder, seconds: 3)
            began = .now()
        case .fsyncFails:
            let folder = ["base", "pg_wal"].randomElement(using: &generator) ?? "base"
            try await suite.withBadDisk(.fsync, in: folder, seconds: 3)
            began = .now()
        case .networkCut:
            try await suite.withoutPackets(share: 1, seconds: Double.random(in: 2...8, using: &generator))
            began = .now()
        case .networkGone:
            try await suite.withoutPackets(share: 1, seconds: 35)
            began = .now()
        case .networkLossy:
            try await suite.withoutPackets(share: 0.3, delayMilliseconds: 20, seconds: 5)
            began = .now()
        case .clockAhead, .clockBehind, .clockDayAhead:
            let whose = SuiteUnderTest.WrongClock.allCases.randomElement(using: &generator) ?? .everybody
            try await suite.withWrongClock(whose, seconds: jump)
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
