import Postgres

/// Property 7: analytics kept incrementally equals analytics computed anew, and equals what the services hold.
enum AnalyticsChecks {
    static let all = [
        AuditCheck(
            7, "derived-facts-differ", zh: "汇总与重算一致", en: "derived facts equal their recomputation",
            violations: "SELECT case_id, difference FROM analytics.verify()"),
        AuditCheck(
            7, "case-facts-differ", zh: "分析库与案卷一致", en: "case facts equal the cases",
            violations: """
                SELECT coalesce(c.id, f.case_id),
                       coalesce(c.version || ' ' || c.state, 'no case') || ', fact '
                       || coalesce(f.version || ' ' || f.state, 'none')
                FROM routing."case" c FULL JOIN analytics.case_fact f ON f.case_id = c.id
                WHERE (c.version, c.state) IS DISTINCT FROM (f.version, f.state)
                """),
        AuditCheck(
            7, "report-facts-differ", zh: "分析库与上报一致", en: "report facts equal the reports",
            violations: """
                SELECT coalesce(r.id, f.report_id), CASE WHEN r.id IS NULL THEN 'no report' ELSE 'no fact' END
                FROM intake.report r FULL JOIN analytics.report_fact f ON f.report_id = r.id
                WHERE r.id IS NULL OR f.report_id IS NULL
                """),
        AuditCheck(
            7, "clock-facts-differ", zh: "分析库与时钟一致", en: "clock facts equal the fired clocks",
            violations: """
                SELECT coalesce(s.case_id, f.case_id), coalesce(s.kind || ' ' || s.mark, f.kind || ' ' || f.mark)
                FROM sla.fired s FULL JOIN analytics.clock_fact f USING (case_id, kind, version, mark)
                WHERE s.case_id IS NULL OR f.case_id IS NULL
                """),
        AuditCheck(
            7, "points-facts-differ", zh: "分析库与积分一致", en: "points facts equal the ledger",
            violations: """
                SELECT coalesce(t.id, f.transfer),
                       coalesce(r.state, 'pending') || ', fact ' || coalesce(f.state, 'none')
                FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
                FULL JOIN analytics.points_fact f ON f.transfer = t.id
                WHERE t.id IS NULL OR coalesce(r.state, 'pending') IS DISTINCT FROM f.state
                """),
    ]
}
