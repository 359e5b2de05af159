public import Logging
public import ServiceLifecycle

/// What a service is given while it is put together.
///
/// `build` registers routes and checks, sets who may call, and adds what runs. Everything added is started in order
/// before HTTP listens, and stopped in the reverse order after it has stopped.
public final class ServiceContext {
    public let contract: ServiceContract
    public let settings: Settings
    public let logger: Logger
    public let health: HealthRegistry
    public let metrics: MetricsRegistry
    private(set) var services: [any Service] = []
    private(set) var registrations: [(Routes) -> Void] = []
    private(set) var mappers: [ProblemMapping.Mapper] = []
    private(set) var apiKeys: APIKeyDirectory?

    init(
        contract: ServiceContract, settings: Settings, logger: Logger, health: HealthRegistry,
        metrics: MetricsRegistry
    ) {
        self.contract = contract
        self.settings = settings
        self.logger = logger
        self.health = health
        self.metrics = metrics
    }

    /// Adds something that runs as long as the service does.
    public func run(_ service: any Service) { services.append(service) }

    /// Adds the service's HTTP routes.
    public func routes(_ register: @escaping (Routes) -> Void) { registrations.append(register) }

    /// Adds a translation of another module's errors into problems.
    public func mapErrors(_ mapper: @escaping ProblemMapping.Mapper) { mappers.append(mapper) }

    /// Says where publishers' keys are kept; without it no key is accepted.
    public func acceptAPIKeys(_ directory: APIKeyDirectory) { apiKeys = directory }

    /// The routes as they will be served.
    ///
    /// - Throws: ``SettingsError`` when the settings for authentication cannot be used.
    func makeRoutes() async throws -> Routes {
        let routes = Routes(
            authenticator: try await Authenticator(settings, keys: apiKeys), mapping: ProblemMapping(mappers),
            maximumInFlight: settings[StandardSettings.httpMaxInFlight], logger: logger)
        routes.addOperations(health: health, metrics: metrics)
        for register in registrations { register(routes) }
        return routes
    }
}
