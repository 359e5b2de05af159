import City
import CityStore
import EventLog
import Postgres

/// Property 5, whole: the marks on record are those that ``ClockModel`` works out from the histories, no more, no fewer.
enum ClockModelChecks {
    static let all = [
        AuditCheck(
            5, "clocks-differ-from-histories", zh: "时钟触发与按历史推算的一致", en: "clocks fired as the histories demand",
            run: compare)
    ]

    /// How late a clock may be while the suite runs, in seconds.
    private static let toleranceSeconds: Int64 = 2

    private struct Name: Hashable {
        var kind: String
        var mark: String
        var dueAt: Timestamp

        var text: String { "\(kind) \(mark) due \(dueAt.rfc3339)" }
    }

    private static func compare(_ context: AuditContext) throws -> [AuditFinding] {
        guard let city = try CityStore.load(context.session) else { return [] }
        let now = Timestamp(microseconds: try Suite.now(session: context.session).microseconds)
        var fired = try firedMarks(context.session)
        // A deadline counted anew with a later calendar cannot be worked out from this one.
        let recounted = Set(
            try context.session.query("SELECT DISTINCT case_id FROM sla.recomputation").decode(Int64.self))
        var findings: [AuditFinding] = []
        for history in try CaseHistory.all(context.session) {
            let own = fired.removeValue(forKey: history.id) ?? [:]
            if recounted.contains(history.id) { continue }
            let details = differences(ClockModel.marks(of: history, city: city), own, now: now)
            findings += details.map { AuditFinding(id: String(history.id), detail: $0) }
        }
        return findings + fired.keys.sorted().map { AuditFinding(id: String($0), detail: "fired without a history") }
    }

    /// When each mark fired, by case.
    private static func firedMarks(_ session: PostgresSession) throws -> [Int64: [Name: Timestamp]] {
        let rows = try session.query("SELECT case_id, kind, mark, due_at, fired_at FROM sla.fired").decode(
            (Int64, String, String, PostgresTimestamp, PostgresTimestamp).self)
        var fired: [Int64: [Name: Timestamp]] = [:]
        for (id, kind, mark, dueAt, firedAt) in rows {
            fired[id, default: [:]][Name(kind: kind, mark: mark, dueAt: Timestamp(dueAt))] = Timestamp(firedAt)
        }
        return fired
    }

    private static func differences(
        _ marks: [ClockModel.Mark], _ fired: [Name: Timestamp], now: Timestamp
    ) -> [String] {
        var fired = fired
        var details: [String] = []
        for mark in marks {
            let name = Name(kind: mark.kind, mark: mark.mark, dueAt: mark.dueAt)
            guard let firedAt = fired.removeValue(forKey: name) else {
                if mark.isPassed(by: now.advanced(bySeconds: -toleranceSeconds)) {
                    details.append("\(name.text): silent")
                }
                continue
            }
            // Somebody who was offline may tell afterwards that the stage had ended: it fired before that was known.
            let wasNotKnown = mark.recordedAt.map { firedAt <= $0 } ?? false
            if !mark.isPassed(by: now), !wasNotKnown {
                details.append("\(name.text): fired, though the stage ended \(mark.endedAt?.rfc3339 ?? "never")")
            }
        }
        return details + fired.keys.map { "\($0.text): fired, which no clock of the history has" }.sorted()
    }
}
