/// The bound values of one statement, encoded as soon as they are bound.
struct Parameters: Sendable {
    /// Where a parameter's bytes are.
    private enum Place: Sendable {
        /// In `buffer`, after a four-byte length, from this offset.
        case inline(offset: Int)
        /// The bytes of a ``PostgresKeptCell``, which are shared and not copied.
        case kept([UInt8])
    }

    private(set) var types: [UInt32] = []
    private var places: [Place] = []
    private var buffer = BindBuffer()

    var count: Int { places.count }

    /// The protocol counts parameters in sixteen bits.
    static let maximumCount = 65_535
    /// The server accepts no message over 1 GiB; this leaves room for the rest of the message.
    private static let maximumBytes = 1_000_000_000

    mutating func reserveCapacity(_ capacity: Int) {
        types.reserveCapacity(capacity)
        places.reserveCapacity(capacity)
    }

    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        types.append(Value.postgresType.oid)
        places.append(.inline(offset: buffer.bytes.count))
        buffer.writeWithLength(value)
    }

    mutating func append(_ cell: PostgresKeptCell) {
        types.append(cell.typeOID)
        if let bytes = cell.bytes, !bytes.isEmpty {
            places.append(.kept(bytes))
        } else {
            places.append(.inline(offset: buffer.bytes.count))
            buffer.write(Int32(cell.bytes == nil ? -1 : 0))
        }
    }

    mutating func append(_ other: Parameters) {
        let shift = buffer.bytes.count
        types += other.types
        buffer.write(bytes: other.buffer.bytes)
        for place in other.places {
            switch place {
            case .inline(let offset): places.append(.inline(offset: offset + shift))
            case .kept: places.append(place)
            }
        }
        if let refusal = other.buffer.refusal { buffer.refuse(refusal) }
    }

    /// - Throws: ``PostgresError`` with code `encoding` when the values cannot be sent.
    func check() throws(PostgresError) {
        if let refusal = buffer.refusal { throw PostgresError(.encoding, refusal) }
        guard count <= Self.maximumCount else {
            throw PostgresError(.encoding, "\(count) parameters, of which a statement can have \(Self.maximumCount)")
        }
        var size = buffer.bytes.count
        for case .kept(let bytes) in places { size += bytes.count }
        guard size <= Self.maximumBytes else {
            throw PostgresError(.encoding, "\(size) bytes of parameters, of which a statement can have 1 GB")
        }
    }

    /// Lends the values as libpq wants them: pointers (nil for null) and lengths, all in binary format.
    func withPointers<Result>(_ body: ([UnsafePointer<CChar>?], [Int32]) -> Result) -> Result {
        buffer.bytes.withUnsafeBytes { inline in
            var pointers: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            pointers.reserveCapacity(count)
            lengths.reserveCapacity(count)
            return lend(from: 0, inline, &pointers, &lengths, body)
        }
    }

    /// Each kept cell's pointer is good only inside its own closure, hence the recursion: as deep as there are kept cells.
    private func lend<Result>(
        from first: Int, _ inline: UnsafeRawBufferPointer,
        _ pointers: inout [UnsafePointer<CChar>?], _ lengths: inout [Int32],
        _ body: ([UnsafePointer<CChar>?], [Int32]) -> Result
    ) -> Result {
        for index in first..<places.count {
            switch places[index] {
            case .inline(let offset):
                let length = Int32(bigEndian: inline.loadUnaligned(fromByteOffset: offset, as: Int32.self))
                let start = inline.baseAddress!.advanced(by: offset + 4).assumingMemoryBound(to: CChar.self)
                pointers.append(length < 0 ? nil : start)
                lengths.append(max(length, 0))
            case .kept(let bytes):
                return bytes.withUnsafeBytes { cell in
                    pointers.append(cell.baseAddress!.assumingMemoryBound(to: CChar.self))
                    lengths.append(Int32(cell.count))
                    return lend(from: index + 1, inline, &pointers, &lengths, body)
                }
            }
        }
        return body(pointers, lengths)
    }
}
