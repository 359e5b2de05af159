public import City
public import Messages
public import Postgres

/// What a service does with one lane's input.
///
/// A handler is made anew for each claim of a lane and after each failed transaction, so what it keeps in memory is
/// what the database holds. It is used on one thread.
public protocol LaneHandler: AnyObject {
    /// Handles messages in order, and may keep state in memory for the next batch.
    ///
    /// All changes go through `transaction`; the lane's position and the messages published to `output` are stored
    /// with them. A thrown error rolls everything back: the runtime retries, pauses, or looks for the one message at
    /// fault.
    func handle(
        _ messages: [Message], now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws

    /// When ``tick(now:in:output:)`` has something to do next; nil: never. Asked after each batch and each tick.
    var nextTick: Timestamp? { get }

    /// Does what time alone demands, such as firing clocks that are due at `now`.
    ///
    /// `now` never runs ahead of the log: while messages wait it is the time of the last message read.
    func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws
}

extension LaneHandler {
    public var nextTick: Timestamp? { nil }
    public func tick(now: Timestamp, in transaction: PostgresTransaction, output: inout LaneOutput) throws {}
}

/// What a handler says: messages to publish, and messages it could not accept.
public struct LaneOutput {
    /// Published when the transaction commits, in this order.
    public private(set) var messages: [OutgoingMessage] = []
    typealias DeadLetter = (message: Message, reason: String)
    private(set) var deadLetters: [DeadLetter] = []

    public init() {}

    public mutating func publish(_ message: OutgoingMessage) { messages.append(message) }
    public mutating func publish(_ messages: [OutgoingMessage]) { self.messages += messages }

    /// Sets a message aside: it is kept with the reason and can be replayed; the lane goes on.
    ///
    /// - Parameter reason: a stable slug or a short sentence without content of the message.
    public mutating func deadLetter(_ message: Message, reason: String) { deadLetters.append((message, reason)) }

    /// Decodes messages of one kind, in order; those that are another kind or do not fit are set aside.
    public mutating func decode<Body: MessageReading>(
        _ messages: [Message], as type: Body.Type
    ) -> [(message: Message, body: Body)] {
        var decoded: [(message: Message, body: Body)] = []
        decoded.reserveCapacity(messages.count)
        for message in messages {
            do {
                decoded.append((message, try message.decode(type)))
            } catch {
                deadLetter(message, reason: (error as? MessageFault)?.reason ?? "the payload cannot be decoded")
            }
        }
        return decoded
    }
}

/// Thrown by a handler: this one message cannot be handled, whatever is tried.
public struct MessageRejected: Error, Sendable {
    public var offset: Int64
    public var reason: String

    public init(offset: Int64, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// A lane's own state, for handlers that need ids or ownership.
public struct LaneIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Number of the lane: names it as a producer.
    public var id: Int
    public var service: String
    public var input: String
    public var partition: Int

    public var description: String { "\(service)/\(input)/\(partition)" }
}

/// Why a lane cannot go on, or a request cannot be taken.
public struct LaneError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process has taken the lane.
        case fenced
        /// More requests wait than the limit allows; try again later.
        case overloaded
        /// The database cannot be reached, or the service is stopping; try again later.
        case unavailable
        /// A message is missing from the log.
        case gap
        /// The log does not have the lane's position any more.
        case positionLost = "position-lost"
        /// The suite runs on another log than this process is configured for.
        case otherLog = "other-log"
    }

    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
