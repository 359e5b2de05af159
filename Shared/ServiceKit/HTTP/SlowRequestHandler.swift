import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose request does not arrive in time, and those whose response asked for it.
///
/// Sits behind the HTTP decoder on each connection. A sender that trickles its body, or sends more than was wanted,
/// would otherwise hold a connection for as long as it likes; idle connections and trickled headers are the
/// server's idle timeout.
final class SlowRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let linger = TimeAmount.seconds(2)

    private let readTimeout: TimeAmount
    private var deadline: Scheduled<Void>?
    private var closesAfterResponse = false
    private var requestHasEnded = false
    /// The last answer has been given to a sender that was still sending.
    private var hasSaidFarewell = false

    init(readTimeout: TimeAmount) { self.readTimeout = readTimeout }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requestHasEnded = false
            let channel = context.channel
            deadline?.cancel()
            deadline = context.eventLoop.scheduleTask(in: readTimeout) { channel.close(promise: nil) }
        case .body: break
        case .end:
            requestHasEnded = true
            cancelDeadline()
            // It has been answered already, and now the sender is listening.
            if hasSaidFarewell { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            closesAfterResponse = head.headerFields[.connection] == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            guard closesAfterResponse else { return context.write(data, promise: promise) }
            let channel = context.channel
            let written = promise ?? context.eventLoop.makePromise()
            context.writeAndFlush(data, promise: written)
            if requestHasEnded { return written.futureResult.whenComplete { _ in channel.close(promise: nil) } }
            // Closing now, with bytes of the sender on their way, would reset the connection before it has read our
            // answer. Half a close would not do: many clients take it for a loss while they are still sending.
            hasSaidFarewell = true
            deadline?.cancel()
            deadline = context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelDeadline() }

    func channelInactive(context: ChannelHandlerContext) {
        cancelDeadline()
        context.fireChannelInactive()
    }

    private func cancelDeadline() {
        deadline?.cancel()
        deadline = nil
    }
}
