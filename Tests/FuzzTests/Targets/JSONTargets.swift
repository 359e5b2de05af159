import Foundation
import Messages

extension FuzzTarget {
    static let jsonTargets = [
        FuzzTarget("json") { try JSONOracle.check($0) },
        FuzzTarget("json-items") { try JSONItems.check($0) },
    ]
}

/// What we read Foundation reads alike; what only Foundation reads we refuse for a reason.
private enum JSONOracle {
    private static let stricter: Set<JSONFault.Code> = [
        .duplicateKey, .nulCharacter, .tooDeep, .tooManyKeys, .tooLarge, .loneSurrogate, .invalidUTF8,
    ]

    static func check(_ bytes: [UInt8]) throws {
        let oracle = try? JSONDecoder().decode(Value.self, from: Data(bytes))
        let document: JSONDocument
        do throws(JSONFault) {
            document = try JSONDocument(bytes)
        } catch {
            try promise((0...bytes.count).contains(error.offset), "\(error) lies outside the text")
            try promise(
                oracle == nil || stricter.contains(error.code) || isLenient(on: bytes, error),
                "\(error), but Foundation reads it")
            return
        }
        try promise(oracle != nil, "Foundation does not read it")
        try promise(oracle?.agrees(with: document.root) == true, "Foundation reads something else")
        var writer = JSONWriter()
        write(document.root, to: &writer)
        let again = try JSONDocument(writer.bytes)
        try promise(oracle?.agrees(with: again.root) == true, "written and read again it is something else")
    }

    /// What Foundation lets pass against RFC 8259: UTF-16 (seen by its zero bytes), a byte-order mark, and a comma after
    /// the last element.
    private static func isLenient(on bytes: [UInt8], _ fault: JSONFault) -> Bool {
        let before = bytes[..<min(fault.offset, bytes.count)].last { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        return bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF])
            || fault.code == .syntax && before == UInt8(ascii: ",")
    }

    /// Writes a value through the accessors that everybody reads it with.
    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        if value.isObject {
            writer.object { writer in
                for (key, member) in value.members {
                    writer.key(dynamic: key)
                    write(value[dynamic: key] ?? member, to: &writer)
                }
            }
        } else if value.isArray {
            writer.array(value.elements) { write($1, to: &$0) }
        } else if let text = value.string {
            writer.value(text)
        } else if let whole = value.int64 {
            writer.value(whole)
        } else if let flag = value.bool {
            writer.value(flag)
        } else {
            writer.raw(json: value.rawBytes)
        }
    }

    /// A JSON value as Foundation's decoder reads it.
    private indirect enum Value: Decodable {
        case null
        case bool(Bool)
        case number(Double)
        /// A number no `Double` can hold.
        case beyond
        case string(String)
        case array([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let bool = try? value.decode(Bool.self) {
                self = .bool(bool)
            } else if let string = try? value.decode(String.self) {
                self = .string(string)
            } else if let array = try? value.decode([Value].self) {
                self = .array(array)
            } else if let object = try? value.decode([String: Value].self) {
                self = .object(object)
            } else {
                do {
                    let number = try value.decode(Double.self)
                    self = number.isFinite ? .number(number) : .beyond
                } catch  where "\(error)".hasPrefix("numberIsNotRepresentable") {
                    self = .beyond
                }
            }
        }

        func agrees(with value: JSONValue) -> Bool {
            switch self {
            case .null: return value.isNull
            case .bool(let bool): return value.bool == bool
            case .number(let number): return value.double == number
            // Foundation also calls numbers too small for a double not representable, and a zero with an exponent.
            case .beyond: return value.isNumber && value.double ?? 0 == 0
            case .string(let text): return value.string.map { Array($0.utf8) } == Array(text.utf8)
            case .array(let elements):
                let ours = value.elements
                return value.isArray && ours.count == elements.count
                    && zip(elements, ours).allSatisfy { $0.agrees(with: $1) }
            case .object(let members):
                return value.isObject && value.members.count == members.count
                    && value.members.allSatisfy { key, member in members[key]?.agrees(with: member) == true }
            }
        }
    }
}

/// A batch is cut where a reader of the whole would cut it.
private enum JSONItems {
    static func check(_ bytes: [UInt8]) throws {
        let limits = JSONLimits(bytes: 1 << 20)
        let items = try? JSONSplitter.items(ofArray: bytes, limits: limits)
        if let items {
            let joined = Array("[".utf8) + Array(items.joined(separator: [0x2C])) + Array("]".utf8)
            try promise(
                (try? JSONSplitter.items(ofArray: joined, limits: limits)) == items, "joined and cut again it differs")
        }
        if let root = try? JSONDocument(bytes, limits: limits).root, root.isArray {
            try promise(items == root.elements.map(\.rawBytes), "the items of an array are not its elements")
        }
        for line in JSONSplitter.items(ofLines: bytes) {
            try promise(!line.isEmpty && !line.contains(0x0A), "a line is empty or holds a line break")
        }
    }
}
