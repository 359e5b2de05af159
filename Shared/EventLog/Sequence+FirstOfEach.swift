extension Sequence {
    /// The elements in order without those whose key an earlier one has.
    ///
    /// For rows of one statement: `WHERE NOT EXISTS` does not see what the statement itself inserts.
    public func firstOfEach<Key: Hashable>(_ key: (Element) -> Key) -> [Element] {
        var seen: Set<Key> = []
        return filter { seen.insert(key($0)).inserted }
    }
}
