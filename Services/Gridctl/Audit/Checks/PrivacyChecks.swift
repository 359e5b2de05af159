import Postgres

/// Property 8: contact data appears nowhere but in intake's encrypted columns.
enum PrivacyChecks {
    static let all = [
        AuditCheck(8, "personal-data-leak", zh: "个人信息没有外泄", en: "no personal number outside its table", run: search)
    ]

    /// Looks for every number that was given away on purpose in every text and byte column of the suite.
    private static func search(_ context: AuditContext) throws -> [AuditFinding] {
        let needles = Needles(context.truth.flatMap(\.canaries))
        guard !needles.isEmpty else { return [] }
        let columns = try context.session.query(
            """
            SELECT c.table_schema, c.table_name, c.column_name, c.data_type = 'bytea'
            FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE t.table_type = 'BASE TABLE'
              AND c.table_schema IN ('intake', 'routing', 'sla', 'rewards', 'analytics', 'eventlog', 'city')
              AND c.data_type IN ('text', 'json', 'jsonb', 'bytea', 'character varying')
              AND NOT (c.table_schema = 'intake' AND c.column_name = 'sealed')
            """
        ).decode((String, String, String, Bool).self)
        var findings: [AuditFinding] = []
        for (schema, table, column, isBytes) in columns {
            var hits = 0
            let cell: SQL = isBytes ? "\(identifier: column)" : "convert_to(\(identifier: column)::text, 'UTF8')"
            try context.session.copyOut(
                "COPY (SELECT \(cell) FROM \(identifier: schema).\(identifier: table) WHERE \(identifier: column) IS NOT NULL) TO STDOUT BINARY"
            ) { row in
                if let bytes = row[0].bytes, needles.isAny(in: bytes) { hits += 1 }
            }
            if hits > 0 {
                findings.append(AuditFinding(id: "\(schema).\(table).\(column)", detail: "\(hits) rows"))
            }
        }
        return findings
    }
}
