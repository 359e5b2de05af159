import City
import Messages
import ServiceKit
import Synchronization
import Testing

/// The people of the city, each with a token of their post.
final class StaffClient: Sendable {
    let suite: SuiteUnderTest
    private let issuer: TokenIssuer
    private let tokens = Mutex<[PostCode: String]>([:])

    init(_ suite: SuiteUnderTest) {
        self.suite = suite
        issuer = TokenIssuer(secret: suite.tokenSecret, policy: TokenPolicy(issuer: "wangge", audience: "wangge"))
    }

    /// A token that speaks for a post with its own role and grid.
    func token(_ post: PostCode) async throws -> String {
        if let token = tokens.withLock({ $0[post] }) { return token }
        let found = try #require(suite.city.post(post), "post \(post)")
        let person = Person(post: post, roles: [found.role], jurisdiction: [found.grid], unit: found.unit)
        let token = try await issuer.issue(person, lifetimeSeconds: 3_600, now: .now)
        tokens.withLock { $0[post] = token }
        return token
    }

    func get(_ service: ServiceName, _ path: String, as post: PostCode) async throws -> Answer {
        try await HTTP.get(suite.url(service, path), try await headers(post))
    }

    func post(_ service: ServiceName, _ path: String, as post: PostCode, _ body: String) async throws -> Answer {
        try await HTTP.post(suite.url(service, path), try await headers(post), Array(body.utf8))
    }

    private func headers(_ post: PostCode) async throws -> HTTP.Headers {
        [("authorization", "Bearer \(try await token(post))"), ("content-type", "application/json")]
    }

    // MARK: Cases

    /// Takes a step with a case.
    func act(_ action: String, on number: String, as post: PostCode, _ body: String = "{}") async throws -> Answer {
        try await self.post(.router, "/v1/cases/\(number)/\(action)", as: post, body)
    }

    /// Takes a step and expects the case to be in a state afterwards.
    @discardableResult
    func act(
        _ action: String, on number: String, as post: PostCode, _ body: String = "{}", leadsTo state: CaseState
    ) async throws -> PublicCase {
        let answer = try await act(action, on: number, as: post, body)
        let after = try PublicCase(json: try #require(answer.status == 200 ? answer.json : nil, "\(answer.text)"))
        #expect(after.state == state)
        return after
    }

    /// The case as whoever sees the whole city sees it.
    func find(_ number: String) async throws -> PublicCase {
        let answer = try await get(.router, "/v1/cases/\(number)", as: dispatcher)
        return try PublicCase(json: try #require(answer.status == 200 ? answer.json : nil, "\(answer.text)"))
    }

    /// A case's steps, as its history tells them.
    func changes(_ number: String) async throws -> [(version: Int, change: String)] {
        let answer = try await get(.router, "/v1/cases/\(number)/history", as: dispatcher)
        return try #require(answer.json?["steps"], "\(answer.text)").elements.map {
            (version: $0["version"]?.int ?? 0, change: $0["change"]?.string ?? "")
        }
    }

    var dispatcher: PostCode { suite.city.posts(in: suite.city.root.code, role: "dispatcher")[0].code }
}
