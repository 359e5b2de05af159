import Synchronization

/// Finds publishers by their keys, and remembers answers for a short while.
///
/// A revoked key works for at most `timeToLive` longer. Unknown ids are remembered too, so that guessing costs the
/// database nothing.
public final class APIKeyDirectory: Sendable {
    /// Finds the stored key of an id; nil when there is none.
    public typealias Lookup = @Sendable (_ id: String) async throws -> StoredAPIKey?

    private struct Remembered {
        let key: StoredAPIKey?
        let until: Int64
    }

    private let lookup: Lookup
    private let timeToLive: Int64
    private let maximumEntries: Int
    private let now: @Sendable () -> Int64
    private let remembered = Mutex<[String: Remembered]>([:])

    /// - Parameter now: Monotonic nanoseconds.
    public init(
        timeToLive: Duration = .seconds(15), maximumEntries: Int = 10_000,
        now: @escaping @Sendable () -> Int64 = Clocks.monotonicNanoseconds, lookup: @escaping Lookup
    ) {
        self.lookup = lookup
        self.timeToLive = timeToLive.wholeNanoseconds
        self.maximumEntries = maximumEntries
        self.now = now
    }

    /// The publisher a key belongs to; nil when it is unknown, wrong or revoked, which are not told apart.
    ///
    /// - Throws: What the lookup throws, such as a lost database; that is no statement about the key.
    public func publisher(for key: APIKey) async throws -> Publisher? {
        guard let stored = try await stored(id: key.id), stored.matches(key), !stored.isRevoked else { return nil }
        return stored.publisher
    }

    /// Forgets all answers, for when keys have changed.
    public func forgetAll() { remembered.withLock { $0.removeAll() } }

    private func stored(id: String) async throws -> StoredAPIKey? {
        let asked = now()
        if let known = remembered.withLock({ $0[id] }), known.until > asked { return known.key }
        let found = try await lookup(id)
        remembered.withLock { remembered in
            if remembered.count >= maximumEntries { remembered.removeAll(keepingCapacity: true) }
            remembered[id] = Remembered(key: found, until: asked + timeToLive)
        }
        return found
    }
}
