import City
import Messages
import Postgres

/// Table `analytics.case_fact`: every case as it stands after its last known version.
enum CaseFactStore {
    /// Versions of those of the cases that are stored.
    static func versions(of cases: [CaseID], in transaction: PostgresTransaction) throws -> [CaseID: Int] {
        let rows = try transaction.query(
            "SELECT case_id, version FROM analytics.case_fact WHERE case_id = ANY (\(cases.map(\.value)))",
            label: "known versions")
        let pairs = try rows.decode((Int64, Int32).self)
        return Dictionary(uniqueKeysWithValues: pairs.map { (CaseID($0), Int($1)) })
    }

    /// Stores cases; a row that has the same or a later version stays.
    ///
    /// - Parameters:
    ///   - cases: Each at most once.
    ///   - isKnown: Whether a case had a row when this transaction looked, which was behind the lane's guard: nobody else
    ///     inserts one. It spares `ON CONFLICT`, which costs half as much again.
    static func save(
        _ cases: [PublicCase], isKnown: (CaseID) -> Bool, in transaction: PostgresTransaction
    ) throws {
        try insert(cases.filter { !isKnown($0.id) }, "", in: transaction)
        try insert(
            cases.filter { isKnown($0.id) },
            """
            ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, number = excluded.number,
                state = excluded.state, source = excluded.source, condition = excluded.condition,
                category = excluded.category, severity = excluded.severity, path = excluded.path, grid = excluded.grid,
                longitude = excluded.longitude, latitude = excluded.latitude, on_the_spot = excluded.on_the_spot,
                reports = excluded.reports, returns = excluded.returns, reworks = excluded.reworks,
                escalations = excluded.escalations, policy_version = excluded.policy_version,
                reported_at = excluded.reported_at, filed_at = excluded.filed_at,
                dispatched_at = excluded.dispatched_at, accepted_at = excluded.accepted_at,
                handled_at = excluded.handled_at, closed_at = excluded.closed_at, reported_day = excluded.reported_day
            WHERE case_fact.version < excluded.version
            """, in: transaction)
    }

    private static func insert(
        _ cases: [PublicCase], _ ifThere: SQL, in transaction: PostgresTransaction
    ) throws {
        guard !cases.isEmpty else { return }
        try transaction.enqueue(
            """
            INSERT INTO analytics.case_fact (case_id, version, number, state, source, condition, category, severity,
                path, grid, longitude, latitude, on_the_spot, reports, returns, reworks, escalations, policy_version,
                reported_at, filed_at, dispatched_at, accepted_at, handled_at, closed_at, reported_day)
            SELECT b.*, (b.reported_at AT TIME ZONE (SELECT analytics.time_zone()))::date
            FROM (SELECT \(rows: cases.map(\.id.value), cases.map { Int32($0.version) }, cases.map(\.number),
                cases.map(\.state.rawValue), cases.map(\.source.rawValue), cases.map(\.condition.rawValue),
                cases.map(\.category.rawValue), cases.map(\.severity.rawValue), cases.map(\.path.rawValue),
                cases.map(\.grid?.rawValue), cases.map(\.place?.longitude), cases.map(\.place?.latitude),
                cases.map(\.onTheSpot), cases.map { Int32($0.reports) }, cases.map { Int32($0.returns) },
                cases.map { Int32($0.reworks) }, cases.map { Int32($0.escalations) },
                cases.map { Int32($0.policyVersion) }, moments(cases, \.reportedAt), moments(cases, \.filedAt),
                moments(cases, \.dispatchedAt), moments(cases, \.acceptedAt), moments(cases, \.handledAt),
                moments(cases, \.closedAt))
            ) AS b (case_id, version, number, state, source, condition, category, severity, path, grid, longitude,
                    latitude, on_the_spot, reports, returns, reworks, escalations, policy_version, reported_at,
                    filed_at, dispatched_at, accepted_at, handled_at, closed_at)
            \(ifThere)
            """, label: "save cases")
    }

    private static func moments(
        _ cases: [PublicCase], _ moment: KeyPath<PublicCase, Timestamp>
    ) -> [PostgresTimestamp] {
        cases.map { PostgresTimestamp($0[keyPath: moment]) }
    }

    private static func moments(
        _ cases: [PublicCase], _ moment: KeyPath<PublicCase, Timestamp?>
    ) -> [PostgresTimestamp?] {
        cases.map { $0[keyPath: moment].map { PostgresTimestamp($0) } }
    }
}

extension PostgresTimestamp {
    init(_ moment: Timestamp) { self.init(microseconds: moment.microseconds) }
}

extension Timestamp {
    init(_ moment: PostgresTimestamp) { self.init(microseconds: moment.microseconds) }
}
