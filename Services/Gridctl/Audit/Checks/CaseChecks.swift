import Postgres

/// Properties 3, 4 and 10: every report in one case; histories without gaps that lead where the case stands.
enum CaseChecks {
    static let all = [
        AuditCheck(
            3, "report-without-case", zh: "每条上报恰属一个案卷", en: "every report belongs to exactly one case",
            violations: """
                SELECT r.id, count(h.case_id) || ' cases' FROM intake.report r
                LEFT JOIN routing.history h ON h.report_id = r.id
                GROUP BY r.id HAVING count(h.case_id) <> 1
                """),
        AuditCheck(
            3, "case-without-report", zh: "没有无来由的案卷", en: "no effect without an input",
            violations: """
                SELECT h.case_id, 'report ' || h.report_id || ' does not exist' FROM routing.history h
                WHERE h.report_id IS NOT NULL AND NOT EXISTS (SELECT FROM intake.report r WHERE r.id = h.report_id)
                UNION ALL
                SELECT c.id, 'no report' FROM routing."case" c
                WHERE NOT EXISTS (SELECT FROM routing.history h WHERE h.case_id = c.id AND h.report_id IS NOT NULL)
                """),
        AuditCheck(
            3, "publisher-told-otherwise", zh: "告知来源的案卷一致", en: "publishers are told of the same case",
            violations: """
                SELECT h.report_id, 'case ' || h.case_id || ', told ' || coalesce(c.case_id::text, 'none')
                FROM routing.history h LEFT JOIN intake.report_case c ON c.report_id = h.report_id
                WHERE h.report_id IS NOT NULL AND c.case_id IS DISTINCT FROM h.case_id
                """),
        AuditCheck(
            3, "publisher-sees-otherwise", zh: "来源查询所见与案卷一致", en: "publishers see cases as they stand",
            violations: """
                SELECT c.id, c.version || ' ' || c.state || ', seen ' || coalesce(s.version || ' ' || s.state, 'nothing')
                FROM routing."case" c LEFT JOIN intake.case_status s ON s.case_id = c.id
                WHERE (c.version, c.state) IS DISTINCT FROM (s.version, s.state)
                """),
        AuditCheck(
            3, "case-without-grid", zh: "案卷有网格或在人工席说明原因", en: "cases have a grid, or wait with the reason",
            violations: """
                SELECT c.id, c.state FROM routing."case" c
                WHERE c.grid IS NULL AND (
                    c.state NOT IN ('reported', 'declined', 'void')
                    OR NOT EXISTS (SELECT FROM routing.history h
                                   WHERE h.case_id = c.id AND h.version = 1 AND h.reason IS NOT NULL))
                """),
        AuditCheck(
            4, "history-gap", zh: "案卷历史连续无缺", en: "histories are gapless, 1 to n",
            violations: """
                SELECT c.id, 'version ' || c.version || ', ' || count(h.version) || ' steps up to ' || max(h.version)
                FROM routing."case" c LEFT JOIN routing.history h ON h.case_id = c.id
                GROUP BY c.id HAVING count(h.version) <> c.version OR min(h.version) <> 1 OR max(h.version) <> c.version
                """),
        AuditCheck(
            4, "state-differs-from-history", zh: "案卷状态由历史得出", en: "a case stands where its history leads",
            violations: """
                SELECT c.id, c.state || ', history ' || h.to_state
                FROM routing."case" c JOIN routing.history h ON h.case_id = c.id AND h.version = c.version
                WHERE c.state <> h.to_state
                UNION ALL
                SELECT case_id, 'step ' || version || ' begins at ' || coalesce(from_state, 'nothing')
                FROM (SELECT case_id, version, from_state,
                             lag(to_state) OVER (PARTITION BY case_id ORDER BY version) AS before
                      FROM routing.history) AS steps
                WHERE from_state IS DISTINCT FROM before
                """),
        AuditCheck(
            4, "illegal-transition", zh: "没有表外的状态转换", en: "no transition outside the table",
            violations: """
                SELECT h.case_id, h.change || ': ' || coalesce(h.from_state, 'nothing') || ' to ' || h.to_state
                FROM routing.history h
                WHERE NOT EXISTS (
                    SELECT FROM (VALUES \(unescaped: transitions)) AS legal (change, from_state, to_state)
                    WHERE legal.change = h.change AND legal.from_state IS NOT DISTINCT FROM h.from_state
                      AND legal.to_state = h.to_state)
                """),
        AuditCheck(
            4, "nobody-assigned", zh: "在办案卷有且只有一个承办人", en: "who works on a case is known",
            violations: """
                SELECT id, state FROM routing."case"
                WHERE state IN ('dispatched', 'accepted', 'handling') AND assignee IS NULL
                """),
        AuditCheck(
            4, "time-runs-backwards", zh: "历史时间不倒退", en: "steps do not run backwards in time",
            violations: """
                SELECT case_id, 'step ' || version FROM (
                    SELECT case_id, version, at, lag(at) OVER (PARTITION BY case_id ORDER BY version) AS before
                    FROM routing.history) AS steps
                WHERE at < before
                """),
        AuditCheck(
            10, "dispatch-unexplained", zh: "每次派遣都可解释", en: "every dispatch is explained",
            violations: """
                SELECT case_id, 'step ' || version FROM routing.history
                WHERE change IN ('dispatched', 'handled-on-the-spot')
                  AND (rule IS NULL OR policy_version IS NULL OR inputs IS NULL)
                """),
    ]

    /// The legal transitions, written down a second time on purpose: the audit must not trust the router's own table.
    private static let transitions: String = {
        let open = ["reported", "filed", "dispatched", "accepted", "handling", "handled", "returned"]
        let moves: [(String, [String], String)] = [
            ("located", ["reported"], "filed"),
            ("declined", ["reported", "filed", "returned"], "declined"),
            ("voided", open, "void"),
            ("dispatched", ["filed", "returned", "dispatched"], "dispatched"),
            ("accepted", ["dispatched"], "accepted"),
            ("started", ["accepted"], "handling"),
            ("returned", ["dispatched", "accepted", "handling"], "returned"),
            ("handled", ["dispatched", "accepted", "handling"], "handled"),
            ("handled-on-the-spot", ["filed"], "handled"),
            ("closed", ["handled"], "closed"),
            ("reopened", ["handled"], "accepted"),
        ]
        var rows = ["('received', NULL, 'reported')", "('filed', NULL, 'filed')"]
        for (change, from, to) in moves { rows += from.map { "('\(change)', '\($0)', '\(to)')" } }
        for change in ["merged", "escalated", "commanded", "acknowledged"] {
            rows += open.map { "('\(change)', '\($0)', '\($0)')" }
        }
        return rows.joined(separator: ", ")
    }()
}
