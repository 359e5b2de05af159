/// Something a service needs to start was not there; the process ends with exit code 69.
public struct DependencyUnavailable: Error, Sendable, CustomStringConvertible {
    public let name: String
    /// Why, without secrets.
    public let reason: String

    public init(_ name: String, reason: String) {
        self.name = name
        self.reason = reason
    }

    public var description: String { "\(name) is not available: \(reason)" }

    /// Tries until it works, waiting 0.1 s, 0.2 s … 2 s in between, so that services may start before their
    /// dependencies.
    ///
    /// - Parameters:
    ///   - patience: Time after which no new attempt is made.
    ///   - attempt: Throws as long as the dependency is away. A ``SettingsError`` ends the waiting at once.
    /// - Throws: ``DependencyUnavailable`` with the reason of the last attempt; `CancellationError`.
    public static func wait<Result: Sendable>(
        for name: String, patience: Duration = .seconds(60), clock: some Clock<Duration> = ContinuousClock(),
        _ attempt: () async throws -> Result
    ) async throws -> Result {
        let deadline = clock.now.advanced(by: patience)
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await attempt()
            } catch let error where error is SettingsError || error is CancellationError {
                throw error
            } catch {
                guard clock.now.advanced(by: pause) < deadline else {
                    throw DependencyUnavailable(name, reason: ErrorText.safe(error))
                }
                try await clock.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }
}
