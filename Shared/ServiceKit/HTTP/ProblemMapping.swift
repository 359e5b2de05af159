import City
import HTTPTypes
import Hummingbird
import Messages
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
        case let fault as JSONFault:
            return Problem(.invalidBody, errors: [Problem.FieldFault(pointer: "", slug: fault.code.rawValue)])
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
