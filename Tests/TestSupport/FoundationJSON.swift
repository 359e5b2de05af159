import Foundation
public import Messages

/// A JSON value as Foundation's decoder reads it.
public indirect enum FoundationJSON: Decodable {
    case null
    case bool(Bool)
    case number(Double)
    /// A number no `Double` can hold.
    case beyond
    case string(String)
    case array([FoundationJSON])
    case object([String: FoundationJSON])

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([FoundationJSON].self) {
            self = .array(array)
        } else if let object = try? value.decode([String: FoundationJSON].self) {
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

    /// - Returns: nil when Foundation does not read it.
    public static func read(_ bytes: [UInt8]) -> FoundationJSON? {
        try? JSONDecoder().decode(FoundationJSON.self, from: Data(bytes))
    }

    /// Whether we read the same.
    public func agrees(with value: JSONValue) -> Bool {
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

    /// Whether Foundation may read what we refuse for this fault.
    public static func mayRead(_ bytes: [UInt8], despite fault: JSONFault) -> Bool {
        stricter.contains(fault.code) || isLenient(on: bytes, fault)
    }

    /// What we refuse on purpose though Foundation may read it.
    private static let stricter: Set<JSONFault.Code> = [
        .duplicateKey, .nulCharacter, .tooDeep, .tooManyKeys, .tooLarge, .loneSurrogate, .invalidUTF8,
    ]

    /// What Foundation lets pass against RFC 8259: UTF-16 (seen by its zero bytes), a byte-order mark, and a comma after
    /// the last element.
    private static func isLenient(on bytes: [UInt8], _ fault: JSONFault) -> Bool {
        let before = bytes[..<min(fault.offset, bytes.count)].last { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        return bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF])
            || fault.code == .syntax && before == UInt8(ascii: ",")
    }
}
