import Synchronization

/// Who may call a route.
public enum RouteAccess: String, Sendable, CaseIterable {
    /// Everybody, without credentials.
    case open
    /// Systems with an API key.
    case publishers
    /// People with a token.
    case people
    /// Systems and people alike.
    case signedIn
}

/// A route as documentation and tests see it.
public struct Route: Sendable, Hashable {
    public let method: String
    /// Path with parameters as `{name}`.
    public let template: String
    public let access: RouteAccess
}

/// All routes of a service.
public final class RouteTable: Sendable {
    private let state = Mutex<[Route]>([])

    public init() {}

    /// The routes in the order of registration.
    public var routes: [Route] { state.withLock { $0 } }

    func add(_ route: Route) { state.withLock { $0.append(route) } }

    /// Methods that are registered for templates the path fits.
    func methods(for path: String) -> Set<String> {
        let steps = path.split(separator: "/")
        return Set(routes.filter { Self.fits(steps, $0.template) }.map(\.method))
    }

    private static func fits(_ steps: [Substring], _ template: String) -> Bool {
        let parts = template.split(separator: "/")
        if parts.last == "**" { return steps.count >= parts.count - 1 && zip(parts, steps).allSatisfy(fits) }
        return parts.count == steps.count && zip(parts, steps).allSatisfy(fits)
    }

    private static func fits(_ part: Substring, _ step: Substring) -> Bool {
        part == step || part.contains("{") || part.contains("*")
    }
}
