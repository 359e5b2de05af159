/// Why a text is not acceptable JSON.
///
/// Stricter than RFC 8259 where leniency loses data later: U+0000 would be cut by PostgreSQL, duplicate keys mean
/// different things to different readers, and unbounded depth or width exhausts memory.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case empty
        case syntax
        case invalidUTF8 = "invalid-utf-8"
        case nulCharacter = "nul-character"
        case loneSurrogate = "lone-surrogate"
        case duplicateKey = "duplicate-key"
        case tooDeep = "too-deep"
        case tooManyKeys = "too-many-keys"
        case tooLarge = "too-large"
        case trailingText = "trailing-text"
        case badNumber = "bad-number"
    }

    public var code: Code
    /// Where the fault was noticed: bytes from the beginning of the text.
    public var offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// Says what and where, never the text itself.
    public var description: String { "\(code.rawValue) at byte \(offset)" }
}

/// How much JSON is accepted.
public struct JSONLimits: Sendable {
    /// Bytes of the whole text.
    public var bytes: Int
    /// Arrays and objects inside each other.
    public var depth: Int
    /// Members of one object.
    public var keys: Int
    /// Bytes of a key: each may have to be compared with all others of its object.
    public var keyBytes = 512

    public init(bytes: Int = 256 * 1024, depth: Int = 32, keys: Int = 200) {
        self.bytes = bytes
        self.depth = depth
        self.keys = keys
    }
}
