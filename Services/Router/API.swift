import City
import CityStore
import EventLog
import Hummingbird
import Messages
import Postgres
import ServiceKit

/// Case work for people with a token.
struct API: Sendable {
    let city: CityHolder
    let pool: PostgresPool
    let work: RequestLane<CaseWorkHandler>

    /// Actions of one batch request.
    static let mostActions = 500
    /// Entries of one list.
    static let mostEntries = 500

    func register(_ routes: Routes) {
        routes.people.get("/v1/cases/{case}") { _, context in try await one(context) }
        routes.people.get("/v1/cases/{case}/history") { _, context in try await history(context) }
        routes.people.get("/v1/cases/{case}/receipts") { _, context in try await receipts(context) }
        routes.people.get("/v1/worklist") { request, context in try await worklist(request, context) }
        routes.people.get("/v1/manual-desk") { request, context in try await manualDesk(request, context) }
        routes.people.post("/v1/cases/actions", bodyLimit: BodyLimit.batch) { request, context in
            try await actMany(request, context)
        }
        routes.people.post("/v1/cases/{case}/{action}") { request, context in try await act(request, context) }
    }

    // MARK: Acting

    private func act(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let name = try context.parameters.require("case")
        let slug = try context.parameters.require("action")
        let body = Array(try await request.bytes(context).readableBytesView)
        let document = try JSONDocument(body.isEmpty ? Array("{}".utf8) : body)
        let action = try ActionReader.request(
            document.root, pointer: "", caseName: name, slug: slug, actor: actor(context),
            traceparent: context.trace.traceparent)
        switch try await work.submit([action])[0] {
        case .success(let after): return answer(after)
        case .failure(let refusal): throw refusal.problem
        }
    }

    private func actMany(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let document = try await request.jsonDocument(context)
        guard document.root.isArray else {
            throw Problem(.invalidBody, errors: [.init(pointer: "", slug: "wrong-type")])
        }
        let elements = document.root.elements
        guard !elements.isEmpty, elements.count <= API.mostActions else {
            throw Problem(
                .unprocessable,
                detail: LocalizedText(zh: "一次 1 至 \(API.mostActions) 项", en: "send 1 to \(API.mostActions) actions"))
        }
        let actor = try actor(context)
        let actions = try elements.enumerated().map { index, element in
            try ActionReader.request(
                element, pointer: "/\(index)", caseName: element["case"]?.string ?? "",
                slug: element["action"]?.string ?? "", actor: actor, traceparent: context.trace.traceparent)
        }
        let outcomes = try await work.submit(actions)
        var writer = JSONWriter(capacity: 128 * outcomes.count)
        writer.object {
            $0.key("items")
            $0.array(outcomes) { writer, outcome in
                writer.object {
                    switch outcome {
                    case .success(let after):
                        $0.field("case", after.number)
                        $0.field("version", after.version)
                        $0.field("state", after.state.rawValue)
                    case .failure(let refusal):
                        $0.field("slug", refusal.slug.rawValue)
                        $0.field("state", refusal.state?.rawValue)
                    }
                }
            }
        }
        return Response.json(writer.bytes)
    }

    private func actor(_ context: WanggeRequestContext) throws -> Actor {
        let person = try context.requirePerson()
        return Actor(post: person.post, roles: person.roles, jurisdiction: person.jurisdiction)
    }

    // MARK: Reading

    private func visible(_ context: WanggeRequestContext) async throws -> PublicCase {
        let actor = try actor(context)
        let name = try context.parameters.require("case")
        let found = try await pool.withSession { try CaseReading.find(name, session: $0) }
        // What somebody may not see does not exist for him.
        guard let found, CaseWork(city: city.current).maySee(found, actor: actor) else { throw Problem(.notFound) }
        return found
    }

    private func answer(_ one: PublicCase) -> Response {
        var writer = JSONWriter(capacity: 768)
        one.write(to: &writer)
        return Response.json(writer.bytes)
    }

    private func one(_ context: WanggeRequestContext) async throws -> Response { answer(try await visible(context)) }

    private func history(_ context: WanggeRequestContext) async throws -> Response {
        let one = try await visible(context)
        let entries = try await pool.withSession { try CaseReading.history(one.id, session: $0) }
        var writer = JSONWriter()
        writer.object {
            $0.field("case", one.number)
            $0.key("steps")
            $0.array(entries) { writer, entry in
                writer.object {
                    $0.field("version", entry.version)
                    $0.field("change", entry.change)
                    $0.field("from", entry.from)
                    $0.field("to", entry.to)
                    $0.field("at", entry.at)
                    $0.field("by", entry.by)
                    $0.field("reason", entry.reason)
                    guard let rule = entry.rule else { return }
                    $0.key("decision")
                    $0.object {
                        $0.field("policyVersion", entry.policyVersion)
                        $0.field("rule", rule)
                        $0.field("inputs", entry.inputs)
                    }
                }
            }
        }
        return Response.json(writer.bytes)
    }

    private func receipts(_ context: WanggeRequestContext) async throws -> Response {
        let one = try await visible(context)
        let receipts = try await pool.withSession { try CaseReading.receipts(one.id, session: $0) }
        var writer = JSONWriter()
        writer.object {
            $0.field("case", one.number)
            $0.field("nodes", receipts.count)
            $0.field("acknowledged", receipts.filter { $0.acknowledgedAt != nil }.count)
            $0.key("receipts")
            $0.array(receipts) { writer, receipt in
                writer.object {
                    $0.field("node", receipt.node)
                    $0.field("issuedAt", receipt.issuedAt)
                    $0.field("acknowledgedAt", receipt.acknowledgedAt)
                }
            }
        }
        return Response.json(writer.bytes)
    }

    private func worklist(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let post = try actor(context).post
        let page = try Page(request)
        let documents = try await pool.withSession {
            try CaseReading.worklist(post, after: page.after, limit: page.limit, session: $0)
        }
        return list(documents)
    }

    private func manualDesk(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let person = try context.requirePerson(roles: CaseWork.dispatcherRole)
        let actor = Actor(post: person.post, roles: person.roles, jurisdiction: person.jurisdiction)
        let page = try Page(request)
        let documents = try await pool.withSession {
            try CaseReading.manualDesk(after: page.after, limit: page.limit, session: $0)
        }
        let rules = CaseWork(city: city.current)
        return list(
            try documents.filter { rules.maySee(try PublicCase(json: JSONDocument($0).root), actor: actor) })
    }

    private func list(_ documents: [[UInt8]]) -> Response {
        var writer = JSONWriter(capacity: 800 * documents.count + 32)
        writer.object {
            $0.key("items")
            $0.array(documents) { $0.raw(json: $1) }
        }
        return Response.json(writer.bytes)
    }

    /// `?after=<case id>&limit=`
    private struct Page {
        var after = CaseID(0)
        var limit = 100

        init(_ request: Request) throws {
            let query = request.uri.queryParameters
            if let text = query["after"] {
                guard let value = Int64(text) else { throw Problem(.badRequest) }
                after = CaseID(value)
            }
            if let text = query["limit"] {
                guard let value = Int(text), (1...API.mostEntries).contains(value) else { throw Problem(.badRequest) }
                limit = value
            }
        }
    }
}
