/// A growing column of values, kept in the form PostgreSQL reads an array in.
///
/// Fill one column per table column, bind them to `unnest`, empty them and start again: the memory is reused and
/// nothing is encoded twice.
///
/// ```swift
/// try transaction.execute("INSERT INTO fact SELECT unnest(\(ids)), unnest(\(grids)) ON CONFLICT DO NOTHING")
/// ids.removeAll(keepingCapacity: true)
/// ```
public struct PostgresColumn<Element: PostgresEncodable>: Sendable {
    @usableFromInline var buffer = BindBuffer()
    /// How many elements there are, nulls included.
    public var count: Int { storedCount }
    @usableFromInline var storedCount = 0

    /// An empty column with room for about `capacity` small elements.
    public init(capacity: Int = 0) {
        buffer.bytes.reserveCapacity(BindBuffer.arrayHeaderSize + capacity * 12)
        buffer.writeArrayHeader(elementType: Element.postgresType.oid)
    }

    public init(_ elements: some Sequence<Element>) {
        self.init(capacity: elements.underestimatedCount)
        for element in elements { append(element) }
    }

    public var isEmpty: Bool { storedCount == 0 }

    @inlinable
    public mutating func append(_ element: Element) {
        if buffer.writeWithLength(element) { buffer.markArrayHasNulls(at: 0) }
        storedCount += 1
        buffer.updateArrayHeader(at: 0, count: storedCount)
    }

    /// Appends SQL's null; the element type need not be optional.
    public mutating func appendNull() {
        buffer.write(Int32(-1))
        buffer.markArrayHasNulls(at: 0)
        storedCount += 1
        buffer.updateArrayHeader(at: 0, count: storedCount)
    }

    public mutating func removeAll(keepingCapacity: Bool = true) {
        buffer.bytes.removeAll(keepingCapacity: keepingCapacity)
        buffer.refusal = nil
        storedCount = 0
        buffer.writeArrayHeader(elementType: Element.postgresType.oid)
    }
}
