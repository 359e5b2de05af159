public import City

/// A JSON text that has been checked once and is then read in place, without building a tree of objects.
///
/// Made for messages: checking a 700-byte report takes about a microsecond, several times less than `JSONDecoder`.
/// The text is fully validated (UTF-8, duplicate keys, U+0000, depth, width); what passes here is accepted by any
/// strict JSON reader, with the same meaning.
public final class JSONDocument: Sendable {
    /// One value or key in document order, in sixteen bytes.
    struct Node {
        enum Kind: UInt8 { case null, `true`, `false`, number, string, escapedString, array, object }
        /// Where the value's text begins and ends; a string's without its quotes.
        var start: Int32
        var end: Int32
        /// Index of the first node after this one and all inside it.
        var next: Int32
        /// Kind in the low byte, ``detail`` above it.
        private(set) var tag: UInt32

        init(_ kind: Kind, start: Int, end: Int, next: Int) {
            tag = Node.tag(kind, detail: 0)
            self.start = Int32(truncatingIfNeeded: start)
            self.end = Int32(truncatingIfNeeded: end)
            self.next = Int32(truncatingIfNeeded: next)
        }

        @inline(__always)
        static func tag(_ kind: Kind, detail: UInt32) -> UInt32 { UInt32(kind.rawValue) | detail << 8 }

        // Made of a kind only.
        var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: tag)) ?? .null }

        /// How many members an object has, or elements an array; of a key the ``fingerprint(_:)`` of what it means.
        var detail: UInt32 {
            get { tag >> 8 }
            set { tag = Node.tag(kind, detail: newValue) }
        }

        var count: Int { Int(detail) }

        /// Tells most keys apart without reading them: equal keys have equal fingerprints.
        @inline(__always)
        static func fingerprint(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
            let count = text.count
            guard count > 0 else { return 0 }
            let (first, third) = (UInt32(text[0]), UInt32(text[count / 3]))
            let (middle, last) = (UInt32(text[count / 2]), UInt32(text[count - 1]))
            let characters = first &+ third &<< 8 &+ middle &<< 16 &+ last &<< 24
            return (characters ^ UInt32(truncatingIfNeeded: count)) &* 0x9E37_79B1 &>> 8
        }
    }

    let bytes: [UInt8]
    let nodes: [Node]

    /// - Throws: ``JSONFault`` with the place of the first fault.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONFault) {
        guard bytes.count <= limits.bytes else { throw JSONFault(.tooLarge, at: limits.bytes) }
        var checker = JSONChecker(limits: limits)
        checker.nodes.reserveCapacity(bytes.count / 12 + 8)
        var fault: JSONFault?
        bytes.withUnsafeBufferPointer { buffer in
            do throws(JSONFault) { try checker.check(buffer) } catch { fault = error }
        }
        if let fault { throw fault }
        self.bytes = bytes
        nodes = checker.nodes
    }

    public convenience init(_ slice: ArraySlice<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONFault) {
        try self.init(Array(slice), limits: limits)
    }

    public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// A value inside a ``JSONDocument``. Cheap to copy; keeps the document alive.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    var node: JSONDocument.Node { document.nodes[index] }

    public var isNull: Bool { node.kind == .null }
    public var isObject: Bool { node.kind == .object }
    public var isArray: Bool { node.kind == .array }
    public var isString: Bool { node.kind == .string || node.kind == .escapedString }
    public var isNumber: Bool { node.kind == .number }

    /// The text of this value as it stands in the document.
    public var rawBytes: ArraySlice<UInt8> {
        let node = node
        return node.kind == .string || node.kind == .escapedString
            ? document.bytes[Int(node.start) - 1..<Int(node.end) + 1] : document.bytes[Int(node.start)..<Int(node.end)]
    }

    /// The member of an object, or nil when this is no object or has no such member.
    public subscript(key: StaticString) -> JSONValue? {
        key.withUTF8Buffer { member($0) }
    }

    /// The member of an object by a key known only at run time.
    public subscript(dynamic key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { member($0) }
    }

    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        let found = document.nodes.withUnsafeBufferPointer { nodes in
            document.bytes.withUnsafeBufferPointer { bytes in
                JSONValue.position(of: key, in: index, nodes: nodes, bytes: bytes)
            }
        }
        guard let found else { return nil }
        return JSONValue(document: document, index: found)
    }

    /// Where the value of a key stands, looking through the members of an object one after another.
    private static func position(
        of key: UnsafeBufferPointer<UInt8>, in object: Int, nodes: UnsafeBufferPointer<JSONDocument.Node>,
        bytes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        // A document has at least one node.
        guard let node = nodes.baseAddress, node[object].kind == .object else { return nil }
        let fingerprint = JSONDocument.Node.fingerprint(key)
        let wanted = JSONDocument.Node.tag(.string, detail: fingerprint)
        let escaped = JSONDocument.Node.tag(.escapedString, detail: fingerprint)
        var position = object &+ 1
        for _ in 0..<node[object].count {
            let name = node + position
            if name.pointee.tag == wanted {
                if JSONBytes.equal(JSONBytes.content(name.pointee, in: bytes), key) { return position &+ 1 }
            } else if name.pointee.tag == escaped {
                let meant = JSONEscapes.decode(JSONBytes.content(name.pointee, in: bytes))
                if meant.elementsEqual(key) { return position &+ 1 }
            }
            position = Int(name[1].next)
        }
        return nil
    }

    /// Members of an object in document order; empty for anything else.
    public var members: [(key: String, value: JSONValue)] { members { $0.string ?? "" } }

    /// ``members`` with keys as bytes, escapes undone, for those who compare them and need no texts.
    public var memberBytes: [(key: ArraySlice<UInt8>, value: JSONValue)] { members { $0.stringBytes ?? [] } }

    private func members<Key>(_ key: (JSONValue) -> Key) -> [(key: Key, value: JSONValue)] {
        guard node.kind == .object else { return [] }
        var found: [(key: Key, value: JSONValue)] = []
        found.reserveCapacity(node.count)
        var position = index + 1
        for _ in 0..<node.count {
            let value = JSONValue(document: document, index: position + 1)
            found.append((key(JSONValue(document: document, index: position)), value))
            position = Int(value.node.next)
        }
        return found
    }

    /// Elements of an array in order; empty for anything else.
    public var elements: [JSONValue] {
        guard node.kind == .array else { return [] }
        var found: [JSONValue] = []
        found.reserveCapacity(node.count)
        var position = index + 1
        for _ in 0..<node.count {
            found.append(JSONValue(document: document, index: position))
            position = Int(document.nodes[position].next)
        }
        return found
    }

    public var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    public var string: String? {
        let node = node
        switch node.kind {
        case .string:
            return document.bytes.withUnsafeBufferPointer {
                String(decoding: JSONBytes.content(node, in: $0), as: UTF8.self)
            }
        case .escapedString:
            return String(decoding: meant(node), as: UTF8.self)
        default:
            return nil
        }
    }

    /// Bytes of a string without its quotes, escapes undone.
    public var stringBytes: ArraySlice<UInt8>? {
        let node = node
        switch node.kind {
        case .string: return document.bytes[Int(node.start)..<Int(node.end)]
        case .escapedString: return meant(node)[...]
        default: return nil
        }
    }

    /// A string with its escapes undone.
    private func meant(_ node: JSONDocument.Node) -> [UInt8] {
        document.bytes.withUnsafeBufferPointer { JSONEscapes.decode(JSONBytes.content(node, in: $0)) }
    }

    /// A number without fraction or exponent that fits; nil for anything else, never rounded.
    public var int64: Int64? {
        let node = node
        guard node.kind == .number else { return nil }
        return document.bytes.withUnsafeBufferPointer { JSONValue.int64(JSONBytes.content(node, in: $0)) }
    }

    private static func int64(_ digits: UnsafeBufferPointer<UInt8>) -> Int64? {
        var negative = false
        var value: Int64 = 0
        for byte in digits {
            if byte == UInt8(ascii: "-") {
                negative = true
                continue
            }
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.subtractingReportingOverflow(Int64(byte - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        // Gathered as a negative number, which has room for Int64.min.
        return negative ? value : (value == .min ? nil : -value)
    }

    /// RFC 3339 text as a moment.
    public var timestamp: Timestamp? {
        let node = node
        guard node.kind == .string else { return string.flatMap { Timestamp(rfc3339: $0) } }
        return document.bytes.withUnsafeBufferPointer {
            Timestamp(rfc3339: UnsafeRawBufferPointer(JSONBytes.content(node, in: $0)))
        }
    }

    public var int: Int? { int64.map { Int($0) } }

    public var double: Double? {
        let node = node
        guard node.kind == .number else { return nil }
        let text = String(decoding: document.bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
