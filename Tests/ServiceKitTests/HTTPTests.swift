import City
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Metrics
import NIOCore
import Testing

@testable import ServiceKit

@Suite struct ProblemTests {
    @Test(arguments: [
        (
            "/fail/problem", 409,
            #"{"type":"/problems/conflict","title":"Conflicts with what is there","status":409,"detail":"same id, other content","instance":"r-1"}"#
        ),
        (
            "/fail/database", 503,
            #"{"type":"/problems/unavailable","title":"Temporarily unavailable","status":503,"instance":"r-1"}"#
        ),
        ("/fail/http", 400, #"{"type":"/problems/bad-request","title":"Bad request","status":400,"instance":"r-1"}"#),
        (
            "/fail/surprise", 500,
            #"{"type":"/problems/internal-error","title":"Internal error","status":500,"instance":"r-1"}"#
        ),
        (
            "/fail/rule", 422,
            #"{"type":"/problems/unprocessable","title":"The content breaks a rule","status":422,"instance":"r-1","errors":[{"pointer":"/a~1b","slug":"too-long","detail":"too long"}]}"#
        ),
        ("/nowhere", 404, #"{"type":"/problems/not-found","title":"Not found","status":404,"instance":"r-1"}"#),
    ])
    func errorsBecomeDocuments(path: String, status: Int, body: String) async throws {
        try await HTTPFixture().application().test(.router) { client in
            try await client.execute(uri: path, method: .get, headers: [.xRequestID: "r-1"]) { response in
                #expect(response.status.code == status)
                #expect(response.headers[.contentType] == "application/problem+json; charset=utf-8")
                #expect(response.text == body)
            }
        }
    }

    @Test func inTheCallersLanguage() async throws {
        try await HTTPFixture().application().test(.router) { client in
            let headers: HTTPFields = [.acceptLanguage: "zh-CN,zh;q=0.9", .xRequestID: "r-1"]
            try await client.execute(uri: "/fail/problem", method: .get, headers: headers) { response in
                #expect(response.headers[.contentLanguage] == "zh")
                #expect(
                    response.text
                        == #"{"type":"/problems/conflict","title":"与现有内容冲突","status":409,"detail":"同一编号内容不同","instance":"r-1"}"#
                )
            }
        }
    }

    @Test func unknownErrorsAreLoggedNotTold() async throws {
        let fixture = try await HTTPFixture()
        try await fixture.application().test(.router) { client in
            try await client.execute(uri: "/fail/database", method: .get) { response in
                #expect(response.headers[.retryAfter] == "5")
            }
            try await client.execute(uri: "/fail/surprise", method: .get) { response in
                #expect(!response.text.contains("13812345678"))
            }
        }
        #expect(fixture.collected.lines.contains { $0.contains(#""msg":"request failed""#) && $0.contains("Surprise") })
    }

    @Test func wrongMethodNamesTheRightOnes() async throws {
        try await HTTPFixture().application().test(.router) { client in
            try await client.execute(uri: "/cases/7", method: .delete) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "GET, PUT")
            }
        }
    }

    @Test func slugsAreUnique() {
        #expect(Set(ProblemKind.standard.map(\.slug)).count == ProblemKind.standard.count)
    }
}

@Suite struct RequestBodyTests {
    static let json: HTTPFields = [.contentType: "application/json"]

    @Test(arguments: [
        (#"{"items":[{"count":3}]}"#, 201, ""),
        (#"{"items":[{"count":"x"}]}"#, 400, #"[{"pointer":"/items/0/count","slug":"wrong-type"}]"#),
        (#"{"items":[{}]}"#, 400, #"[{"pointer":"/items/0/count","slug":"missing"}]"#),
        (#"{"items":[],"items":[]}"#, 400, #"[{"pointer":"","slug":"duplicate-key"}]"#),
        (#"{"items":[}"#, 400, #"[{"pointer":"","slug":"syntax"}]"#),
        ("", 400, #"[{"pointer":"","slug":"empty"}]"#),
        (#"{"items":[],"x":"\u0000"}"#, 400, #"[{"pointer":"","slug":"nul-character"}]"#),
    ])
    func bodiesAreChecked(body: String, status: Int, errors: String) async throws {
        try await HTTPFixture().application().test(.router) { client in
            try await client.execute(uri: "/orders", method: .post, headers: Self.json, body: ByteBuffer(string: body))
            {
                #expect($0.status.code == status)
                if !errors.isEmpty { #expect($0.text.hasSuffix(#""errors":\#(errors)}"#), "\($0.text)") }
            }
        }
    }

    @Test(arguments: [
        (nil, 415), ("text/plain", 415), ("application/json; charset=utf-16", 415),
        ("application/json;charset=UTF-8", 201),
        ("application/cloudevents+json", 201),
    ])
    func mediaTypes(type: String?, status: Int) async throws {
        try await HTTPFixture().application().test(.router) { client in
            let headers: HTTPFields = type.map { [.contentType: $0] } ?? [:]
            let body = ByteBuffer(string: #"{"items":[]}"#)
            try await client.execute(uri: "/orders", method: .post, headers: headers, body: body) {
                #expect($0.status.code == status)
            }
        }
    }

    @Test func largeBodiesAreRefusedEachWay() async throws {
        let large = #"{"items":[]}"# + String(repeating: " ", count: 1_000)
        try await HTTPFixture().application().test(.live) { client in
            // The declared length is refused before reading; the connection ends, so a new client follows.
            try await client.execute(uri: "/orders", method: .post, headers: Self.json, body: ByteBuffer(string: large))
            {
                #expect($0.status == .contentTooLarge)
                #expect($0.headers[.connection] == "close")
            }
        }
        try await HTTPFixture().application().test(.router) { client in
            var headers = Self.json
            headers[.contentLength] = "12"
            try await client.execute(uri: "/orders", method: .post, headers: headers, body: ByteBuffer(string: large)) {
                #expect($0.status == .contentTooLarge)
            }
        }
    }
}

@Suite struct RequestIDTests {
    @Test func responsesCarryHeaders() async throws {
        try await HTTPFixture().application().test(.router) { client in
            try await client.execute(uri: "/hello", method: .get) { response in
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[.xFrameOptions] == "DENY")
                #expect(response.headers[.contentSecurityPolicy] == SecurityHeaders.dataPolicy)
                #expect(response.headers[.referrerPolicy] == "no-referrer")
                #expect(response.headers[.cacheControl] == "no-store")
                #expect(response.headers[.xRequestID]?.count == 26)
                #expect(response.headers[.accessControlAllowOrigin] == nil)
            }
            try await client.execute(uri: "/page", method: .get) { response in
                #expect(response.headers[values: .contentSecurityPolicy] == [SecurityHeaders.pagePolicy])
            }
            try await client.execute(uri: "/nowhere", method: .get) { #expect($0.headers[.xFrameOptions] == "DENY") }
        }
    }

    @Test(arguments: [
        ("abc-1.2:3_X", true), ("", false), ("a b", false), ("x\u{1B}", false),
        (String(repeating: "a", count: 65), false),
        ("请求", false),
    ])
    func plainRequestIDsAreTaken(id: String, taken: Bool) {
        #expect((RequestID.text(id) == id) == taken)
    }

    @Test func tracesAreContinued() async throws {
        try await HTTPFixture().application().test(.router) { client in
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            try await client.execute(uri: "/trace", method: .get, headers: [.traceparent: parent]) { response in
                #expect(response.text.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-"))
                #expect(response.text != parent)
            }
            try await client.execute(uri: "/trace", method: .get) { #expect(TraceContext(traceparent: $0.text) != nil) }
        }
    }

    @Test func accessLinesTellTheRouteOnly() async throws {
        let fixture = try await HTTPFixture()
        try await fixture.application().test(.router) { client in
            try await client.execute(
                uri: "/cases/13812345678?phone=13812345678", method: .get, headers: [.xRequestID: "r-9"]
            ) {
                #expect($0.status == .ok)
            }
            try await client.execute(uri: "/health/live", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/nowhere/13812345678", method: .get) { #expect($0.status == .notFound) }
        }
        let lines = fixture.collected.lines.filter { $0.contains(#""msg":"request""#) }
        #expect(lines.count == 3)
        #expect(lines[0].contains(#""http.method":"GET","http.route":"/cases/{id}","http.status":200"#))
        #expect(lines[0].contains(#""request.id":"r-9""#) && lines[0].contains(#""trace.id":""#))
        #expect(!fixture.collected.lines.contains { $0.contains("13812345678") })
        // What went well is for those who look closely.
        #expect(lines[0].contains(#""level":"debug""#) && lines[1].contains(#""level":"debug""#))
        #expect(lines[2].contains(#""level":"info""#) && lines[2].contains(#""http.status":404"#))
    }
}

@Suite struct OperationsTests {
    @Test func healthAndMetrics() async throws {
        let health = HealthRegistry(reuse: .zero)
        let metrics = MetricsRegistry()
        Counter(label: "wangge.test", factory: metrics).increment()
        health.register("postgres") { .ok }
        try await HTTPFixture(health: health, metrics: metrics).application().test(.router) { client in
            try await client.execute(uri: "/health/ready", method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.text == #"{"status":"ok","checks":[{"name":"postgres","status":"ok"}]}"#)
            }
            try await client.execute(uri: "/metrics", method: .get) { response in
                #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                #expect(response.text.contains("wangge_test_total 1\n"))
            }
            health.beginShutdown()
            try await client.execute(uri: "/health/ready", method: .get) { #expect($0.status == .serviceUnavailable) }
            try await client.execute(uri: "/health/live", method: .get) { #expect($0.status == .ok) }
        }
    }

    @Test func overloadIsRefusedAtOnceButHealthAnswers() async throws {
        let fixture = try await HTTPFixture(maximumInFlight: 1)
        let (entered, enteredSignal) = AsyncStream.makeStream(of: Void.self)
        let (release, releaseSignal) = AsyncStream.makeStream(of: Void.self)
        fixture.routes.open.get("/slow") { _, _ in
            enteredSignal.yield()
            for await _ in release { break }
            return "done"
        }
        try await fixture.application().test(.router) { client in
            async let slow = client.execute(uri: "/slow", method: .get)
            for await _ in entered { break }
            try await client.execute(uri: "/hello", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                #expect(response.text.contains("/problems/overloaded"))
            }
            try await client.execute(uri: "/health/live", method: .get) { #expect($0.status == .ok) }
            releaseSignal.yield()
            #expect(try await slow.status == .ok)
            try await client.execute(uri: "/hello", method: .get) { #expect($0.status == .ok) }
        }
    }
}
