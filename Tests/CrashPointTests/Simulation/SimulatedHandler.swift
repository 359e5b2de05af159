import City
import Messages

@testable import EventLog

/// A service's handler over ``SimulatedStore``: the product's rules, without its SQL.
protocol SimulatedHandler: AnyObject {
    func handle(
        _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput) throws
    var nextTick: Timestamp? { get }
    func tick(now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput) throws
    /// What the asker of a request is told, when it is committed.
    func answer(
        _ request: Int, now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
    ) throws -> String
}

extension SimulatedHandler {
    func handle(
        _ messages: [Message], now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
    ) throws {}
    var nextTick: Timestamp? { nil }
    func tick(now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput) throws {}
    func answer(
        _ request: Int, now: Timestamp, in store: inout SimulatedStore, output: inout LaneOutput
    ) throws -> String { "" }
}

/// Bodies of messages by their payloads: what several lanes read is decoded once.
final class DecodedBodies<Body: MessageBody> {
    private var bodies: [[UInt8]: Body] = [:]

    func decode(_ message: Message) throws -> Body {
        if let known = bodies[message.payload] { return known }
        let body = try message.decode(Body.self)
        bodies[message.payload] = body
        return body
    }
}
