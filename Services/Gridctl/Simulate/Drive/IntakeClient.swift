import City
import Messages

/// Publishes to intake in every form it takes, and reads its answers.
struct IntakeClient: Sendable {
    /// What intake said to one input.
    struct Answer: Hashable, Sendable {
        /// 202 accepted, 409 conflict, 422 refused.
        var code: Int
        var tracking: String?
        var isRepeated = false
        /// Reasons of a refusal.
        var slugs: [String] = []
    }

    /// Inputs of one request.
    static let largestBatch = 2_000

    private let address: String
    private let keys: [SourceCode: String]
    private let client = SuiteClient()

    /// - Parameter keys: A publisher's key for each source.
    init(address: String, keys: [SourceCode: String]) {
        self.address = address
        self.keys = keys
    }

    private struct Request: Sendable {
        var indices: [Int]
        var source: SourceCode
        var headers: [(String, String)]
        var body: [UInt8]
        var isBatch: Bool
    }

    /// Publishes everything, few and large requests where the form allows.
    ///
    /// - Parameter asLines: Batches go as NDJSON, not as arrays.
    /// - Returns: Answers in the order of `publications`.
    func publish(_ publications: [Publication], asLines: Bool) async throws -> [Answer] {
        let requests = requests(publications, asLines: asLines)
        let answered = try await SuiteClient.concurrently(requests) { request in
            (request, try await send(request))
        }
        var answers = [Answer](repeating: Answer(code: 0), count: publications.count)
        for (request, found) in answered {
            for (index, answer) in zip(request.indices, found) { answers[index] = answer }
        }
        return answers
    }

    private func requests(_ publications: [Publication], asLines: Bool) -> [Request] {
        var requests: [Request] = []
        let bySource = Dictionary(grouping: publications.indices, by: { publications[$0].source })
        for (source, indices) in bySource.sorted(by: { $0.key < $1.key }) {
            var gathered: [Int] = []
            for index in indices {
                let one = publications[index]
                switch one.form {
                case .batched, .line: gathered.append(index)
                case .single:
                    requests.append(
                        Request(
                            indices: [index], source: source,
                            headers: [("content-type", "application/cloudevents+json; charset=utf-8")],
                            body: one.body, isBatch: false))
                case .binary:
                    requests.append(
                        Request(
                            indices: [index], source: source,
                            headers: [
                                ("content-type", "application/json"), ("ce-specversion", "1.0"),
                                ("ce-type", EventDraft.type), ("ce-id", one.id), ("ce-source", source.rawValue),
                            ], body: one.body, isBatch: false))
                }
            }
            while !gathered.isEmpty {
                let part = Array(gathered.prefix(Self.largestBatch))
                gathered.removeFirst(part.count)
                requests.append(batch(part, of: publications, source: source, asLines: asLines))
            }
        }
        return requests
    }

    private func batch(_ indices: [Int], of publications: [Publication], source: SourceCode, asLines: Bool) -> Request {
        let bodies = indices.map { publications[$0].body }
        let lines = asLines || indices.contains { publications[$0].form == .line }
        return Request(
            indices: indices, source: source,
            headers: [("content-type", lines ? "application/x-ndjson" : "application/cloudevents-batch+json")],
            body: lines
                ? Array(bodies.joined(separator: [0x0A]))
                : [UInt8(ascii: "[")] + Array(bodies.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")],
            isBatch: true)
    }

    private func send(_ request: Request) async throws -> [Answer] {
        let key = keys[request.source] ?? ""
        let answer = try await client.post(
            address + "/v1/events", headers: request.headers + [("x-api-key", key)], body: request.body)
        guard let json = answer.json else { throw Self.unexpected(answer.status) }
        if !request.isBatch { return [Self.read(json, code: answer.status)] }
        let items = json["items"]?.elements ?? []
        guard items.count == request.indices.count else { throw Self.unexpected(answer.status) }
        return items.map { Self.read($0, code: $0["code"]?.int ?? 0) }
    }

    private static func read(_ json: JSONValue, code: Int) -> Answer {
        Answer(
            code: code, tracking: json["trackingNumber"]?.string, isRepeated: json["repeated"]?.bool ?? false,
            slugs: (json["errors"]?.elements ?? []).compactMap { $0["slug"]?.string })
    }

    private static func unexpected(_ status: Int) -> CommandFailure {
        CommandFailure(
            .internalError, zh: "intake 的答复无法理解（\(status)）", en: "intake's answer cannot be understood (\(status))")
    }
}

extension IntakeClient.Answer {
    /// Whether intake did what it should.
    func meets(_ expectation: Publication.Expectation) -> Bool {
        switch expectation {
        // An answer that got lost makes the second attempt a repeat: accepted all the same.
        case .accepted: code == 202
        case .repeated: code == 202 && isRepeated
        case .conflict: code == 409
        case .rejected(let slug): code == 422 && slugs.contains(slug)
        }
    }
}
