/// Refuses JSON that decoders read differently, before any decoder sees it.
///
/// JSONDecoder keeps the first of two equal keys and PostgreSQL the last; U+0000 cuts text parameters short; deep
/// nesting costs stack. None of these is ever needed in an honest document.
public enum JSONGuard {
    /// Why a document was refused.
    public enum Fault: Error, Sendable, Equatable {
        case notUTF8
        case tooDeep
        case tooManyKeys
        case duplicateKey
        case nullCharacter
        case malformed
    }

    /// Checks shape and limits of one JSON document; numbers and literals are left to the decoder.
    ///
    /// - Parameters:
    ///   - depth: Objects and arrays inside each other.
    ///   - keys: Keys of one object.
    /// - Throws: ``Fault`` for the first thing found.
    public static func check(_ bytes: some Collection<UInt8>, depth: Int = 32, keys: Int = 200) throws(Fault) {
        let result = bytes.withContiguousStorageIfAvailable { scan($0, depth: depth, keys: keys) }
        let fault = result ?? Array(bytes).withUnsafeBufferPointer { scan($0, depth: depth, keys: keys) }
        if let fault { throw fault }
    }

    private static func scan(_ bytes: UnsafeBufferPointer<UInt8>, depth: Int, keys: Int) -> Fault? {
        // A byte order mark or UTF-16 starts with a byte no JSON document in UTF-8 can start with.
        guard let first = bytes.first, first < 0x80, String(validating: bytes, as: UTF8.self) != nil else {
            return bytes.isEmpty ? .malformed : .notUTF8
        }
        var scanner = Scanner(bytes: bytes, maximumDepth: depth, maximumKeys: keys)
        return scanner.document()
    }
}

private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    let maximumKeys: Int
    var index = 0
    /// One set a level that is open; nil for arrays.
    var levels: [Set<[UInt8]>?] = []

    mutating func document() -> JSONGuard.Fault? {
        var expectsKey = false
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x7B, 0x5B:
                guard levels.count < maximumDepth else { return .tooDeep }
                levels.append(byte == 0x7B ? [] : nil)
                expectsKey = byte == 0x7B
                index += 1
            case 0x7D, 0x5D:
                guard let top = levels.popLast(), (top != nil) == (byte == 0x7D) else { return .malformed }
                expectsKey = false
                index += 1
            case 0x2C:
                expectsKey = levels.last.map { $0 != nil } ?? false
                index += 1
            case 0x22:
                let (key, fault) = string(keepsText: expectsKey)
                if let fault { return fault }
                if expectsKey, let fault = note(key) { return fault }
                expectsKey = false
            case 0: return .nullCharacter
            default: index += 1
            }
        }
        return levels.isEmpty ? nil : .malformed
    }

    private mutating func note(_ key: [UInt8]) -> JSONGuard.Fault? {
        guard let last = levels.indices.last, levels[last] != nil else { return .malformed }
        guard levels[last]!.count < maximumKeys else { return .tooManyKeys }
        return levels[last]!.insert(key).inserted ? nil : .duplicateKey
    }

    /// Reads a string from its opening quote to past its closing one; the text has its escapes resolved, so that
    /// `"a"` and `"\u0061"` are the same key.
    private mutating func string(keepsText: Bool) -> ([UInt8], JSONGuard.Fault?) {
        var text: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x22 { return (text, nil) }
            if byte == 0 { return ([], .nullCharacter) }
            if byte < 0x20 { return ([], .malformed) }
            guard byte == 0x5C else {
                if keepsText { text.append(byte) }
                continue
            }
            guard index < bytes.count else { break }
            let escape = bytes[index]
            index += 1
            guard escape == 0x75 else {
                if keepsText { text.append(contentsOf: Self.resolved(escape)) }
                continue
            }
            guard let unit = codeUnit() else { return ([], .malformed) }
            if unit == 0 { return ([], .nullCharacter) }
            if keepsText { append(unit, to: &text) }
        }
        return ([], .malformed)
    }

    private mutating func codeUnit() -> UInt16? {
        guard index + 4 <= bytes.count else { return nil }
        let digits = bytes[index..<index + 4]
        guard digits.allSatisfy({ Self.isHexDigit($0) }) else { return nil }
        index += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// A surrogate's second half is read here too; a lone surrogate becomes U+FFFD, as decoders do.
    private mutating func append(_ unit: UInt16, to text: inout [UInt8]) {
        var units = [unit]
        if UTF16.isLeadSurrogate(unit), index + 6 <= bytes.count, bytes[index] == 0x5C, bytes[index + 1] == 0x75 {
            let mark = index
            index += 2
            if let second = codeUnit(), UTF16.isTrailSurrogate(second) {
                units.append(second)
            } else {
                index = mark
            }
        }
        text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
    }

    private static func resolved(_ escape: UInt8) -> [UInt8] {
        switch escape {
        case 0x6E: [0x0A]
        case 0x72: [0x0D]
        case 0x74: [0x09]
        case 0x62: [0x08]
        case 0x66: [0x0C]
        default: [escape]
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
