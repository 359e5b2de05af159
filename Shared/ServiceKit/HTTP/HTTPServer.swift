public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore

/// How a service listens.
public struct HTTPServerSettings: Sendable {
    public var host: String
    /// 0 picks a free port.
    public var port: Int
    public var maximumConnections: Int
    public var idleTimeout: Duration
    public var readTimeout: Duration

    public init(
        host: String = "127.0.0.1", port: Int = 0, maximumConnections: Int = 2_000,
        idleTimeout: Duration = .seconds(60), readTimeout: Duration = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.maximumConnections = maximumConnections
        self.idleTimeout = idleTimeout
        self.readTimeout = readTimeout
    }

    public init(_ settings: Settings) {
        self.init(
            host: settings[StandardSettings.httpHost], port: settings[StandardSettings.httpPort],
            maximumConnections: settings[StandardSettings.httpMaxConnections],
            idleTimeout: settings[StandardSettings.httpIdleTimeout],
            readTimeout: settings[StandardSettings.httpReadTimeout])
    }
}

/// Makes the HTTP server of a service.
public enum HTTPServer {
    /// Room for all headers together; ours need a few hundred bytes.
    private static let maximumHeaderBytes = 16 * 1024
    private static let maximumHeaders = 100

    /// - Parameter onRunning: Called with the port once connections are accepted.
    public static func application(
        routes: Routes, settings: HTTPServerSettings, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> Application<RouterResponder<WanggeRequestContext>> {
        // The framework logs with values inside its messages; from warnings on they are worth having.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let readTimeout = TimeAmount.nanoseconds(settings.readTimeout.wholeNanoseconds)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowRequestHandler(readTimeout: readTimeout)],
            idleTimeout: .nanoseconds(settings.idleTimeout.wholeNanoseconds),
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: maximumHeaderBytes, maxHeaderListSize: maximumHeaderBytes,
                maxHeaderFieldCount: maximumHeaders))
        return Application(
            responder: routes.buildResponder(),
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: .maximum(settings.maximumConnections, logger: quiet)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? settings.port) },
            logger: quiet)
    }
}
