public import HTTPTypes
public import Hummingbird
public import Logging

/// A service's HTTP routes. There is no way to register one without saying who may call it.
///
/// ```swift
/// routes.publishers.post("/v1/reports/batch", bodyLimit: BodyLimit.batch) { request, context in … }
/// routes.people.get("/v1/cases/{id}") { request, context in … }
/// ```
public final class Routes {
    public let table: RouteTable
    public let open: RouteSet
    public let publishers: RouteSet
    public let people: RouteSet
    public let signedIn: RouteSet
    private let router: Router<WanggeRequestContext>
    private let authenticator: Authenticator

    /// - Parameters:
    ///   - authenticator: Tells who asks.
    ///   - mapping: Turns errors into problems.
    ///   - maximumInFlight: Requests handled at a time, over all routes but health and metrics.
    ///   - logger: Gets one line a request.
    public init(
        authenticator: Authenticator, mapping: ProblemMapping = ProblemMapping(), headers: SecurityHeaders = .init(),
        maximumInFlight: Int = 512, logger: Logger
    ) {
        let router = Router(context: WanggeRequestContext.self)
        let table = RouteTable()
        router.add(
            middleware: RequestPipeline(
                logger: logger, headers: headers, problems: ProblemResponses(mapping: mapping, routes: table)))
        let gate = RequestGate(maximum: maximumInFlight)
        func set(_ access: RouteAccess) -> RouteSet {
            RouteSet(router: router, table: table, access: access, gate: gate, authenticator: authenticator)
        }
        self.authenticator = authenticator
        self.router = router
        self.table = table
        open = set(.open)
        publishers = set(.publishers)
        people = set(.people)
        signedIn = set(.signedIn)
    }

    /// Health and metrics: open, never shed, or an overloaded service would look dead.
    func addOperations(health: HealthRegistry, metrics: MetricsRegistry) {
        let operations = RouteSet(router: router, table: table, access: .open, gate: nil, authenticator: authenticator)
        OperationsRoutes.add(to: operations, health: health, metrics: metrics)
    }

    /// The finished router; routes added later are not in it.
    public func buildResponder() -> RouterResponder<WanggeRequestContext> { router.buildResponder() }
}

/// Routes with the same access.
public struct RouteSet {
    public typealias Handler<Output: ResponseGenerator> =
        @Sendable (Request, WanggeRequestContext) async throws -> Output

    let router: Router<WanggeRequestContext>
    let table: RouteTable
    let access: RouteAccess
    let gate: RequestGate?
    let authenticator: Authenticator

    public func get<Output: ResponseGenerator>(_ path: String, use handler: @escaping Handler<Output>) {
        on(.get, path, use: handler)
    }

    public func post<Output: ResponseGenerator>(
        _ path: String, bodyLimit: Int = BodyLimit.standard, use handler: @escaping Handler<Output>
    ) {
        on(.post, path, bodyLimit: bodyLimit, use: handler)
    }

    public func put<Output: ResponseGenerator>(
        _ path: String, bodyLimit: Int = BodyLimit.standard, use handler: @escaping Handler<Output>
    ) {
        on(.put, path, bodyLimit: bodyLimit, use: handler)
    }

    public func patch<Output: ResponseGenerator>(
        _ path: String, bodyLimit: Int = BodyLimit.standard, use handler: @escaping Handler<Output>
    ) {
        on(.patch, path, bodyLimit: bodyLimit, use: handler)
    }

    public func delete<Output: ResponseGenerator>(_ path: String, use handler: @escaping Handler<Output>) {
        on(.delete, path, use: handler)
    }

    /// Registers a route.
    ///
    /// - Parameters:
    ///   - path: Template with `{name}` for parameters, which handlers read with `context.parameters`.
    ///   - bodyLimit: Most bytes its body may have.
    public func on<Output: ResponseGenerator>(
        _ method: HTTPRequest.Method, _ path: String, bodyLimit: Int = BodyLimit.standard,
        use handler: @escaping Handler<Output>
    ) {
        precondition(path.hasPrefix("/"), "a route's path starts with a slash: \(path)")
        table.add(Route(method: method.rawValue, template: path, access: access))
        let group = router.group()
        group.add(
            middleware: RouteGuard(gate: gate, authenticator: authenticator, access: access, bodyLimit: bodyLimit))
        group.on(RouterPath(path), method: method, use: handler)
    }
}
