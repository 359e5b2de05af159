import City
import EventLog
import Postgres

/// A case's history as it is stored: what the audit works clocks out from.
struct CaseHistory: Sendable {
    struct Step: Sendable {
        var change: String
        var from: String?
        var to: String
        var at: Timestamp
        var recordedAt: Timestamp
        var by: String
    }

    var id: Int64
    var condition: ConditionCode
    /// In the order of versions.
    var steps: [Step] = []

    /// The histories of all cases, by id.
    static func all(_ session: PostgresSession) throws -> [CaseHistory] {
        let rows = try session.query(
            """
            SELECT h.case_id, c.condition, h.change, h.from_state, h.to_state, h.at, h.recorded_at, h.by_whom
            FROM routing.history h JOIN routing."case" c ON c.id = h.case_id ORDER BY h.case_id, h.version
            """
        ).decode((Int64, String, String, String?, String, PostgresTimestamp, PostgresTimestamp, String).self)
        var histories: [CaseHistory] = []
        for (id, condition, change, from, to, at, recordedAt, by) in rows {
            if histories.last?.id != id { histories.append(CaseHistory(id: id, condition: ConditionCode(condition))) }
            histories[histories.count - 1].steps.append(
                Step(
                    change: change, from: from, to: to, at: Timestamp(at), recordedAt: Timestamp(recordedAt), by: by))
        }
        return histories
    }
}
