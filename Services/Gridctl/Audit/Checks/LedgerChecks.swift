import Postgres

/// Property 6: the ledger sums to zero, nobody is below zero, each award is given once.
enum LedgerChecks {
    static let all = [
        AuditCheck(
            6, "ledger-sum", zh: "所有账户合计为零", en: "all accounts together are zero",
            violations: """
                SELECT 'all accounts', 'posted ' || sum(posted) || ', pending ' || sum(pending) FROM rewards.account
                HAVING sum(posted) <> 0 OR sum(pending) <> 0
                """),
        AuditCheck(
            6, "member-below-zero", zh: "个人账户不为负", en: "no person is below zero",
            violations: """
                SELECT id, 'posted ' || posted || ', pending ' || pending FROM rewards.account
                WHERE kind = 'member' AND (posted < 0 OR pending < 0)
                """),
        AuditCheck(
            6, "balance-differs-from-entries", zh: "余额等于分录之和", en: "balances are the sums of their entries",
            violations: """
                SELECT a.id, 'posted ' || a.posted || ', entries ' || coalesce(e.posted, 0)
                          || '; pending ' || a.pending || ', entries ' || coalesce(e.pending, 0)
                FROM rewards.account a
                LEFT JOIN (
                    SELECT account, sum(points) FILTER (WHERE state = 'posted') AS posted,
                           sum(points) FILTER (WHERE state = 'pending') AS pending
                    FROM (SELECT t.credit AS account, t.points, coalesce(r.state, 'pending') AS state
                          FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
                          UNION ALL
                          SELECT t.debit, -t.points, coalesce(r.state, 'pending')
                          FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id) AS entries
                    GROUP BY account) AS e ON e.account = a.id
                WHERE a.posted <> coalesce(e.posted, 0) OR a.pending <> coalesce(e.pending, 0)
                """),
        AuditCheck(
            6, "award-doubled", zh: "一人一事一奖", en: "one award per case, person and kind",
            violations: """
                SELECT t.case_id, t.owner || ' ' || t.kind || ' ' || count(*) || ' times'
                FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
                WHERE coalesce(r.state, 'pending') IN ('pending', 'posted')
                GROUP BY t.case_id, t.owner, t.kind HAVING count(*) > 1
                """),
        AuditCheck(
            6, "award-without-case", zh: "奖励都有案卷依据", en: "every award rests on a closed case",
            violations: """
                SELECT t.id, 'case ' || t.case_id FROM rewards.transfer t
                LEFT JOIN rewards.resolution r ON r.transfer = t.id
                WHERE coalesce(r.state, 'pending') IN ('pending', 'posted')
                  AND NOT EXISTS (SELECT FROM routing.history h
                                  WHERE h.case_id = t.case_id AND h.to_state = 'closed')
                """),
        AuditCheck(
            6, "reviewed-own-claim", zh: "不得审核自己的积分", en: "nobody reviewed his own claim",
            violations: """
                SELECT t.id, t.owner FROM rewards.transfer t JOIN rewards.resolution r ON r.transfer = t.id
                WHERE r.resolved_by = t.owner
                """),
    ]
}
