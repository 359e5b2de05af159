public import Hummingbird
public import NIOCore

/// What is known of a request besides the request: who asks, in which language, within which limits.
public struct WanggeRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The id of the request, from `X-Request-Id` or made up; also in every log line and problem document.
    public internal(set) var requestID = ""
    /// The trace this request belongs to, to be sent on with every message it causes.
    public internal(set) var trace = TraceContext.none
    /// The language problems are told in.
    public internal(set) var language = Language.en
    /// Who asks. ``Identity/anonymous`` on open routes.
    public internal(set) var identity = Identity.anonymous
    /// Most bytes a body may have.
    public internal(set) var bodyLimit = BodyLimit.standard
    /// The other end of the connection, which may be a proxy.
    public let peer: SocketAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }

    public var maxUploadSize: Int { bodyLimit }
    public var id: String { requestID }
}
