import City
import EventLog
import Messages
import Postgres

/// Keeps `analytics.clock_fact` and `analytics.case_mark` from `clocks`.
final class ClockLane: LaneHandler {
    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        try ClockFactStore.save(output.decode(messages, as: ClockFired.self).map(\.body), in: transaction)
    }
}

/// Keeps `analytics.points_fact` from `points`.
final class PointsLane: LaneHandler {
    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let facts = PointsFact.digest(output.decode(messages, as: PointsChanged.self).map(\.body))
        try PointsFactStore.save(facts, in: transaction)
    }
}

/// Keeps `analytics.report_fact` from `reports`.
final class ReportLane: LaneHandler {
    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        try ReportFactStore.save(output.decode(messages, as: ReportAccepted.self).map(\.body), in: transaction)
    }
}

/// Keeps `analytics.rejection_fact` from `rejected`.
final class RejectionLane: LaneHandler {
    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        try ReportFactStore.save(output.decode(messages, as: ReportRejected.self).map(\.body), in: transaction)
    }
}
