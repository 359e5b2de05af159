import NIOCore
import ServiceKit
import Synchronization

/// Hands events to every page that listens.
///
/// A page that does not keep up is hung up on; it connects again and asks for what it missed, which costs the server
/// less than remembering it.
final class LiveHub: Sendable {
    /// Pages that may listen; more are refused.
    static let mostListeners = 500
    /// Events a page may be behind.
    static let mostWaiting = 512

    private struct State {
        var listeners: [Int: AsyncStream<ByteBuffer>.Continuation] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// Events from now on, ready to be sent; ends when the listener is too slow.
    ///
    /// - Throws: `Problem` when too many listen.
    func listen() throws -> AsyncStream<ByteBuffer> {
        let (events, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let number: Int? = state.withLock { state in
            guard state.listeners.count < Self.mostListeners else { return nil }
            state.nextNumber += 1
            state.listeners[state.nextNumber] = continuation
            return state.nextNumber
        }
        guard let number else { throw Problem(.overloaded).retry(afterSeconds: 10) }
        continuation.onTermination = { [weak self] _ in self?.remove(number) }
        return events
    }

    func send(_ event: ByteBuffer) {
        for (number, listener) in state.withLock({ $0.listeners }) {
            guard case .dropped = listener.yield(event) else { continue }
            remove(number)
            listener.finish()
        }
    }

    private func remove(_ number: Int) {
        // Let go outside the lock: the last reference to a stream ends it, and that calls back.
        _ = state.withLock { $0.listeners.removeValue(forKey: number) }
    }
}

/// Events as `text/event-stream` has them.
enum ServerSentEvent {
    /// - Parameter json: Compact, so that it holds no line break.
    static func bytes(_ name: StaticString, json: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString("event: ")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\ndata: ")
        buffer.writeBytes(json)
        buffer.writeStaticString("\n\n")
        return buffer
    }

    /// A comment: nothing to a page, but it keeps the line open and shows who is gone.
    static let keepAlive = ByteBuffer(string: ": \n\n")
}
