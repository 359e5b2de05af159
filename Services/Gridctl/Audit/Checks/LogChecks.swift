import Postgres

/// What must hold in the event log itself: nothing unsent, no number missing, nothing set aside and forgotten.
enum LogChecks {
    static let all = [
        AuditCheck(
            1, "outbox-not-empty", zh: "发件箱为空", en: "the outbox is empty at rest",
            violations: "SELECT lane, topic || '/' || partition || ' ' || count || ' messages' FROM eventlog.outbox"),
        AuditCheck(
            1, "tape-gap", zh: "消息编号连续", en: "numbers of each producer are gapless in the log",
            violations: """
                SELECT topic || '/' || partition, 'producer ' || lane || ' number ' || first_number || ' after ' || before
                FROM (SELECT topic, partition, lane, first_number,
                             -- A repeat is no gap: what counts is how far the producer had come.
                             max(first_number + count) OVER (
                                 PARTITION BY topic, partition, lane ORDER BY base_offset
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                      FROM eventlog.record_batch WHERE lane <> 0) AS batches
                WHERE first_number > before
                """),
        AuditCheck(
            1, "offset-gap", zh: "日志偏移连续", en: "offsets are gapless",
            violations: """
                SELECT topic || '/' || partition, base_offset || ' after ' || before
                FROM (SELECT topic, partition, base_offset,
                             lag(base_offset + count) OVER (PARTITION BY topic, partition ORDER BY base_offset) AS before
                      FROM eventlog.record_batch) AS batches
                WHERE base_offset <> before
                """),
        AuditCheck(
            1, "seen-differs-from-sent", zh: "发出的消息均已读到", en: "readers have seen what was sent",
            violations: """
                SELECT l.service || '/' || l.input || '/' || l.partition,
                       'producer ' || s.lane || ' sent ' || s.last_number || ', seen ' || coalesce(n.last_number, 0)
                FROM eventlog.tape_sent s
                JOIN eventlog.lane l ON l.input = s.topic AND l.partition = s.partition
                LEFT JOIN eventlog.tape_seen n ON n.lane = l.id AND n.producer = s.lane
                WHERE coalesce(n.last_number, 0) <> s.last_number
                UNION ALL
                SELECT l.service || '/' || l.input || '/' || l.partition,
                       'producer ' || n.producer || ' sent nothing, seen ' || n.last_number
                FROM eventlog.tape_seen n JOIN eventlog.lane l ON l.id = n.lane
                WHERE NOT EXISTS (SELECT FROM eventlog.tape_sent s
                                  WHERE s.lane = n.producer AND s.topic = l.input AND s.partition = l.partition)
                """),
        AuditCheck(
            1, "number-used-twice", zh: "同一编号只指一条消息", en: "a number stands for one message",
            violations: """
                SELECT topic || '/' || partition || '/' || base_offset,
                       'producer ' || lane || ' number ' || first_number || ' says something else'
                FROM (SELECT *, max(first_number + count) OVER (
                                 PARTITION BY topic, partition, lane ORDER BY base_offset
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                      FROM eventlog.record_batch WHERE lane <> 0) AS b
                WHERE first_number < before
                  -- The same once more is a repeat, and harmless.
                  AND EXISTS (SELECT FROM eventlog.record_batch e
                              WHERE (e.topic, e.partition, e.lane) = (b.topic, b.partition, b.lane)
                                AND e.base_offset < b.base_offset AND e.first_number < b.first_number + b.count
                                AND b.first_number < e.first_number + e.count AND e.records <> b.records)
                """),
        AuditCheck(
            1, "handled-not-once", zh: "每条编号消息恰处理一次", en: "each numbered message was handled once",
            violations: """
                SELECT l.service || '/' || l.input || '/' || l.partition,
                       'producer ' || n.producer || ': ' || n.handled || ' handled, '
                       || (n.last_number - n.began_after) || ' numbered'
                FROM eventlog.tape_seen n JOIN eventlog.lane l ON l.id = n.lane
                WHERE n.handled <> n.last_number - n.began_after
                """),
        AuditCheck(
            9, "set-aside", zh: "没有搁置未处理的消息", en: "no message is set aside without an effect",
            violations: """
                SELECT service || '/' || topic || '/' || partition || '/' || log_offset,
                       CASE WHEN parked THEN 'parked' ELSE reason END
                FROM eventlog.dead_letter WHERE replayed_at IS NULL
                """),
        AuditCheck(
            9, "rejection-not-kept", zh: "拒绝的输入都有记录", en: "every rejection is on record",
            violations: """
                SELECT coalesce(r.id, f.rejection_id), CASE WHEN r.id IS NULL THEN 'not kept' ELSE 'not told' END
                FROM intake.rejection r FULL JOIN analytics.rejection_fact f ON f.rejection_id = r.id
                WHERE r.id IS NULL OR f.rejection_id IS NULL
                """),
    ]
}
