import City
import HTTPTypes
import Hummingbird
import NIOCore

/// Turns any error into the problem a client is told about.
public struct ProblemMapping: Sendable {
    public typealias Mapper = @Sendable (any Error) -> Problem?

    private let mappers: [Mapper]

    /// - Parameter mappers: Asked in order for errors of other modules, such as a lost database; nil means "not mine".
    public init(_ mappers: [Mapper] = []) { self.mappers = mappers }

    /// The problem for the error. An error nobody knows becomes `internal-error` without any detail.
    public func problem(for error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        for mapper in mappers {
            if let problem = mapper(error) { return problem }
        }
        switch error {
        case let fault as JSONGuard.Fault:
            return Problem(.invalidBody, errors: [Problem.FieldFault(pointer: "", slug: fault.slug)])
        case let error as DecodingError:
            let (slug, pointer) = DecodingFault.describe(error)
            return Problem(.invalidBody, errors: [Problem.FieldFault(pointer: pointer, slug: slug)])
        case is NIOTooManyBytesError:
            return Problem(.tooLarge)
        case let error as HTTPError:
            // The framework's own messages quote input, so only the status is kept.
            return Problem(.of(error.status), headers: error.headers)
        case let error as any HTTPResponseError:
            return Problem(.of(error.status))
        case is CancellationError:
            return Problem(.unavailable).retry(afterSeconds: 1)
        default:
            return Problem(.internalError)
        }
    }
}

extension JSONGuard.Fault {
    /// Stable name of the fault in problem documents.
    public var slug: String {
        switch self {
        case .notUTF8: "not-utf8"
        case .tooDeep: "too-deep"
        case .tooManyKeys: "too-many-keys"
        case .duplicateKey: "duplicate-key"
        case .nullCharacter: "null-character"
        case .malformed: "malformed"
        }
    }
}
