import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Input that came by HTTP: each request is one event or a batch, answered when it is durable.
final class SubmitHandler: RequestHandler {
    /// Publishers rarely send a report again.
    var takesAllForNew = false
    private var acceptance: FollowingAcceptance

    init(city: CityHolder, makeAcceptance: @escaping () -> Acceptance) {
        acceptance = FollowingAcceptance(city: city, make: makeAcceptance)
    }

    func handle(
        _ requests: [[IntakeItem]], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws -> [Result<[ItemOutcome], any Error>] {
        let outcomes = try acceptance.current.accept(
            requests.flatMap { $0 }, areNew: takesAllForNew, now: now, in: transaction, output: &output)
        var rest = outcomes[...]
        return requests.map { request in
            defer { rest = rest.dropFirst(request.count) }
            return .success(Array(rest.prefix(request.count)))
        }
    }
}

/// Input that came by `inbound.<source>`: whoever may write the topic speaks for the source.
final class InboundHandler: LaneHandler {
    private var acceptance: FollowingAcceptance
    private let city: CityHolder

    init(city: CityHolder, makeAcceptance: @escaping () -> Acceptance) {
        acceptance = FollowingAcceptance(city: city, make: makeAcceptance)
        self.city = city
    }

    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput
    ) throws {
        let city = city.current
        let items = messages.map { item(from: $0, city: city) }
        // A repeat and a conflict need no answer here: the report that is there is what counts.
        _ = try acceptance.current.accept(items, now: now, in: transaction, output: &output)
    }

    private func item(from message: Message, city: City) -> IntakeItem {
        let source = SourceCode(rawValue: String(message.topic.name.dropFirst("inbound.".count)))
        let reader = SubmissionReader(city: city, allowedSources: [source])
        let (id, declared) = (message.foreignID ?? "", message.source.isEmpty ? source.rawValue : message.source)
        let result = reader.read(
            data: message.payload, type: message.type, id: id, source: declared, fallbackSource: source,
            // Anything may stand there; what is passed on is a trace, or nothing.
            traceparent: message.traceparent.flatMap { TraceContext(traceparent: $0) }?.traceparent)
        let input = KeptInput.event(type: message.type, id: id, source: declared, data: message.payload)
        switch result {
        case .success(let submission): return .submission(submission, input: input)
        case .failure(let refused):
            return .refusal(Refusal(source: source, input: input, reasons: refused.reasons))
        }
    }
}

/// An acceptance that is made anew when another version of the city comes into force.
private struct FollowingAcceptance {
    private let city: CityHolder
    private let make: () -> Acceptance
    private var made: (version: Int, acceptance: Acceptance)?

    init(city: CityHolder, make: @escaping () -> Acceptance) {
        self.city = city
        self.make = make
    }

    var current: Acceptance {
        mutating get {
            let version = city.current.profile.version
            if let made, made.version == version { return made.acceptance }
            let acceptance = make()
            made = (version, acceptance)
            return acceptance
        }
    }
}
