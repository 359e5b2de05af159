/// Which statements the server has prepared for a session, least recently used first out.
struct StatementCache {
    /// The same text with other parameter types is another statement.
    struct Key: Hashable {
        var text: String
        var types: [UInt32]
    }

    private struct Entry {
        var name: String
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var count: Int { entries.count }

    /// The name under which the server knows the statement.
    mutating func name(for key: Key) -> String? {
        guard let index = entries.index(forKey: key) else { return nil }
        uses += 1
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    /// Gives a new statement a name; the caller prepares it and calls ``forget(_:)`` if that fails.
    mutating func insert(_ key: Key) -> String {
        names += 1
        uses += 1
        let name = "wg\(names)"
        entries[key] = Entry(name: name, lastUse: uses)
        return name
    }

    mutating func forget(_ key: Key) { entries[key] = nil }

    mutating func removeAll() { entries.removeAll() }

    /// Removes the least recently used statements beyond the capacity and returns their names, to be deallocated.
    mutating func evict() -> [String] {
        let excess = entries.count - capacity
        guard excess > 0 else { return [] }
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(excess)
        for (key, _) in oldest { entries[key] = nil }
        return oldest.map(\.value.name)
    }
}
