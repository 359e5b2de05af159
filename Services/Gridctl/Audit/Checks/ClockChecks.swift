import Postgres

/// Property 5: every clock that should fire fires once, never early; none for a stage that had ended.
enum ClockChecks {
    static let all = [
        AuditCheck(
            5, "fired-early", zh: "时钟从不提前触发", en: "no clock fired early",
            violations: """
                SELECT case_id, kind || ' ' || version || ' ' || mark FROM sla.fired WHERE fired_at < due_at
                """),
        AuditCheck(
            5, "fired-after-the-end", zh: "阶段结束后不触发", en: "none fired for a stage that had ended",
            violations: """
                SELECT f.case_id, f.kind || ' ' || f.version || ' ' || f.mark
                FROM sla.fired f JOIN sla.outcome o USING (case_id, kind, version)
                WHERE f.due_at > o.stopped_at
                """),
        AuditCheck(
            5, "late-without-breach", zh: "超期都有记录", en: "every late stage was declared breached",
            violations: """
                SELECT o.case_id, o.kind || ' ' || o.version FROM sla.outcome o
                WHERE o.stopped_at > o.deadline
                  AND NOT EXISTS (SELECT FROM sla.fired f
                                  WHERE (f.case_id, f.kind, f.version) = (o.case_id, o.kind, o.version)
                                    AND f.mark = 'breach')
                """),
        AuditCheck(
            5, "breach-of-met-deadline", zh: "按期的阶段没有超期记录", en: "no breach of a deadline that was met",
            violations: """
                SELECT o.case_id, o.kind || ' ' || o.version
                FROM sla.outcome o JOIN sla.fired f USING (case_id, kind, version)
                WHERE f.mark = 'breach' AND o.met
                """),
        AuditCheck(
            5, "due-and-silent", zh: "到期的时钟均已触发", en: "every due clock has fired",
            violations: """
                SELECT case_id, kind || ' ' || version || ' due ' || next_due FROM sla.clock
                WHERE next_due < eventlog.now() - interval '15 s'
                """),
        AuditCheck(
            5, "fired-and-still-due", zh: "已触发的时钟不再待触发", en: "what has fired is not due any more",
            violations: """
                SELECT k.case_id, k.kind || ' ' || k.version || ' ' || k.next_mark || ' fired ' || f.fired_at
                FROM sla.clock k JOIN sla.fired f USING (case_id, kind, version)
                WHERE f.mark = k.next_mark
                """),
        AuditCheck(
            5, "watched-otherwise", zh: "在办案卷的计时与案卷一致", en: "open cases are watched as they stand",
            violations: """
                SELECT c.id, c.version || ' ' || c.state || ', watched ' || coalesce(w.version || ' ' || w.state, 'not')
                FROM routing."case" c LEFT JOIN sla.watched_case w ON w.case_id = c.id
                WHERE c.is_open AND (c.version, c.state) IS DISTINCT FROM (w.version, w.state)
                """),
        AuditCheck(
            5, "clock-of-ended-case", zh: "已结束的案卷没有在走的时钟", en: "no clock runs for a case that has ended",
            violations: """
                SELECT k.case_id, k.kind FROM sla.clock k JOIN routing."case" c ON c.id = k.case_id
                WHERE c.state IN ('closed', 'declined', 'void')
                """),
        AuditCheck(
            5, "clock-missing", zh: "在办案卷都有时钟", en: "every open stage has its clock",
            violations: """
                SELECT c.id, c.state FROM routing."case" c
                WHERE c.state IN ('filed', 'dispatched', 'accepted', 'handling', 'handled')
                  AND NOT EXISTS (SELECT FROM sla.clock k WHERE k.case_id = c.id)
                """),
    ]
}
