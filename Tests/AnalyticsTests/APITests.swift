import City
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Messages
import NIOCore
import Postgres
import ServiceKit
import Synchronization
import Testing

@testable import Analytics
@testable import EventLog

@Suite("Page and API", .serialized)
struct APITests {
    let facts: Facts
    let pool: PostgresPool
    let api: API
    let routes: Routes

    init() throws {
        let facts = try Facts()
        let city = facts.city
        self.facts = facts
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        pool = PostgresPool(try PostgresSettings(url: facts.url), size: 2, logger: logger)
        api = API(pool: pool, logger: logger, city: { city })
        routes = Routes(authenticator: .none, logger: logger)
        api.register(routes)
        try Suite.setReplayClock(
            microseconds: Timestamp(rfc3339: "2025-11-20T10:00:00+08:00")!.microseconds, session: facts.session)
    }

    private func get(
        _ path: String, headers: HTTPFields = [:], _ check: @Sendable @escaping (TestResponse) throws -> Void
    ) async throws {
        let application = Application(responder: routes.buildResponder())
        try await application.test(.router) { client in
            try await client.execute(uri: path, method: .get, headers: headers) { try check($0) }
        }
    }

    private static func json(_ response: TestResponse) throws -> JSONValue {
        #expect(response.status == .ok)
        return try JSONDocument(Array(response.body.readableBytesView), limits: JSONLimits(bytes: 8 << 20, keys: 1_000))
            .root
    }

    @Test("The overview has what the page reads")
    func overview() async throws {
        try facts.deliver(Story(cases: 150, seed: 4).told)
        try await get("/api/overview") { response in
            let root = try Self.json(response)
            #expect(root["city"]?["name"]?["en"]?.string == "Sample")
            #expect(root["policyVersion"]?.int == 1)
            #expect(root["now"]?.string == "2025-11-20T02:00:00Z")
            #expect(root["timeZone"]?.string == "Asia/Shanghai")
            #expect(root["today"]?.string == "2025-11-20")
            #expect(root["period"]?["from"]?.string == "2025-11-01")
            #expect(root["period"]?["to"]?.string == "2025-11-20")
            let indicators = root["indicators"]?.elements ?? []
            let ids = indicators.compactMap { $0["id"]?.string }
            #expect(
                Set(ids) == [
                    "reported", "on-the-spot-rate", "disposal-rate", "on-time-rate", "closing-rate", "open", "overdue",
                    "points-posted",
                ])
            for indicator in indicators {
                #expect(indicator["name"]?["zh"]?.string?.isEmpty == false)
                #expect(indicator["definition"]?["en"]?.string?.isEmpty == false)
                #expect(["period", "today"].contains(indicator["scope"]?.string))
                let (n, d) = (indicator["numerator"]?.int ?? -1, indicator["denominator"]?.int ?? -1)
                #expect(n >= 0 && n <= d)
                #expect(indicator["value"] != nil)
            }
            #expect(root["byDay"]?.elements.count == 20)
            for key in ["day", "reported", "onTheSpot", "handled", "breached"] {
                #expect(root["byDay"]?.elements.first?[dynamic: key] != nil)
            }
            for list in ["bySource", "byCategory"] {
                let row = root[dynamic: list]?.elements.first
                for key in ["code", "name", "reported", "handled", "onTime"] { #expect(row?[dynamic: key] != nil) }
            }
            for key in ["grid", "reported", "open", "overdue", "handled"] {
                #expect(root["byGrid"]?.elements.first?[dynamic: key] != nil)
            }
            for key in ["yellow", "red", "breached"] { #expect(root["warnings"]?[dynamic: key]?.int != nil) }
        }
        try await get("/api/overview?from=2025-11-02&to=2025-11-03") { response in
            let root = try Self.json(response)
            #expect(root["byDay"]?.elements.count == 2)
        }
        try await get("/api/indicators?from=2025-11-02&to=2025-11-03") { response in
            let indicators = try Self.json(response)["indicators"]?.elements ?? []
            #expect(indicators.first?["counted"]?["numerator"]?.string == "reported")
            #expect(Set(indicators.compactMap { $0["id"]?.string }) == Set(Indicator.all.map(\.id)))
        }
        await pool.shutdown()
    }

    @Test("An empty city has figures too")
    func empty() async throws {
        try await get("/api/overview") { response in
            let root = try Self.json(response)
            let rate = root["indicators"]?.elements.first { $0["id"]?.string == "on-the-spot-rate" }
            #expect(rate?["value"]?.isNull == true)
            #expect(root["byGrid"]?.elements.isEmpty == true)
        }
        try await get("/api/feed") { response in
            #expect(String(buffer: response.body) == #"{"items":[],"last":0}"#)
        }
        await pool.shutdown()
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            "/api/overview?from=yesterday", "/api/overview?from=2025-11-02&to=2025-11-01", "/api/feed?limit=0",
            "/api/feed?limit=501", "/api/feed?after=-1", "/api/feed?after=x", "/api/feed?grid=nowhere",
        ])
    func refusals(path: String) async throws {
        try await get(path) { response in
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "application/problem+json; charset=utf-8")
        }
        await pool.shutdown()
    }

    @Test("The feed is given by grid, limit and id")
    func feed() async throws {
        try facts.deliver(Story(cases: 40, seed: 8).told)
        try await get("/api/feed?limit=3&grid=S-A") { response in
            let root = try Self.json(response)
            let items = root["items"]?.elements ?? []
            #expect(items.count == 3)
            #expect(items.allSatisfy { $0["grid"]?["code"]?.string?.hasPrefix("S-A") == true })
            #expect((root["last"]?.int ?? 0) >= (items.last?["id"]?.int ?? 1))
        }
        await pool.shutdown()
    }

    @Test("Grids are GeoJSON that is not sent twice")
    func grids() async throws {
        let tag = GridMap().entity(of: facts.city).tag
        try await get("/api/grids.geojson") { response in
            let root = try Self.json(response)
            #expect(response.headers[.eTag] == tag)
            #expect(root["levels"]?.elements.map { $0["slug"]?.string } == ["street", "community", "micro"])
            let features = root["features"]?.elements ?? []
            #expect(features.count == 5)
            let micro = features.first { $0["properties"]?["code"]?.string == "S-A-1" }
            #expect(micro?["properties"]?["parent"]?.string == "S-A")
            #expect(micro?["properties"]?["leader_en"]?.string == "Grid leader")
            #expect(micro?["properties"]?["households"]?.int == 300)
            let ring = micro?["geometry"]?["coordinates"]?.elements.first?.elements.first?.elements
            #expect(ring?.count == 5)
            #expect(ring?.first?.elements.map(\.double) == [103.9, 30.5])
        }
        try await get("/api/grids.geojson", headers: [.ifNoneMatch: tag]) { response in
            #expect(response.status == .notModified)
            #expect(response.body.readableBytes == 0)
        }
        await pool.shutdown()
    }

    @Test("Every file of the page is served, with its type, and no other")
    func page() async throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let names = try FileManager.default.contentsOfDirectory(atPath: "/\(folder)/Services/Analytics/Page")
        #expect(Set(names.map { $0 == "index.html" ? "/" : "/\($0)" }) == Set(Page.files.keys))
        #expect(Page.files.values.map(\.body.readableBytes).reduce(0, +) < 120 * 1_024)
        let tag = try #require(Page.files["/"]?.tag)
        try await get("/") { response in
            #expect(response.headers[.contentType] == "text/html; charset=utf-8")
            #expect(response.headers[.contentSecurityPolicy] == SecurityHeaders.pagePolicy)
            #expect(response.headers[.eTag] == tag)
            let html = String(buffer: response.body)
            for name in names where name.hasSuffix(".css") { #expect(html.contains(name)) }
        }
        try await get("/app.js") { #expect($0.headers[.contentType] == "text/javascript; charset=utf-8") }
        try await get("/", headers: [.ifNoneMatch: "\"other\", \(tag)"]) { #expect($0.status == .notModified) }
        await pool.shutdown()
    }

    @Test("A page that listens hears of a new case and how the period then stands")
    func live() async throws {
        try facts.deliver(Story(cases: 5, seed: 2).told)
        let events = try api.live.hub.listen()
        let running = Task { [live = api.live] in try await live.run() }
        let heard = Heard()
        let listening = Task { for await event in events { heard.add(String(buffer: event)) } }
        // The watcher tells what happens after its first look, so more happens until it has told.
        let deadline = ContinuousClock.now + .seconds(20)
        var number: Int64 = 777
        while !heard.events.contains(where: { $0.hasPrefix("event: overview") }), ContinuousClock.now < deadline {
            number += 1
            let step = CaseChanged.Step(
                version: 1, change: .filed, from: nil, to: .filed, at: Story.start, by: "router")
            let after = Story.publicCase(number, reportedAt: Story.start)
            try facts.deliver([.change(CaseChanged(steps: [step], after: after, report: nil))])
            try await Task.sleep(for: .milliseconds(50))
        }
        running.cancel()
        listening.cancel()
        _ = await running.result
        #expect(heard.events.first?.hasPrefix("event: feed\ndata: {\"id\":") == true)
        let overview = heard.events.first { $0.hasPrefix("event: overview") }
        let part = try #require(overview?.dropFirst("event: overview\ndata: ".count).dropLast(2))
        let root = try JSONDocument(Array(part.utf8)).root
        #expect(root["indicators"]?.elements.isEmpty == false)
        #expect(root["warnings"] != nil && root["now"] != nil)
        await pool.shutdown()
    }

    @Test("All routes are open")
    func open() async {
        #expect(routes.table.routes.allSatisfy { $0.access == .open && $0.method == "GET" })
        #expect(routes.table.routes.contains { $0.template == "/api/live" })
        await pool.shutdown()
    }
}

/// What a listener has heard.
private final class Heard: Sendable {
    private let state = Mutex<[String]>([])

    var events: [String] { state.withLock { $0 } }
    func add(_ event: String) { state.withLock { $0.append(event) } }
}
