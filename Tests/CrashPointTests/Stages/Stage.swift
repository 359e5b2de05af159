import City

/// One handler at work on what earlier ones have left.
protocol Stage: Sendable {
    /// Service and handler.
    var name: String { get }
    /// What happens before, by other hands.
    func prepare(_ suite: LiveSuite) throws
    /// Works until the suite is at rest. When a process dies, another takes over.
    ///
    /// - Returns: what those who asked for something were answered.
    func play(_ suite: LiveSuite) async throws -> [String]
}

/// Why a stage could not be played to its end.
struct StageFailure: Error, CustomStringConvertible {
    var description: String
}
