import Postgres

/// What people were told holds, too: the steps their actions led to, the decisions they took on claims, the reasons that
/// publishers were given.
enum AnswerChecks {
    static let all = [
        AuditCheck(
            2, "repeat-not-called-so", zh: "重复提交被标明", en: "repeats are called repeats",
            run: {
                events($0) { $0.expected == "repeated" && !($0.code == 202 && $0.isRepeated) }
            }),
        AuditCheck(
            9, "refused-for-another-reason", zh: "拒绝的原因正确", en: "bad input is refused for its own reason",
            run: {
                events($0) { event in
                    event.expected == "rejected" && event.slug.map { !event.reasons.contains($0) } == true
                }
            }),
        AuditCheck(
            4, "answered-step-missing", zh: "已答复的操作都在历史中", en: "every answered action is in the history", run: steps),
        AuditCheck(
            6, "answered-review-missing", zh: "已答复的积分审核均已生效", en: "every answered review has its effect", run: reviews),
    ]

    private static func events(
        _ context: AuditContext, where isWrong: (TruthRecord.Event) -> Bool
    ) -> [AuditFinding] {
        context.truth.flatMap(\.events).filter(isWrong).map { event in
            let reasons = event.reasons.joined(separator: " ")
            return AuditFinding(
                id: "\(event.source)/\(event.id)",
                detail: "expected \(event.expected) \(event.slug ?? ""), answered \(event.code) \(reasons)")
        }
    }

    private static func steps(_ context: AuditContext) throws -> [AuditFinding] {
        let actions = context.truth.flatMap(\.actions)
        guard !actions.isEmpty else { return [] }
        return try context.findings(
            """
            SELECT a.number, 'version ' || a.version || ' ' || a.state || ', history ' || coalesce(h.to_state, 'none')
            FROM unnest(\(actions.map(\.caseNumber)), \(actions.map { Int32($0.version) }), \(actions.map(\.state)))
                AS a (number, version, state)
            LEFT JOIN routing.history h
                ON h.case_id = substring(a.number FROM '[0-9]+$')::bigint AND h.version = a.version
            WHERE h.to_state IS DISTINCT FROM a.state
            """)
    }

    private static func reviews(_ context: AuditContext) throws -> [AuditFinding] {
        let reviews = context.truth.flatMap(\.reviews)
        guard !reviews.isEmpty else { return [] }
        return try context.findings(
            """
            SELECT t.transfer, t.state || ', ledger ' || coalesce(r.state, 'pending')
            FROM unnest(\(reviews.map(\.transfer)), \(reviews.map(\.state))) AS t (transfer, state)
            LEFT JOIN rewards.resolution r ON r.transfer = t.transfer
            WHERE r.state IS DISTINCT FROM t.state
            """)
    }
}
