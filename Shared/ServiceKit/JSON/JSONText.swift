/// Writes JSON text piece by piece, without building values first.
///
/// The caller keeps the order right (`key` then a value inside objects); commas are placed here.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    mutating func object(_ body: (inout JSONText) -> Void) { nested(0x7B, 0x7D, body) }
    mutating func array(_ body: (inout JSONText) -> Void) { nested(0x5B, 0x5D, body) }

    mutating func key(_ name: String) {
        separate()
        JSONText.quote(name, into: &bytes)
        bytes.append(0x3A)
        needsComma = false
    }

    mutating func string(_ text: String, cap: Int = .max) {
        separate()
        JSONText.quote(text, cap: cap, into: &bytes)
    }

    /// A number or literal whose text is already JSON.
    mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    mutating func field(_ name: String, _ text: String, cap: Int = .max) {
        key(name)
        string(text, cap: cap)
    }

    mutating func field(_ name: String, _ number: Int) {
        key(name)
        literal(String(number))
    }

    mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        literal(flag ? "true" : "false")
    }

    private mutating func nested(_ open: UInt8, _ close: UInt8, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        body(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    /// Appends `text` as a JSON string; control characters are escaped, text over `cap` bytes of UTF-8 is cut at a
    /// character's edge and says how much is missing.
    static func quote(_ text: String, cap: Int = .max, into bytes: inout [UInt8]) {
        bytes.append(0x22)
        var text = text
        text.withUTF8 { utf8 in
            var end = utf8.count
            if end > cap {
                end = cap
                while end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
            }
            for byte in utf8[..<end] { escape(byte, into: &bytes) }
            if end < utf8.count { bytes.append(contentsOf: "…[+\(utf8.count - end) bytes]".utf8) }
        }
        bytes.append(0x22)
    }

    private static func escape(_ byte: UInt8, into bytes: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
        case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
        case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
        case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
        case 0..<0x20, 0x7F:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        default: bytes.append(byte)
        }
    }
}
