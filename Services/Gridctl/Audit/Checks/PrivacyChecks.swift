import Postgres

/// Property 8: contact data appears nowhere but in intake's encrypted columns.
enum PrivacyChecks {
    static let all = [
        AuditCheck(8, "personal-data-leak", zh: "个人信息没有外泄", en: "no personal number outside its table", run: search)
    ]

    /// Looks for every number that was given away on purpose in every text and byte column of the suite.
    private static func search(_ context: AuditContext) throws -> [AuditFinding] {
        let needles = Set(context.truth.flatMap(\.canaries)).map { Array($0.utf8) }.filter { $0.count >= 6 }
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
        let finder = NeedleFinder(needles)
        var findings: [AuditFinding] = []
        for (schema, table, column, isBytes) in columns {
            var hits = 0
            let cell: SQL = isBytes ? "\(identifier: column)" : "convert_to(\(identifier: column)::text, 'UTF8')"
            try context.session.copyOut(
                "COPY (SELECT \(cell) FROM \(identifier: schema).\(identifier: table) WHERE \(identifier: column) IS NOT NULL) TO STDOUT BINARY"
            ) { row in
                if finder.isAny(in: try row.decode([UInt8].self)) { hits += 1 }
            }
            if hits > 0 {
                findings.append(AuditFinding(id: "\(schema).\(table).\(column)", detail: "\(hits) rows"))
            }
        }
        return findings
    }
}

/// Finds any of many byte strings, by their first four bytes.
struct NeedleFinder {
    private var byHead: [UInt32: [[UInt8]]] = [:]

    init(_ needles: [[UInt8]]) {
        for needle in needles where needle.count >= 4 {
            byHead[NeedleFinder.head(needle, 0), default: []].append(needle)
        }
    }

    func isAny(in text: [UInt8]) -> Bool {
        guard text.count >= 4 else { return false }
        for start in 0...text.count - 4 {
            guard let needles = byHead[NeedleFinder.head(text, start)] else { continue }
            for needle in needles where text[start...].starts(with: needle) { return true }
        }
        return false
    }

    private static func head(_ bytes: [UInt8], _ start: Int) -> UInt32 {
        UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
            | UInt32(bytes[start + 3]) << 24
    }
}
