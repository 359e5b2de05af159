/// Escapes inside JSON strings.
enum JSONEscapes {
    /// Checks the escape that begins at `start`; returns the position after it (after both halves of a surrogate pair).
    static func check(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) throws(JSONFault) -> Int {
        guard start + 1 < text.count else { throw JSONFault(.syntax, at: start) }
        switch text[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard let unit = hex(text, start + 2) else { throw JSONFault(.syntax, at: start) }
            if unit == 0 { throw JSONFault(.nulCharacter, at: start) }
            if unit & 0xFC00 == 0xDC00 { throw JSONFault(.loneSurrogate, at: start) }
            guard unit & 0xFC00 == 0xD800 else { return start + 6 }
            guard start + 7 < text.count, text[start + 6] == UInt8(ascii: "\\"), text[start + 7] == UInt8(ascii: "u"),
                let second = hex(text, start + 8), second & 0xFC00 == 0xDC00
            else { throw JSONFault(.loneSurrogate, at: start) }
            return start + 12
        default:
            throw JSONFault(.syntax, at: start + 1)
        }
    }

    private static func hex(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32? {
        guard start + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for position in start..<start + 4 {
            guard let digit = nibble(text[position]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func nibble(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    /// Undoes the escapes of a string that has been checked.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var position = 0
        func unit(_ start: Int) -> UInt32 {
            (start..<start + 4).reduce(0) { $0 << 4 | (nibble(text[$1]) ?? 0) }
        }
        while position < text.count {
            let byte = text[position]
            guard byte == UInt8(ascii: "\\") else {
                decoded.append(byte)
                position += 1
                continue
            }
            switch text[position + 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit(position + 2)
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + (unit(position + 8) & 0x3FF)
                    position += 6
                }
                if let scalar = Unicode.Scalar(scalar) { decoded.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
                position += 4
            default: decoded.append(text[position + 1])
            }
            position += 2
        }
        return decoded
    }
}
