import City
import CityStore
import HTTPTypes
import Hummingbird
import Logging
import Messages
import NIOCore
import Postgres
import ServiceKit
import ServiceLifecycle

/// The command-centre page and the figures it shows. Open to everybody in the network: nothing here is about a person.
struct API: Sendable {
    /// Lines of the feed that may be asked for at once.
    private static let mostFeedItems = 500

    /// To be run beside the routes, or pages hear nothing live.
    let live: LiveFeed

    private let pool: PostgresPool
    private let city: @Sendable () -> City
    private let desk: OverviewDesk
    private let hub = LiveHub()
    private let map = GridMap()

    init(pool: PostgresPool, logger: Logger, city: @escaping @Sendable () -> City) {
        self.pool = pool
        self.city = city
        desk = OverviewDesk(pool: pool, city: city)
        live = LiveFeed(hub: hub, pool: pool, desk: desk, city: city, logger: logger)
    }

    func register(_ routes: Routes) {
        for (path, file) in Page.files { routes.open.get(path) { request, _ in file.response(to: request) } }
        routes.open.get("/api/grids.geojson") { request, _ in map.entity(of: city()).response(to: request) }
        routes.open.get("/api/overview") { request, _ in
            try await figures(request) { $0.write(to: &$1, city: $2) }
        }
        routes.open.get("/api/indicators") { request, _ in
            try await figures(request) { $0.writeIndicators(to: &$1, city: $2) }
        }
        routes.open.get("/api/feed") { request, _ in try await feed(request) }
        routes.open.get("/api/live") { _, _ in try events() }
    }

    private func figures(
        _ request: Request, write: (Overview, inout JSONWriter, City) -> Void
    ) async throws -> Response {
        let query = request.uri.queryParameters
        do {
            let sheet = try await desk.overview(
                from: query["from"].map(String.init), to: query["to"].map(String.init))
            var writer = JSONWriter(capacity: 32 * 1_024)
            write(sheet.overview, &writer, sheet.city)
            return Response.json(writer.bytes)
        } catch let fault as Period.Fault {
            throw fault.problem
        }
    }

    private func feed(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let after = try number(query["after"], "after", default: 0, in: 0...Int64.max)
        let limit = try number(query["limit"], "limit", default: 50, in: 1...Int64(Self.mostFeedItems))
        let city = city()
        let grids = try query["grid"].map(String.init).flatMap { try Self.grids(inside: $0, of: city) }
        let (items, last) = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { transaction in
            let items = try FeedStore.latest(after: after, limit: Int(limit), grids: grids, in: transaction)
            return (items, try FeedStore.last(transaction))
        }
        var writer = JSONWriter(capacity: 512 * items.count + 64)
        writer.object {
            $0.key("items")
            $0.array(items) { $1.write(to: &$0, city: city) }
            $0.field("last", last)
        }
        return Response.json(writer.bytes)
    }

    /// A grid and all inside it; nil for the root or for nothing, which narrow nothing.
    private static func grids(inside code: String, of city: City) throws -> [GridCode]? {
        if code.isEmpty || code == city.root.code.rawValue { return nil }
        let inside = city.grids(inside: GridCode(code)).map(\.code)
        guard !inside.isEmpty else {
            throw Problem(.badRequest, detail: LocalizedText(zh: "没有这个网格", en: "there is no such grid"))
        }
        return inside
    }

    private func number(
        _ text: Substring?, _ name: String, default standard: Int64, in range: ClosedRange<Int64>
    ) throws -> Int64 {
        guard let text, !text.isEmpty else { return standard }
        guard let number = Int64(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                detail: LocalizedText(zh: "参数 \(name) 不是允许的数字", en: "\(name) is not a number that is allowed"))
        }
        return number
    }

    private func events() throws -> Response {
        let events = try hub.listen()
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                // Proxies that gather an answer before passing it on would hold events back.
                HTTPField.Name("X-Accel-Buffering")!: "no",  // A valid name.
            ],
            body: ResponseBody { writer in
                try await writer.write(ServerSentEvent.keepAlive)
                // Ends with the service, or the server would wait for pages that never leave.
                for await event in events.cancelOnGracefulShutdown() { try await writer.write(event) }
                try await writer.finish(nil)
            })
    }
}

extension Period.Fault {
    var problem: Problem {
        let detail =
            switch self {
            case .notADay(let parameter):
                LocalizedText(
                    zh: "参数 \(parameter) 应为 YYYY-MM-DD 格式的日期", en: "\(parameter) is not a day written YYYY-MM-DD")
            case .backwards: LocalizedText(zh: "起始日期晚于结束日期", en: "the period ends before it begins")
            case .tooLong:
                LocalizedText(
                    zh: "统计期不得超过 \(Period.mostDays) 天", en: "a period has at most \(Period.mostDays) days")
            }
        return Problem(.badRequest, detail: detail)
    }
}
