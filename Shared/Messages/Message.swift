public import City

/// A message to be published: a CloudEvent whose identity the event log gives it.
public struct OutgoingMessage: Sendable {
    public var topic: Topic
    /// Messages with one key stay in order.
    public var key: String
    /// What the message is about (CloudEvents `subject`), such as a case number; a message that cannot be handled
    /// parks later ones with the same subject.
    public var subject: String
    public var type: String
    /// When it is published, by the lane's clock; when what it tells happened is part of the payload.
    public var time: Timestamp
    /// W3C trace context of what caused it.
    public var traceparent: String?
    /// CloudEvents `id`, for a message that comes from outside or passes one on; nil: the event log names it.
    public var foreignID: String?
    /// CloudEvents extension attributes, such as why a message was set aside.
    public var attributes: [String: String]
    public var payload: [UInt8]

    public init(
        topic: Topic, key: String, subject: String, type: String, time: Timestamp, traceparent: String? = nil,
        foreignID: String? = nil, attributes: [String: String] = [:], payload: [UInt8]
    ) {
        self.topic = topic
        self.key = key
        self.subject = subject
        self.type = type
        self.time = time
        self.traceparent = traceparent
        self.foreignID = foreignID
        self.attributes = attributes
        self.payload = payload
    }

    public init<Body: MessageBody>(
        _ body: Body, on topic: Topic, key: String, subject: String, time: Timestamp, traceparent: String? = nil
    ) {
        var writer = JSONWriter(capacity: 768)
        body.write(to: &writer)
        self.init(
            topic: topic, key: key, subject: subject, type: Body.type, time: time, traceparent: traceparent,
            payload: writer.bytes)
    }
}

/// A message as it was read from the log.
public struct Message: Sendable {
    public var topic: Topic
    public var partition: Int
    public var offset: Int64
    public var key: String
    public var subject: String
    public var type: String
    /// CloudEvents `source`: the service or the publishing system.
    public var source: String
    /// CloudEvents `id` of a message from outside; our own are named by lane and number.
    public var foreignID: String?
    /// When it was published, by the publishing lane's clock.
    public var time: Timestamp
    public var traceparent: String?
    public var attributes: [String: String]
    /// The lane that produced it; 0 for messages from outside, which carry no number.
    public var producer: Int
    /// Counts 1, 2, 3 … per (producer, topic, partition).
    public var number: Int64
    public var payload: [UInt8]

    public init(
        topic: Topic, partition: Int, offset: Int64, key: String, subject: String, type: String, source: String,
        foreignID: String? = nil, time: Timestamp, traceparent: String? = nil, attributes: [String: String] = [:],
        producer: Int, number: Int64, payload: [UInt8]
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.subject = subject
        self.type = type
        self.source = source
        self.foreignID = foreignID
        self.time = time
        self.traceparent = traceparent
        self.attributes = attributes
        self.producer = producer
        self.number = number
        self.payload = payload
    }

    /// CloudEvents `id`: unique for the message's source.
    public var id: String { foreignID ?? "\(producer)-\(topic.name)-\(partition)-\(number)" }

    /// Decodes the payload.
    ///
    /// - Throws: ``MessageFault`` when the type is another or the payload does not fit it.
    public func decode<Body: MessageReading>(_ body: Body.Type) throws -> Body { try Body(json: json(of: body)) }

    /// The payload for those who look at a part of it before they read it whole.
    ///
    /// - Throws: ``MessageFault`` when the type is another or the payload is not JSON.
    public func json<Body: MessageReading>(of body: Body.Type) throws -> JSONValue {
        guard type == Body.type else { throw MessageFault(reason: "expected type \(Body.type)") }
        do {
            return try JSONDocument(payload, limits: JSONLimits(bytes: 4 << 20, keys: 1_000)).root
        } catch {
            throw MessageFault(reason: "payload is not JSON: \(error)")
        }
    }
}

/// What can be read from messages of one kind: all they say, or what one reader needs of it.
public protocol MessageReading: Sendable {
    /// CloudEvents `type` with version, such as `wangge.case.changed.v1`.
    static var type: String { get }
    init(json: JSONValue) throws
}

/// What a message says: one kind, with one JSON shape and one version.
public protocol MessageBody: MessageReading {
    func write(to writer: inout JSONWriter)
}

/// Why a message cannot be understood. Names fields, never their content.
public struct MessageFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public init(reason: String) { self.reason = reason }
    public var description: String { reason }
}

extension JSONValue {
    private func required<Value>(_ name: StaticString, _ read: (JSONValue) -> Value?) throws -> Value {
        guard let member = self[name] else { throw MessageFault(reason: "\(name) is missing") }
        guard let value = read(member) else { throw MessageFault(reason: "\(name) has the wrong type") }
        return value
    }

    private func optional<Value>(_ name: StaticString, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let member = self[name], !member.isNull else { return nil }
        guard let value = read(member) else { throw MessageFault(reason: "\(name) has the wrong type") }
        return value
    }

    public func text(_ name: StaticString) throws -> String { try required(name, \.string) }
    public func optionalText(_ name: StaticString) throws -> String? { try optional(name, \.string) }
    public func integer(_ name: StaticString) throws -> Int64 { try required(name, \.int64) }
    public func optionalInteger(_ name: StaticString) throws -> Int64? { try optional(name, \.int64) }

    /// A whole number that counts something: from 0 to what PostgreSQL's `integer` holds.
    public func count(_ name: StaticString) throws -> Int {
        let value = try integer(name)
        guard (0...Int64(Int32.max)).contains(value) else { throw MessageFault(reason: "\(name) is out of range") }
        return Int(value)
    }

    public func number(_ name: StaticString) throws -> Double { try required(name, \.double) }
    public func flag(_ name: StaticString) throws -> Bool { try required(name, \.bool) }
    public func time(_ name: StaticString) throws -> Timestamp { try required(name, \.timestamp) }
    public func optionalTime(_ name: StaticString) throws -> Timestamp? { try optional(name, \.timestamp) }
    public func code<C: Code>(_ name: StaticString) throws -> C { C(rawValue: try text(name)) }
    public func optionalCode<C: Code>(_ name: StaticString) throws -> C? {
        try optionalText(name).map { C(rawValue: $0) }
    }

    /// A text that names a case of an enumeration.
    public func choice<Choice: RawRepresentable<String>>(_ name: StaticString) throws -> Choice {
        guard let choice = Choice(rawValue: try text(name)) else {
            throw MessageFault(reason: "\(name) has an unknown value")
        }
        return choice
    }

    public func optionalChoice<Choice: RawRepresentable<String>>(_ name: StaticString) throws -> Choice? {
        guard let text = try optionalText(name) else { return nil }
        guard let choice = Choice(rawValue: text) else { throw MessageFault(reason: "\(name) has an unknown value") }
        return choice
    }

    public func list<Element>(_ name: StaticString, _ read: (JSONValue) throws -> Element) throws -> [Element] {
        guard let member = self[name] else { return [] }
        guard member.isArray else { throw MessageFault(reason: "\(name) is not an array") }
        return try member.elements.map(read)
    }
}
