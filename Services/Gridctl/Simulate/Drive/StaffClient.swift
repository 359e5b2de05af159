import City
import Messages

/// Acts for people: on cases at the router, on claims of points at rewards.
struct StaffClient: Sendable {
    /// One action on one case.
    struct Act: Hashable, Sendable {
        /// Number of the case as people see it.
        var caseNumber: String
        var post: PostCode
        var action: Behaviour.Action
        /// When it is said to have been done; nil: when it arrives.
        var at: Timestamp?
    }

    /// What the router said to it.
    struct Answer: Hashable, Sendable {
        /// Version and state of the case afterwards; nil when it was refused.
        var version: Int?
        var state: String?
        /// Why it was refused.
        var slug: String?
    }

    /// What rewards said to a decision on a claim.
    struct ReviewAnswer: Hashable, Sendable {
        var transfer: Int64
        /// The claim's state afterwards; nil when the reviewer may not decide on it.
        var state: String?
        /// Why the decision was not taken.
        var slug: String?
    }

    private static let mostActions = 500

    private let addresses: SuiteAddresses
    private let tokens: StaffTokens
    private let client = SuiteClient()

    init(addresses: SuiteAddresses, tokens: StaffTokens) {
        self.addresses = addresses
        self.tokens = tokens
    }

    /// Does actions that do not depend on each other, one request a post.
    ///
    /// - Returns: Answers in the order of `acts`.
    func act(_ acts: [Act]) async throws -> [Answer] {
        let byPost = Dictionary(grouping: acts.indices, by: { acts[$0].post }).sorted { $0.key < $1.key }
        let requests = byPost.flatMap { post, indices in
            stride(from: 0, to: indices.count, by: Self.mostActions).map {
                (post: post, indices: Array(indices[$0..<min($0 + Self.mostActions, indices.count)]))
            }
        }
        let answered = try await SuiteClient.concurrently(requests) { request in
            try await send(request.indices.map { acts[$0] }, by: request.post)
        }
        var answers = [Answer](repeating: Answer(), count: acts.count)
        for (request, found) in zip(requests, answered) {
            for (index, answer) in zip(request.indices, found) { answers[index] = answer }
        }
        return answers
    }

    private func send(_ acts: [Act], by post: PostCode) async throws -> [Answer] {
        var writer = JSONWriter(capacity: 256 * acts.count)
        writer.array(acts) { writer, act in writer.object { write(act, to: &$0) } }
        let answer = try await client.post(
            addresses.router + "/v1/cases/actions", headers: try await headers(of: post), body: writer.bytes)
        guard answer.status == 200, let items = answer.json?["items"]?.elements, items.count == acts.count else {
            let said = String(decoding: answer.body.prefix(300), as: UTF8.self)
            throw CommandFailure(
                .internalError, zh: "router 的答复无法理解（\(answer.status)）：\(said)",
                en: "router's answer cannot be understood (\(answer.status)): \(said)")
        }
        return items.map {
            Answer(version: $0["version"]?.int, state: $0["state"]?.string, slug: $0["slug"]?.string)
        }
    }

    private func write(_ act: Act, to writer: inout JSONWriter) {
        writer.field("case", act.caseNumber)
        writer.field("action", act.action.slug)
        writer.field("at", act.at)
        switch act.action {
        case .accept, .start: break
        case .handle(let note, let evidence):
            writer.field("note", note)
            writer.key("evidence")
            writer.array(evidence) { $0.value($1) }
        case .sendBack(let reason), .decline(let reason): writer.field("reason", reason)
        case .check(let passed, let reason):
            writer.field("passed", passed)
            writer.field("reason", reason)
        case .dispatch(let post, let reason):
            writer.field("to", post)
            writer.field("reason", reason)
        case .locate(let grid): writer.field("grid", grid)
        case .acknowledge(let node): writer.field("node", node)
        }
    }

    // MARK: Points

    /// Decides on claims, as a reviewer.
    ///
    /// - Returns: Answers in the order of `transfers`.
    func review(_ transfers: [Int64], post isPosted: Bool, by reviewer: PostCode) async throws -> [ReviewAnswer] {
        var writer = JSONWriter(capacity: 12 * transfers.count + 64)
        writer.object {
            $0.key("claims")
            $0.array(transfers) { $0.value($1) }
            $0.field("decision", isPosted ? "post" : "void")
            if !isPosted { $0.field("reason", "现场未见处置") }
        }
        let answer = try await client.post(
            addresses.rewards + "/v1/claims/review", headers: try await headers(of: reviewer), body: writer.bytes)
        guard let items = answer.json?["items"]?.elements, items.count == transfers.count else {
            let said = String(decoding: answer.body.prefix(300), as: UTF8.self)
            throw CommandFailure(
                .internalError, zh: "rewards 的答复无法理解（\(answer.status)）：\(said)",
                en: "rewards' answer cannot be understood (\(answer.status)): \(said)")
        }
        return zip(transfers, items).map {
            ReviewAnswer(transfer: $0, state: $1["state"]?.string, slug: $1["slug"]?.string)
        }
    }

    private func headers(of post: PostCode) async throws -> [(String, String)] {
        [("content-type", "application/json"), ("authorization", "Bearer \(try await tokens.token(of: post))")]
    }
}
