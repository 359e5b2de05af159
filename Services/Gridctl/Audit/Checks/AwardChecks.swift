import City
import CityStore
import Postgres

/// Property 6, terms: nobody earns more of a kind on a day than the tariff allows; claims end with their term, as their
/// transfer did.
enum AwardChecks {
    static let all = [
        AuditCheck(6, "cap-exceeded", zh: "每日奖励不超上限", en: "nobody exceeds a daily cap", run: caps),
        AuditCheck(
            6, "award-unexplained", zh: "奖励可由其规则版本解释", en: "each award follows from the tariff it names",
            violations: """
                SELECT t.id, t.kind || ' ' || t.points || ' points by version ' || t.city_version
                FROM rewards.transfer t
                WHERE NOT EXISTS (SELECT FROM city.tariff_rate r
                                  WHERE r.version = t.city_version AND r.kind = t.kind AND r.points = t.points)
                """),
        AuditCheck(
            6, "claim-outlives-its-term", zh: "逾期未审的积分均已过期", en: "claims nobody reviewed have expired",
            violations: """
                SELECT transfer, 'pending since ' || opened_at FROM rewards.claim
                WHERE state = 'pending' AND expires_at < eventlog.now() - interval '15 s'
                """),
        AuditCheck(
            6, "claim-differs-from-ledger", zh: "积分申请与账目一致", en: "claims stand as the ledger says",
            violations: """
                SELECT c.transfer, c.state || ', ledger ' || coalesce(r.state, 'pending')
                FROM rewards.claim c LEFT JOIN rewards.resolution r ON r.transfer = c.transfer
                WHERE coalesce(r.state, 'pending') <> c.state
                """),
    ]

    private static func caps(_ context: AuditContext) throws -> [AuditFinding] {
        guard let profile = try CityStore.load(context.session)?.profile else { return [] }
        let rates = profile.tariff.rates
        // Awards by an earlier version of the tariff had its caps.
        return try context.findings(
            """
            SELECT t.owner || ' ' || t.earned_on, t.kind || ' ' || sum(t.points) || ' of ' || c.cap
            FROM rewards.transfer t
            JOIN unnest(\(rates.map(\.kind)), \(rates.map { Int32($0.dailyCap) })) AS c (kind, cap) ON c.kind = t.kind
            LEFT JOIN rewards.resolution r ON r.transfer = t.id
            WHERE t.city_version = \(Int32(profile.version)) AND coalesce(r.state, 'pending') IN ('pending', 'posted')
            GROUP BY t.owner, t.earned_on, t.kind, c.cap HAVING sum(t.points) > c.cap
            """)
    }
}
