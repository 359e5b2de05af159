import City
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ServiceKit

/// Deny by default: every route that is not open refuses strangers and the wrong kind of caller.
@Suite struct AccessTests {
    @Test func everyRouteRefusesWhomItIsNotFor() async throws {
        let fixture = try await HTTPFixture()
        let callers: [(headers: HTTPFields, may: Set<RouteAccess>, refusal: Int)] = [
            ([:], [.open], 401),
            ([.authorization: "Bearer \(HTTPFixture.key.text)"], [.open, .publishers, .signedIn], 403),
            ([.xAPIKey: HTTPFixture.key.text], [.open, .publishers, .signedIn], 403),
            (try await HTTPFixture.bearer(), [.open, .people, .signedIn], 403),
        ]
        let routes = fixture.routes.table.routes
        #expect(Set(routes.map(\.access)) == Set(RouteAccess.allCases))
        try await fixture.application().test(.router) { client in
            for route in routes {
                for caller in callers {
                    let path = route.template.replacing("{id}", with: "1").replacing("{how}", with: "problem")
                    let method = try #require(HTTPRequest.Method(rawValue: route.method))
                    let status = try await client.execute(uri: path, method: method, headers: caller.headers).status
                        .code
                    if caller.may.contains(route.access) {
                        #expect(status != 401, "\(route)")
                    } else {
                        #expect(status == caller.refusal, "\(route)")
                    }
                }
            }
        }
    }

    @Test func credentialsThatAreNotAccepted() async throws {
        let good = try #require(try await HTTPFixture.bearer()[.authorization])
        let cases: [HTTPFields] = [
            [.authorization: "Bearer \(APIKey.generate().text)"], [.xAPIKey: APIKey.generate().text],
            [.xAPIKey: "rubbish"], [.authorization: "Basic dTpw"], [.authorization: "Bearer"], [.authorization: ""],
            [.authorization: "\(good)x"], [.authorization: good, .xAPIKey: HTTPFixture.key.text],
            [.xAPIKey: String(good.dropFirst(7))],
        ]
        try await HTTPFixture().application().test(.router) { client in
            for headers in cases {
                try await client.execute(uri: "/outcomes/1", method: .get, headers: headers) { response in
                    #expect(response.status == .unauthorized, "\(headers)")
                    #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Bearer realm=\"wangge\", error=") == true)
                }
            }
            try await client.execute(uri: "/outcomes/1", method: .get) { response in
                #expect(response.headers[.wwwAuthenticate] == "Bearer realm=\"wangge\"")
            }
        }
    }

    @Test func rolesAndSourcesAreChecked() async throws {
        try await HTTPFixture().application().test(.router) { client in
            let key: HTTPFields = [.authorization: "Bearer \(HTTPFixture.key.text)"]
            try await client.execute(uri: "/reports", method: .post, headers: key) { #expect($0.text == "hotline") }
            try await client.execute(uri: "/reports/other", method: .post, headers: key) {
                #expect($0.status == .forbidden)
            }
            let worker = try await HTTPFixture.bearer()
            try await client.execute(uri: "/my/cases", method: .get, headers: worker) { #expect($0.text == "P-01") }
            try await client.execute(uri: "/my/dispatch", method: .post, headers: worker) {
                #expect($0.status == .forbidden)
            }
            let dispatcher = try await HTTPFixture.bearer(roles: ["dispatcher"])
            try await client.execute(uri: "/my/dispatch", method: .post, headers: dispatcher) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test func expiryIsToldToWhomItConcerns() async throws {
        let person = Person(post: PostCode("P-01"), roles: [], jurisdiction: [])
        let token = try await TokenIssuer(secret: TokenTests.secret, policy: TokenTests.policy)
            .issue(person, lifetimeSeconds: 60, now: HTTPFixture.now.advanced(bySeconds: -3600))
        try await HTTPFixture().application().test(.router) { client in
            let headers: HTTPFields = [.authorization: "Bearer \(token)"]
            try await client.execute(uri: "/my/cases", method: .get, headers: headers) { response in
                #expect(response.status == .unauthorized && response.text.contains("the token has expired"))
            }
        }
    }
}
