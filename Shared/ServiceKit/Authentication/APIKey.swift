import Crypto

/// A publisher's key: `wgk_<12 characters of id>_<43 characters of secret>`.
///
/// The secret has 256 bits and is shown once; what is stored is the SHA-256 of the whole text, which is safe for a
/// secret of that size without a slow hash. The id alone finds the stored key.
public struct APIKey: Sendable, Equatable {
    public static let prefix = "wgk_"
    /// A publisher may have two live keys, so that one can replace the other without a gap.
    public static let maximumLivePerPublisher = 2

    /// Public part, lower-case base 32.
    public let id: String
    /// The whole key, to be shown once and never logged.
    public let text: String

    /// A new key from the system's secure generator.
    public static func generate() -> APIKey {
        let id = RandomText.base32(characters: 12)
        return APIKey(id: id, text: prefix + id + "_" + Base64URL.encode(RandomText.bytes(32)))
    }

    /// Reads a key; nil when it has another shape. Nothing is known yet of whether it is genuine.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, text.hasPrefix(Self.prefix), bytes[16] == 0x5F else { return nil }
        guard bytes[4..<16].allSatisfy({ (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) }),
            Base64URL.decode(bytes[17...])?.count == 32
        else { return nil }
        id = String(decoding: bytes[4..<16], as: UTF8.self)
        self.text = text
    }

    private init(id: String, text: String) {
        self.id = id
        self.text = text
    }

    /// What is stored instead of the key: 32 bytes.
    public var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}

/// A key as it is stored.
public struct StoredAPIKey: Sendable, Equatable {
    public let hash: [UInt8]
    public let publisher: Publisher
    public let isRevoked: Bool

    public init(hash: [UInt8], publisher: Publisher, isRevoked: Bool = false) {
        self.hash = hash
        self.publisher = publisher
        self.isRevoked = isRevoked
    }

    /// Whether the key is this one. Takes the same time wherever they differ.
    func matches(_ key: APIKey) -> Bool {
        let given = key.hash
        guard given.count == hash.count else { return false }
        return zip(given, hash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Base 64 for URLs, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for characters outside the alphabet, an impossible length, or unused bits that are not zero: one value has
    /// one text.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            let value: UInt8
            switch character {
            case 0x41...0x5A: value = character - 0x41
            case 0x61...0x7A: value = character - 0x61 + 26
            case 0x30...0x39: value = character - 0x30 + 52
            case 0x2D: value = 62
            case 0x5F: value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard count < 6, bits & ((1 << UInt32(count)) - 1) == 0 else { return nil }
        return bytes
    }
}
