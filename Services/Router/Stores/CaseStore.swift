import City
import EventLog
import Messages
import Postgres

/// SQL of cases and their histories.
enum CaseStore {
    /// A thousand new case numbers, of which nobody else will ever get one.
    static func takeNumbers(in transaction: PostgresTransaction) throws -> Range<Int64> {
        guard let row = try transaction.query("SELECT nextval('routing.case_number')").first else { return 0..<0 }
        let first = try row.decode(Int64.self)
        return first..<first + 1_000
    }

    /// Reports that stand in a history already.
    static func known(_ reports: [ReportID], in transaction: PostgresTransaction) throws -> Set<Int64> {
        let rows = try transaction.query(
            """
            SELECT h.report_id FROM unnest(\(reports.map(\.value))) AS wanted (id)
            JOIN routing.history h ON h.report_id = wanted.id
            """)
        return Set(try rows.decode(Int64.self))
    }

    /// Open cases near any of the searches, locked, so that nobody changes them meanwhile.
    static func openNearby(
        _ searches: [DuplicateRules.Search], in transaction: PostgresTransaction
    ) throws -> [WorkingCase] {
        guard !searches.isEmpty else { return [] }
        let rows = try transaction.query(
            """
            SELECT c.document, c.changed_at FROM routing."case" c
            WHERE c.is_open AND c.id IN (
                SELECT o.id
                FROM (SELECT \(rows: searches.map(\.community.rawValue), searches.map(\.condition.rawValue),
                    searches.map(\.place.longitude), searches.map(\.place.latitude),
                    searches.map(\.longitudeReach), searches.map(\.latitudeReach),
                    searches.map { PostgresTimestamp($0.earliest) })
                ) AS s (community, condition, longitude, latitude, longitude_reach, latitude_reach, earliest)
                JOIN routing."case" o ON o.community = s.community AND o.condition = s.condition AND o.is_open
                WHERE o.longitude BETWEEN s.longitude - s.longitude_reach AND s.longitude + s.longitude_reach
                  AND o.latitude BETWEEN s.latitude - s.latitude_reach AND s.latitude + s.latitude_reach
                  AND o.reported_at >= s.earliest)
            ORDER BY c.id FOR UPDATE OF c
            """)
        return try rows.decode(([UInt8], PostgresTimestamp).self).map { try workingCase($0, $1) }
    }

    /// Cases by number, locked in one order.
    static func lock(_ ids: [CaseID], in transaction: PostgresTransaction) throws -> [CaseID: WorkingCase] {
        let rows = try transaction.query(
            """
            SELECT c.document, c.changed_at FROM unnest(\(ids.map(\.value))) AS wanted (id)
            JOIN routing."case" c ON c.id = wanted.id
            ORDER BY c.id FOR UPDATE OF c
            """)
        let cases = try rows.decode(([UInt8], PostgresTimestamp).self).map { try workingCase($0, $1) }
        return Dictionary(cases.map { ($0.now.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A step of a history, as far as a repeated request is told by it.
    struct PastStep {
        var change: CaseChange
        var at: Timestamp
        var by: String
        var reason: String?
        var inputs: String?
    }

    /// Steps that the cases took at the moments.
    static func steps(
        at moments: [(caseID: CaseID, at: Timestamp)], in transaction: PostgresTransaction
    ) throws -> [CaseID: [PastStep]] {
        guard !moments.isEmpty else { return [:] }
        let rows = try transaction.query(
            """
            SELECT h.case_id, h.change, h.at, h.by_whom, h.reason, h.inputs
            FROM (
                SELECT DISTINCT \(rows: moments.map(\.caseID.value), moments.map { PostgresTimestamp($0.at) })
            ) AS m (case_id, at) JOIN routing.history h ON h.case_id = m.case_id AND h.at = m.at
            """)
        var found: [CaseID: [PastStep]] = [:]
        for row in try rows.decode((Int64, String, PostgresTimestamp, String, String?, String?).self) {
            // A change that a later program wrote is none that this one repeats.
            guard let change = CaseChange(rawValue: row.1) else { continue }
            found[CaseID(row.0), default: []].append(
                PastStep(change: change, at: Timestamp(row.2), by: row.3, reason: row.4, inputs: row.5))
        }
        return found
    }

    private static func workingCase(_ document: [UInt8], _ changedAt: PostgresTimestamp) throws -> WorkingCase {
        WorkingCase(stored: try PublicCase(json: JSONDocument(document).root), changedAt: Timestamp(changedAt))
    }

    /// Stores cases that took steps, and their steps.
    static func save(_ cases: [WorkingCase], city: City, now: Timestamp, in transaction: PostgresTransaction) throws {
        let changed = cases.filter { !$0.steps.isEmpty }
        guard !changed.isEmpty else { return }
        let new = changed.filter(\.isNew)
        if !new.isEmpty { try insert(new, city: city, in: transaction) }
        let old = changed.filter { !$0.isNew }
        if !old.isEmpty { try update(old, city: city, in: transaction) }
        try appendHistory(changed, now: now, in: transaction)
    }

    private static func insert(_ cases: [WorkingCase], city: City, in transaction: PostgresTransaction) throws {
        let now = cases.map(\.now)
        try transaction.enqueue(
            """
            INSERT INTO routing."case" (
                id, version, state, is_open, condition, grid, community, longitude, latitude, assignee, reported_at,
                changed_at, document)
            SELECT \(rows: now.map(\.id.value), now.map { Int32($0.version) }, now.map(\.state.rawValue),
                now.map { !$0.state.isFinal }, now.map(\.condition.rawValue), now.map { $0.grid?.rawValue },
                now.map { community(of: $0, city: city) }, now.map { $0.place?.longitude },
                now.map { $0.place?.latitude }, now.map { $0.assignee?.rawValue },
                now.map { PostgresTimestamp($0.reportedAt) }, cases.map { PostgresTimestamp($0.changedAt) },
                now.map(document))
            """)
    }

    private static func update(_ cases: [WorkingCase], city: City, in transaction: PostgresTransaction) throws {
        let now = cases.map(\.now)
        try transaction.enqueue(
            """
            UPDATE routing."case" c
            SET version = n.version, state = n.state, is_open = n.is_open, grid = n.grid, community = n.community,
                assignee = n.assignee, changed_at = n.changed_at, document = n.document
            FROM (SELECT \(rows: now.map(\.id.value), now.map { Int32($0.version) }, now.map(\.state.rawValue),
                now.map { !$0.state.isFinal }, now.map { $0.grid?.rawValue },
                now.map { community(of: $0, city: city) }, now.map { $0.assignee?.rawValue },
                cases.map { PostgresTimestamp($0.changedAt) }, now.map(document))
            ) AS n (id, version, state, is_open, grid, community, assignee, changed_at, document)
            WHERE c.id = n.id
            """)
    }

    private static func appendHistory(
        _ cases: [WorkingCase], now: Timestamp, in transaction: PostgresTransaction
    ) throws {
        let rows = cases.flatMap { one in one.steps.map { (id: one.now.id.value, recorded: $0) } }
        let steps = rows.map(\.recorded.step)
        try transaction.enqueue(
            """
            INSERT INTO routing.history (
                case_id, version, change, from_state, to_state, at, recorded_at, by_whom, reason, report_id,
                policy_version, rule, inputs)
            SELECT
                \(rows: rows.map(\.id), steps.map { Int32($0.version) }, steps.map(\.change.rawValue),
                    steps.map { $0.from?.rawValue }, steps.map(\.to.rawValue), steps.map { PostgresTimestamp($0.at) }),
                \(PostgresTimestamp(now)),
                \(rows: steps.map(\.by), steps.map(\.reason), rows.map { $0.recorded.report?.value },
                    rows.map { row in row.recorded.decision.map { Int32($0.policyVersion) } },
                    rows.map { $0.recorded.decision?.rule }, rows.map { $0.recorded.decision?.inputs })
            """)
    }

    private static func community(of one: PublicCase, city: City) -> String? {
        one.grid.flatMap { city.community(of: $0)?.code ?? $0 }?.rawValue
    }

    private static func document(_ one: PublicCase) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        one.write(to: &writer)
        return writer.bytes
    }
}

extension CaseStore.PastStep {
    /// A step of this transaction.
    init(_ recorded: WorkingCase.RecordedStep) {
        self.init(
            change: recorded.step.change, at: recorded.step.at, by: recorded.step.by, reason: recorded.step.reason,
            inputs: recorded.decision?.inputs)
    }
}
