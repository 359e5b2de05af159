import City
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore

@testable import ServiceKit

/// A small service to send requests to.
struct HTTPFixture {
    static let key = APIKey.generate()
    static let now = TokenTests.now

    let collected = CollectedLines()
    let routes: Routes

    struct Order: Codable {
        struct Item: Codable { var count: Int }
        var items: [Item]
    }

    struct DatabaseLost: Error {}
    struct Surprise: Error, CustomStringConvertible { var description: String { "phone 13812345678" } }

    init(
        maximumInFlight: Int = 64, health: HealthRegistry = HealthRegistry(),
        metrics: MetricsRegistry = MetricsRegistry()
    ) async throws {
        let publisher = Publisher(name: "hotline", sources: [SourceCode("hotline-12345")])
        let directory = APIKeyDirectory { id in
            id == Self.key.id ? StoredAPIKey(hash: Self.key.hash, publisher: publisher) : nil
        }
        let tokens = try await TokenVerifier(secret: TokenTests.secret, publicKeyPEM: nil, policy: TokenTests.policy)
        routes = Routes(
            authenticator: Authenticator(keys: directory, tokens: tokens, now: { Self.now }),
            mapping: ProblemMapping([{ $0 is DatabaseLost ? Problem(.unavailable).retry(afterSeconds: 5) : nil }]),
            maximumInFlight: maximumInFlight, logger: collected.logger())
        routes.addOperations(health: health, metrics: metrics)
        addRoutes()
    }

    private func addRoutes() {
        routes.open.get("/hello") { _, _ in "hello" }
        routes.open.get("/cases/{id}") { _, context in try context.parameters.require("id") }
        routes.open.put("/cases/{id}") { _, _ in "put" }
        routes.open.get("/fail/{how}") { _, context -> String in
            switch context.parameters.get("how") {
            case "problem":
                throw Problem(.conflict, detail: LocalizedText(zh: "同一编号内容不同", en: "same id, other content"))
            case "database": throw DatabaseLost()
            case "http": throw HTTPError(.badRequest, message: "input 13812345678")
            case "rule":
                throw Problem(
                    .unprocessable,
                    errors: [
                        .init(pointer: "/a~1b", slug: "too-long", detail: LocalizedText(zh: "过长", en: "too long"))
                    ])
            default: throw Surprise()
            }
        }
        routes.open.post("/orders", bodyLimit: 1_000) { request, context in
            let order = try await request.json(Order.self, context)
            return try Response.json(encoding: order, status: .created)
        }
        routes.open.get("/page") { _, _ in Response.page("<p>".utf8) }
        routes.open.get("/trace") { _, context in context.trace.traceparent }
        routes.publishers.post("/reports") { _, context in
            try context.requirePublisher(of: SourceCode("hotline-12345")).name
        }
        routes.publishers.post("/reports/other") { _, context in
            try context.requirePublisher(of: SourceCode("patrol")).name
        }
        routes.people.get("/my/cases") { _, context in try context.requirePerson().post.rawValue }
        routes.people.post("/my/dispatch") { _, context in
            try context.requirePerson(roles: "dispatcher", "grid-leader").post.rawValue
        }
        routes.signedIn.get("/outcomes/{id}") { _, _ in "outcome" }
    }

    func application(_ settings: HTTPServerSettings = HTTPServerSettings()) -> Application<
        RouterResponder<WanggeRequestContext>
    > {
        HTTPServer.application(routes: routes, settings: settings, logger: collected.logger(level: .info))
    }

    static func bearer(roles: Set<String> = ["grid-worker"]) async throws -> HTTPFields {
        let person = Person(post: PostCode("P-01"), roles: roles, jurisdiction: [GridCode("110105")])
        let token = try await TokenIssuer(secret: TokenTests.secret, policy: TokenTests.policy)
            .issue(person, lifetimeSeconds: 600, now: now)
        return [.authorization: "Bearer \(token)"]
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
}
