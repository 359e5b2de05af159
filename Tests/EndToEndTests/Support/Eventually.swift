import Dispatch
import Testing

/// Waits until a condition holds, and records an issue by name when it does not in time.
///
/// A condition that throws does not hold yet.
func eventually(
    _ what: String, seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    do {
        try await require(what, seconds: seconds, condition)
    } catch let error as NotInTime {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}

/// Waits until a condition holds.
///
/// - Throws: ``NotInTime`` by name when it does not in time.
func require(_ what: String, seconds: Double = 60, _ condition: () async throws -> Bool) async throws {
    let deadline = DispatchTime.now() + seconds
    var lastError: (any Error)?
    while DispatchTime.now() < deadline {
        do {
            if try await condition() { return }
            lastError = nil
        } catch {
            lastError = error
        }
        try await Task.sleep(for: .milliseconds(25))
    }
    throw NotInTime(what: what, lastError: lastError.map { String(describing: $0) })
}

/// Waits until a value is there.
///
/// - Throws: ``NotInTime`` by name when it is not in time.
func awaited<Value>(_ what: String, seconds: Double = 60, _ value: () async throws -> Value?) async throws -> Value {
    var found: Value?
    try await require(what, seconds: seconds) {
        found = try await value()
        return found != nil
    }
    return try #require(found)
}

struct NotInTime: Error, CustomStringConvertible {
    let what: String
    let lastError: String?

    var description: String { "not in time: \(what)" + (lastError.map { " (\($0))" } ?? "") }
}
