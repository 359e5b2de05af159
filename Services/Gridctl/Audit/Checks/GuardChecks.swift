import Postgres

/// The database's own guards are in force: keys that let things happen once, triggers and constraints that refuse the rest.
///
/// Written down a second time on purpose: a database that lost one still works, until the day it is needed.
enum GuardChecks {
    static let all = [
        AuditCheck(
            6, "guard-missing", zh: "数据库自身的约束均在生效", en: "the database's own guards are in force",
            violations: """
                SELECT wanted.relation, wanted.guard FROM (VALUES \(unescaped: wanted)) AS wanted (relation, guard)
                LEFT JOIN (
                    SELECT n.nspname || '.' || c.relname AS relation, g.guard
                    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    JOIN (
                        SELECT tgrelid, 'trigger ' || tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')
                        UNION ALL
                        SELECT conrelid, CASE contype WHEN 'c' THEN 'check ' || conname ELSE pg_get_constraintdef(oid) END
                        FROM pg_constraint WHERE convalidated
                        UNION ALL
                        SELECT i.indrelid, 'unique index ' || k.relname FROM pg_index i
                        JOIN pg_class k ON k.oid = i.indexrelid WHERE i.indisunique AND i.indisvalid
                    ) AS g (relation, guard) ON g.relation = c.oid
                ) AS present ON present.relation = wanted.relation AND present.guard = wanted.guard
                WHERE present.guard IS NULL
                """)
    ]

    /// What must be there, by table. Keys are named by what they say, so that one that says less is missed.
    static let guards: [(relation: String, guards: [String])] = [
        ("eventlog.lane", ["UNIQUE (service, input, partition)"]),
        ("eventlog.record_batch", ["PRIMARY KEY (topic, partition, base_offset)"]),
        ("eventlog.tape_sent", ["PRIMARY KEY (lane, topic, partition)"]),
        ("eventlog.tape_seen", ["PRIMARY KEY (lane, producer)"]),
        ("eventlog.dead_letter", ["UNIQUE (lane, log_offset)"]),
        ("intake.report", ["UNIQUE (source_id, source)"]),
        (
            "routing.history",
            ["PRIMARY KEY (case_id, version)", "unique index history_report", "trigger history_is_append_only"]
        ),
        ("routing.command", ["PRIMARY KEY (case_id, node)"]),
        ("sla.clock", ["PRIMARY KEY (case_id, kind)"]),
        ("sla.fired", ["PRIMARY KEY (case_id, kind, version, mark)", "check fired_check"]),
        ("sla.outcome", ["PRIMARY KEY (case_id, kind, version)"]),
        (
            "rewards.account",
            [
                "UNIQUE NULLS NOT DISTINCT (kind, owner)", "check account_not_overdrawn", "trigger account_opened",
                "trigger account_moved", "trigger account_kept",
            ]
        ),
        (
            "rewards.transfer",
            ["check transfer_points_check", "check transfer_moves", "trigger transfer_immutable"]
        ),
        ("rewards.resolution", ["PRIMARY KEY (transfer)", "trigger resolution_immutable"]),
        ("rewards.claim", ["PRIMARY KEY (case_id, owner, kind)", "UNIQUE (transfer)"]),
        ("rewards.day_total", ["PRIMARY KEY (owner, kind, day)", "check day_total_points_check"]),
        ("rewards.capped", ["PRIMARY KEY (case_id, owner, kind, case_version)"]),
        ("analytics.report_fact", ["PRIMARY KEY (report_id)"]),
        ("analytics.case_fact", ["PRIMARY KEY (case_id)"]),
        ("analytics.clock_fact", ["PRIMARY KEY (case_id, kind, version, mark)"]),
        ("analytics.points_fact", ["PRIMARY KEY (transfer)"]),
    ]

    private static let wanted = guards.flatMap { table in table.guards.map { "('\(table.relation)', '\($0)')" } }
        .joined(separator: ", ")
}
