/// One step of a schema's history, never changed once it has been applied anywhere.
public struct PostgresMigration: Hashable, Sendable {
    /// 1, 2, 3, …
    public var number: Int
    public var name: String
    /// Statements separated by `;`. They run in one transaction with the schema first in the search path.
    public var sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// A migration from a file such as `0001_init.sql`.
    ///
    /// - Throws: ``MigrationError`` when the name has another form or the text is not UTF-8.
    public init(file: String, bytes: [UInt8]) throws(MigrationError) {
        let stem = file.hasSuffix(".sql") ? file.dropLast(4) : Substring(file)
        let parts = stem.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, let number = Int(parts[0]), number > 0 else {
            throw MigrationError(.invalidList, "\(file) is not named like 0001_init.sql")
        }
        guard let sql = String(validating: bytes, as: UTF8.self) else {
            throw MigrationError(.invalidList, "\(file) is not UTF-8")
        }
        self.init(number: number, name: String(parts[1]), sql: sql)
    }

    /// FNV-1a of the text, in 64 bits, as 16 hexadecimal digits. Line ends count as LF, and those at the end not at all.
    public var checksum: String {
        var bytes = Array(sql.replacingLineEnds.utf8)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension String {
    /// The text with CRLF and CR as LF.
    fileprivate var replacingLineEnds: String {
        // CR LF is one Character in Swift.
        String(map { $0 == "\r\n" || $0 == "\r" ? "\n" : $0 })
    }
}

/// Why a schema cannot be brought up to date or used.
public struct MigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The program's own migrations are not numbered 1, 2, 3, ….
        case invalidList
        /// A migration was changed after it had been applied.
        case changed
        /// The database lacks an earlier migration although it has a later one.
        case gap
        /// The database has migrations this program does not know: the program is too old.
        case newerDatabase
        /// The database lacks migrations; see `gridctl migrate`.
        case pending
    }

    public var code: Code
    /// What is wrong, then the migrations of the program and of the database side by side. Holds no data.
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
