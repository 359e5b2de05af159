/// What a database says it has applied, against what a program brings along.
struct MigrationHistory {
    struct Applied: Hashable {
        var number: Int
        var name: String
        var checksum: String
    }

    let schema: String
    let known: [PostgresMigration]
    let applied: [Applied]

    /// The migrations the database lacks, in order.
    ///
    /// - Throws: ``MigrationError`` when the two do not share one history.
    func pending() throws(MigrationError) -> [PostgresMigration] {
        for (index, migration) in known.enumerated() where migration.number != index + 1 {
            throw MigrationError(
                .invalidList, "schema \(schema): migration \(migration.number) stands where \(index + 1) belongs")
        }
        for (index, done) in applied.enumerated() {
            guard done.number == index + 1 else {
                throw failure(.gap, "the database lacks migration \(index + 1) but has \(done.number)")
            }
            guard index < known.count else {
                throw failure(
                    .newerDatabase, "the database has migration \(done.number), which this program does not know")
            }
            guard done.checksum == known[index].checksum else {
                throw failure(.changed, "migration \(done.number) was changed after it had been applied")
            }
        }
        return Array(known.dropFirst(applied.count))
    }

    func failure(_ code: MigrationError.Code, _ what: String) -> MigrationError {
        MigrationError(code, "schema \(schema): \(what)\n" + comparison)
    }

    /// Both histories, a line a number.
    private var comparison: String {
        let ours = Dictionary(
            known.map { ($0.number, "\($0.name) \($0.checksum)") }, uniquingKeysWith: { first, _ in first })
        let theirs = Dictionary(
            applied.map { ($0.number, "\($0.name) \($0.checksum)") }, uniquingKeysWith: { first, _ in first })
        let width = max(8, ours.values.map(\.count).max() ?? 0)
        func line(_ number: String, _ left: String, _ right: String) -> String {
            let padding = String(repeating: " ", count: max(0, width - left.count))
            return "  " + String(repeating: " ", count: max(0, 4 - number.count))
                + "\(number)  \(left)\(padding)  \(right)"
        }
        let numbers = Set(ours.keys).union(theirs.keys).sorted()
        return
            ([line("", "program", "database")]
            + numbers.map { number in
                let (left, right) = (ours[number] ?? "-", theirs[number] ?? "-")
                return line(String(number), left, right) + (left == right ? "" : "  <")
            }).joined(separator: "\n")
    }
}
