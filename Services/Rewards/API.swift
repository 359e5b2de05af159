import City
import CityStore
import EventLog
import Hummingbird
import Messages
import Postgres
import ServiceKit

/// Claims, reviews, accounts. For people with a token.
struct API: Sendable {
    let city: CityHolder
    let pool: PostgresPool
    let reviews: RequestLane<ReviewLane>

    /// Entries of one list.
    static let mostEntries = 500
    /// Days of one journal.
    static let mostDays = 366

    func register(_ routes: Routes) {
        routes.people.get("/v1/claims") { request, context in try await claims(request, context) }
        routes.people.post("/v1/claims/review") { request, context in try await reviewMany(request, context) }
        routes.people.post("/v1/claims/{claim}/review") { request, context in try await review(request, context) }
        routes.people.get("/v1/accounts/{post}") { _, context in try await account(context) }
        routes.people.get("/v1/balances") { _, context in try await balances(context) }
        routes.people.get("/v1/journal") { request, context in try await journal(request, context) }
    }

    // MARK: Reviewing

    private func review(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let reviewer = try reviewer(context)
        guard let transfer = Int64(try context.parameters.require("claim")) else { throw Problem(.notFound) }
        let form = try ReviewForm(try await request.jsonDocument(context), listsClaims: false)
        let outcome = try await reviews.submit(
            ReviewRequest(
                reviewer: reviewer, transfers: [transfer], decision: form.decision, reason: form.reason,
                traceparent: context.trace.traceparent))[0]
        guard case .done(let claim) = outcome else { throw outcome.problem }
        var writer = JSONWriter()
        claim.write(to: &writer)
        return Response.json(writer.bytes)
    }

    private func reviewMany(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let reviewer = try reviewer(context)
        let form = try ReviewForm(try await request.jsonDocument(context), listsClaims: true)
        let outcomes = try await reviews.submit(
            ReviewRequest(
                reviewer: reviewer, transfers: form.claims, decision: form.decision, reason: form.reason,
                traceparent: context.trace.traceparent))
        var writer = JSONWriter(capacity: 64 * outcomes.count)
        writer.object {
            $0.key("items")
            $0.array(zip(form.claims, outcomes)) { writer, item in item.1.write(claim: item.0, to: &writer) }
        }
        return Response.json(writer.bytes)
    }

    private func reviewer(_ context: WanggeRequestContext) throws -> Reviewer {
        let reviewer = Reviewer(try context.requirePerson())
        guard reviewer.holdsRole(city: city.current) else { throw Problem(.forbidden) }
        return reviewer
    }

    // MARK: Reading

    /// `?state=pending&grid=&after=<claim>&limit=`: the claims the person may review, oldest first.
    private func claims(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let reviewer = try reviewer(context)
        let filter = try ClaimFilterReader.filter(request.uri.queryParameters, reviewer: reviewer, city: city.current)
        let claims = try await pool.withTransaction(readOnly: true) { try ClaimStore.page(filter, in: $0) }
        var writer = JSONWriter(capacity: 320 * claims.count + 32)
        writer.object {
            $0.key("items")
            $0.array(claims) { writer, claim in claim.write(to: &writer) }
        }
        return Response.json(writer.bytes)
    }

    /// Balance and last entries: for the post itself, and for who reviews in its grid.
    private func account(_ context: WanggeRequestContext) async throws -> Response {
        let person = try context.requirePerson()
        let owner = PostCode(try context.parameters.require("post"))
        let city = city.current
        let grid = city.post(owner)?.grid ?? city.root.code
        // What somebody may not see does not exist for them.
        guard person.post == owner || Reviewer(person).reviews(for: grid, city: city) else { throw Problem(.notFound) }
        let statement = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try LedgerReading.statement(of: owner, lines: 50, in: $0)
        }
        var writer = JSONWriter(capacity: 200 * statement.lines.count + 128)
        statement.write(owner: owner, fenPerPoint: city.profile.tariff.fenPerPoint, to: &writer)
        return Response.json(writer.bytes)
    }

    private func balances(_ context: WanggeRequestContext) async throws -> Response {
        _ = try reviewer(context)
        let balances = try await pool.withTransaction(readOnly: true) { try LedgerReading.balances(in: $0) }
        var writer = JSONWriter()
        writer.object {
            $0.key("items")
            $0.array(balances) { writer, balance in
                writer.object {
                    $0.field("kind", balance.kind)
                    $0.field("accounts", balance.accounts)
                    $0.field("posted", balance.posted)
                    $0.field("pending", balance.pending)
                }
            }
        }
        return Response.json(writer.bytes)
    }

    /// `?from=2025-11-01&to=2025-11-30`: the ledger for hledger. For reviewers of the whole city.
    private func journal(_ request: Request, _ context: WanggeRequestContext) async throws -> Response {
        let reviewer = try reviewer(context)
        let city = city.current
        guard reviewer.reviews(for: city.root.code, city: city) else { throw Problem(.forbidden) }
        let query = request.uri.queryParameters
        guard let from = query["from"].flatMap({ CivilDay(iso8601: $0) }),
            let to = query["to"].flatMap({ CivilDay(iso8601: $0) }), from <= to,
            to.daysSinceEpoch - from.daysSinceEpoch < API.mostDays
        else {
            throw Problem(
                .badRequest,
                detail: LocalizedText(
                    zh: "from 与 to 为日期，最多 \(API.mostDays) 天", en: "from and to are days, at most \(API.mostDays)"))
        }
        let zone = city.calendar.zone
        let text = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try LedgerReading.journal(from...to, zone: zone, in: $0)
        }
        return Response.bytes(text.utf8, contentType: "text/plain; charset=utf-8")
    }
}

extension Reviewer {
    init(_ person: Person) {
        self.init(post: person.post, roles: person.roles, jurisdiction: person.jurisdiction)
    }
}
