import Postgres

/// Properties 1 and 2: whoever got "accepted" finds that report, once; repeats get the same answer.
enum ReportChecks {
    static let all = [
        AuditCheck(
            1, "accepted-report-missing", zh: "已受理的上报都在库中", en: "every accepted report is stored",
            violations: """
                SELECT t.source || '/' || t.id, 'accepted as ' || coalesce(t.tracking, '?') || ', not stored'
                FROM audit_truth t
                WHERE t.code = 202
                  AND NOT EXISTS (SELECT FROM intake.report r WHERE r.source_id = t.id AND r.source = t.source)
                """),
        AuditCheck(
            1, "tracking-number-differs", zh: "跟踪号与库中上报一致", en: "tracking numbers lead to the reports",
            violations: """
                SELECT t.source || '/' || t.id, t.tracking || ' leads elsewhere'
                FROM audit_truth t JOIN intake.report r ON r.source_id = t.id AND r.source = t.source
                WHERE t.code = 202 AND split_part(t.tracking, '-', 2)::bigint IS DISTINCT FROM r.id
                """),
        AuditCheck(1, "report-nobody-sent", zh: "没有无来源的上报", en: "no report that nobody sent") { context in
            // Without a record of what was sent there is nothing to compare with.
            guard !context.truth.isEmpty else { return [] }
            return try context.findings(
                """
                SELECT r.source || '/' || r.source_id, 'stored as ' || r.id || ', sent by nobody'
                FROM intake.report r
                WHERE NOT EXISTS (SELECT FROM audit_truth t WHERE t.id = r.source_id AND t.source = r.source)
                """)
        },
        AuditCheck(
            2, "repeat-answered-otherwise", zh: "重复提交得到相同答复", en: "repeats got the same answer",
            violations: """
                SELECT source || '/' || id, count(DISTINCT tracking) || ' tracking numbers'
                FROM audit_truth WHERE code = 202 GROUP BY source, id HAVING count(DISTINCT tracking) > 1
                """),
        AuditCheck(
            2, "conflict-accepted", zh: "同号异文被指出", en: "the same id with other content is refused",
            violations: """
                SELECT source || '/' || id, 'answered ' || code FROM audit_truth
                WHERE expected = 'conflict' AND code <> 409
                """),
        AuditCheck(
            9, "bad-input-accepted", zh: "不合格输入被拒绝并留存", en: "bad input is refused",
            violations: """
                SELECT source || '/' || id, expected || ' answered ' || code FROM audit_truth
                WHERE (expected = 'rejected') <> (code BETWEEN 400 AND 499 AND code <> 409)
                """),
    ]
}
