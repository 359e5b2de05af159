import City
import CityStore
import EventLog
import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import Postgres
import ServiceKit

/// Submit events, track reports. For publishers with an API key.
struct API: Sendable {
    let city: CityHolder
    let pool: PostgresPool
    let submit: RequestLane<SubmitHandler>
    /// One publisher's flood must not crowd out the others.
    let limiter: RateLimiter
    let batchItems: Int

    func register(_ routes: Routes) {
        // CloudEvents 1.0: structured, batched or binary by content type; also NDJSON.
        routes.publishers.post("/v1/events", bodyLimit: BodyLimit.batch) { request, context in
            try await submitEvents(request, context)
        }
        routes.publishers.get("/v1/reports/{tracking}") { _, context in try await status(context) }
    }

    // MARK: Submit

    private func submitEvents(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let publisher = try context.requirePublisher()
        let form = try EventForm(request.headers)
        let buffer = try await request.bytes(context)
        let reader = ItemReader(
            city: city.current, publisher: publisher, traceparent: context.trace.traceparent)
        let bytes = Array(buffer.readableBytesView)
        switch form {
        case .structured:
            guard bytes.count <= BodyLimit.standard else { throw Problem(.tooLarge) }
            try limiter.admit(publisher.name)
            return try await single(reader.structured(bytes[...]), context)
        case .binary(let attributes):
            guard bytes.count <= BodyLimit.standard else { throw Problem(.tooLarge) }
            try limiter.admit(publisher.name)
            return try await single(reader.binary(bytes, attributes), context)
        case .array:
            return try await batch(try items(of: bytes), reader: reader, publisher: publisher)
        case .lines:
            return try await batch(JSONSplitter.items(ofLines: bytes), reader: reader, publisher: publisher)
        }
    }

    private func items(of array: [UInt8]) throws(Problem) -> [ArraySlice<UInt8>] {
        do {
            return try JSONSplitter.items(ofArray: array, limits: JSONLimits(bytes: BodyLimit.batch))
        } catch {
            let reason = SubmissionFault(error)
            throw Problem(
                .invalidBody, errors: [.init(pointer: "", slug: reason.slug.rawValue, detail: reason.detail)])
        }
    }

    private func single(_ item: IntakeItem, _ context: WanggeRequestContext) async throws -> Response {
        let outcome = try await submit.submit([item])[0]
        switch outcome {
        case .accepted(let tracking, let repeated):
            var writer = JSONWriter()
            writer.object { ItemAnswer.accepted(&$0, tracking: tracking, repeated: repeated) }
            var response = Response.json(writer.bytes, status: .accepted)
            response.headers[.location] = ItemAnswer.address(tracking)
            return response
        case .conflict(let tracking):
            throw Problem(
                .idReused,
                detail: LocalizedText(
                    zh: "该编号已用于内容不同的上报 \(tracking)", en: "the id was used for other content, as \(tracking)"))
        case .rejected(_, let reasons):
            throw Problem(
                .reportRejected,
                errors: reasons.map { .init(pointer: $0.pointer, slug: $0.slug.rawValue, detail: $0.detail) })
        }
    }

    private func batch(
        _ texts: [ArraySlice<UInt8>], reader: ItemReader, publisher: Publisher
    ) async throws -> Response {
        guard !texts.isEmpty else {
            throw Problem(.invalidBody, errors: [.init(pointer: "", slug: SubmissionFault.Slug.empty.rawValue)])
        }
        guard texts.count <= batchItems else {
            throw Problem(
                .tooLarge,
                detail: LocalizedText(zh: "一批最多 \(batchItems) 条", en: "a batch has at most \(batchItems) events"))
        }
        try limiter.admit(publisher.name, count: texts.count)
        let outcomes = try await submit.submit(texts.map { reader.structured($0) })
        var accepted = 0
        var writer = JSONWriter(capacity: 128 * outcomes.count)
        writer.object {
            $0.key("items")
            $0.array(outcomes) { writer, outcome in
                writer.object { writer in
                    if case .accepted = outcome { accepted += 1 }
                    ItemAnswer.write(outcome, to: &writer)
                }
            }
            $0.field("accepted", accepted)
            $0.field("refused", outcomes.count - accepted)
        }
        let multiStatus = HTTPResponse.Status(code: 207)
        return Response.json(writer.bytes, status: accepted == outcomes.count ? .accepted : multiStatus)
    }

    // MARK: Track

    private func status(_ context: WanggeRequestContext) async throws -> Response {
        let publisher = try context.requirePublisher()
        let tracking = try context.parameters.require("tracking")
        guard let report = TrackingNumber.report(tracking, prefix: city.current.profile.trackingPrefix) else {
            throw Problem(.notFound)
        }
        let status = try await pool.withSession { try ReportStore.status(of: report, session: $0) }
        // Another publisher's report does not exist for this one.
        guard let status, publisher.sources.contains(status.source) else { throw Problem(.notFound) }
        var writer = JSONWriter()
        writer.object {
            $0.field("trackingNumber", tracking)
            $0.field("source", status.source)
            $0.field("sourceId", status.sourceID)
            $0.field("receivedAt", status.receivedAt)
            $0.field("caseNumber", status.caseNumber)
            $0.field("state", status.state ?? CaseState.reported.rawValue)
            if let onTheSpot = status.onTheSpot { $0.field("onTheSpot", onTheSpot) }
            $0.field("changedAt", status.changedAt)
        }
        return Response.json(writer.bytes)
    }
}

/// Which of the forms of CloudEvents over HTTP a request has.
private enum EventForm {
    struct Attributes {
        var type: String
        var id: String
        var source: String
    }

    case structured
    case binary(Attributes)
    case array
    case lines

    private static let types =
        "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson"

    init(_ headers: HTTPFields) throws(Problem) {
        let type = MediaType(headers[.contentType])
        guard type.isUTF8 else {
            throw Problem(.unsupportedMediaType, detail: LocalizedText(zh: "请使用 UTF-8", en: "send UTF-8"))
        }
        switch type.name {
        case "application/cloudevents+json": self = .structured
        case "application/cloudevents-batch+json": self = .array
        case "application/x-ndjson", "application/jsonl": self = .lines
        case "application/json" where headers[.ceType] != nil:
            self = .binary(
                Attributes(
                    type: headers[.ceType] ?? "", id: headers[.ceID] ?? "", source: headers[.ceSource] ?? ""))
        default:
            throw Problem(
                .unsupportedMediaType,
                detail: LocalizedText(
                    zh: "请发送 \(EventForm.types)", en: "send one of \(EventForm.types)"))
        }
    }
}

/// Reads items in the name of one publisher.
private struct ItemReader {
    let reader: SubmissionReader
    /// Whose refused input it is when the input does not say.
    let fallback: SourceCode
    let traceparent: String

    init(city: City, publisher: Publisher, traceparent: String) {
        reader = SubmissionReader(city: city, allowedSources: publisher.sources)
        fallback = publisher.sources.min() ?? SourceCode(rawValue: "unknown")
        self.traceparent = traceparent
    }

    func structured(_ bytes: ArraySlice<UInt8>) -> IntakeItem {
        item(reader.read(event: bytes, fallbackSource: fallback, traceparent: traceparent), input: bytes)
    }

    func binary(_ bytes: [UInt8], _ attributes: EventForm.Attributes) -> IntakeItem {
        item(
            reader.read(
                data: bytes, type: attributes.type, id: attributes.id, source: attributes.source,
                fallbackSource: fallback, traceparent: traceparent),
            input: KeptInput.event(
                type: attributes.type, id: attributes.id, source: attributes.source, data: bytes)[...])
    }

    private func item(_ result: Result<Submission, RefusedInput>, input: ArraySlice<UInt8>) -> IntakeItem {
        switch result {
        case .success(let submission): .submission(submission, input: Array(input))
        case .failure(let refused):
            .refusal(Refusal(source: refused.source, input: Array(input), reasons: refused.reasons))
        }
    }
}

/// How one item is answered.
private enum ItemAnswer {
    static func address(_ tracking: String) -> String { "/v1/reports/\(tracking)" }

    static func accepted(_ writer: inout JSONWriter, tracking: String, repeated: Bool) {
        writer.field("trackingNumber", tracking)
        writer.field("status", address(tracking))
        if repeated { writer.field("repeated", true) }
    }

    static func write(_ outcome: ItemOutcome, to writer: inout JSONWriter) {
        switch outcome {
        case .accepted(let tracking, let repeated):
            writer.field("code", 202)
            accepted(&writer, tracking: tracking, repeated: repeated)
        case .conflict(let tracking):
            writer.field("code", 409)
            writer.field("slug", ProblemKind.idReused.slug)
            writer.field("trackingNumber", tracking)
        case .rejected(let number, let reasons):
            writer.field("code", 422)
            writer.field("slug", ProblemKind.reportRejected.slug)
            writer.field("rejection", number)
            writer.key("errors")
            writer.array(reasons) { writer, reason in
                writer.object {
                    $0.field("pointer", reason.pointer)
                    $0.field("slug", reason.slug.rawValue)
                    $0.field("detail", reason.detail)
                }
            }
        }
    }
}

extension ProblemKind {
    static let idReused = ProblemKind(
        "id-reused", .conflict, zh: "该编号已用于其他内容", en: "The id was used for other content")
    static let reportRejected = ProblemKind(
        "report-rejected", .unprocessableContent, zh: "上报未被接受", en: "The report was not accepted")
}

extension HTTPField.Name {
    fileprivate static let ceType = HTTPField.Name("ce-type")!
    fileprivate static let ceID = HTTPField.Name("ce-id")!
    fileprivate static let ceSource = HTTPField.Name("ce-source")!
}
