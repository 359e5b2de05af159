import CLibpq

extension PostgresSession {
    /// Loads rows by COPY; all or none.
    ///
    /// ```swift
    /// try session.copyIn("COPY fact (id, grid) FROM STDIN (FORMAT binary)", columns: 2) { writer in
    ///     for fact in facts { try writer.write(fact.id, fact.grid) }
    /// }
    /// ```
    ///
    /// Returns how many rows were stored. When `rows` throws, nothing is stored and its error is thrown on.
    ///
    /// - Throws: ``PostgresError``, or what `rows` threw.
    @discardableResult
    public func copyIn(_ sql: SQL, columns: Int, rows: (inout CopyWriter) throws -> Void) throws -> Int {
        try checkNotLent()
        return try copyRows(into: sql, columns: columns, rows: rows)
    }

    /// Reads rows by COPY, one at a time, however many there are.
    ///
    /// `sql` is a `COPY … TO STDOUT (FORMAT binary)`. When `row` throws, the statement is stopped and the error thrown
    /// on.
    public func copyOut(_ sql: SQL, row: (CopyRow) throws -> Void) throws {
        try checkNotLent()
        try copyRows(outOf: sql, row: row)
    }

    func copyRows(into sql: SQL, columns: Int, rows: (inout CopyWriter) throws -> Void) throws -> Int {
        try metrics.copy.measure {
            let connection = try usableConnection()
            try startCopy(sql, on: connection, expecting: PGRES_COPY_IN)
            // Safe to lend: the writer cannot be copied and ends with this call.
            var writer = CopyWriter(columns: columns) { try Self.put($0, on: connection) }
            do {
                try rows(&writer)
                try writer.finish()
            } catch {
                if connection.isUsable {
                    _ = try? endCopyIn(connection, failure: "given up by the client")
                    // The server's answer to giving up is an error, which is what was wanted.
                    _ = try? drain(connection)
                }
                throw error
            }
            try endCopyIn(connection, failure: nil)
            return try drain(connection)?.affectedRows ?? 0
        }
    }

    func copyRows(outOf sql: SQL, row: (CopyRow) throws -> Void) throws {
        try metrics.copy.measure {
            let connection = try usableConnection()
            try startCopy(sql, on: connection, expecting: PGRES_COPY_OUT)
            var reader = CopyReader()
            do {
                while let chunk = try nextChunk(connection) { try reader.read(chunk, row) }
            } catch {
                if connection.isUsable {
                    connection.canceller.cancel()
                    while let _ = try nextChunk(connection) {}
                    _ = try? drain(connection)
                }
                throw error
            }
            _ = try drain(connection)
        }
    }

    private func startCopy(_ sql: SQL, on connection: Connection, expecting: ExecStatusType) throws(PostgresError) {
        guard sql.parameterCount == 0 else { throw PostgresError(.misuse, "COPY takes no parameters") }
        guard !sql.text.utf8.contains(0) else { throw PostgresError(.encoding, "a statement contains U+0000") }
        guard PQsendQuery(connection.handle, sql.text) == 1 else { throw connection.lost() }
        guard let result = try connection.nextResult() else { throw connection.lost() }
        guard result.status == expecting else {
            if result.status == PGRES_FATAL_ERROR {
                let error = connection.error(result)
                _ = try drain(connection)
                throw error
            }
            // Another statement, or COPY in the other direction, which cannot be left politely.
            connection.markBroken()
            throw PostgresError(.misuse, "not a COPY in this direction")
        }
        guard PQbinaryTuples(result.pointer) == 1 else {
            connection.markBroken()
            throw PostgresError(.misuse, "COPY must say (FORMAT binary)")
        }
    }

    private static func put(_ bytes: UnsafeRawBufferPointer, on connection: Connection) throws(PostgresError) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        while true {
            switch PQputCopyData(connection.handle, start, Int32(bytes.count)) {
            case 1:
                // Keeps libpq's buffer from growing with the table.
                return try connection.flush()
            case 0: try connection.wait(for: Connection.writable)
            default: throw connection.lost()
            }
        }
    }

    private func endCopyIn(_ connection: Connection, failure: String?) throws(PostgresError) {
        while true {
            switch PQputCopyEnd(connection.handle, failure) {
            case 1: return try connection.flush()
            case 0: try connection.wait(for: Connection.writable)
            default: throw connection.lost()
            }
        }
    }

    private func nextChunk(_ connection: Connection) throws(PostgresError) -> CopyChunk? {
        while true {
            var start: UnsafeMutablePointer<CChar>?
            let size = PQgetCopyData(connection.handle, &start, 1)
            if size > 0, let start { return CopyChunk(start, count: Int(size)) }
            if size == -1 { return nil }
            if size < -1 { throw connection.lost() }
            try connection.flush()
            try connection.wait(for: Connection.readable)
            if PQconsumeInput(connection.handle) == 0 { throw connection.lost() }
        }
    }

    /// Reads the results that end a COPY; the first is the one that counts.
    @discardableResult
    private func drain(_ connection: Connection) throws(PostgresError) -> ResultHandle? {
        var last: ResultHandle?
        var failure: PostgresError?
        while let result = try connection.nextResult() {
            if result.status == PGRES_FATAL_ERROR { failure = failure ?? connection.error(result) }
            last = last ?? result
        }
        if let failure { throw failure }
        return last
    }
}
