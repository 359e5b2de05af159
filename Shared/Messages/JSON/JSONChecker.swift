/// Checks a JSON text in one pass and notes where its values are.
struct JSONChecker {
    let limits: JSONLimits
    var nodes: [JSONDocument.Node] = []

    init(limits: JSONLimits) { self.limits = limits }

    typealias Text = UnsafeBufferPointer<UInt8>

    mutating func check(_ text: Text) throws(JSONFault) {
        var position = skipSpace(text, 0)
        guard position < text.count else { throw JSONFault(.empty, at: position) }
        position = try value(text, position, depth: 0)
        position = skipSpace(text, position)
        guard position == text.count else { throw JSONFault(.trailingText, at: position) }
    }

    private func skipSpace(_ text: Text, _ from: Int) -> Int {
        var position = from
        while position < text.count {
            let byte = text[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            position += 1
        }
        return position
    }

    private mutating func value(_ text: Text, _ position: Int, depth: Int) throws(JSONFault) -> Int {
        guard position < text.count else { throw JSONFault(.syntax, at: position) }
        switch text[position] {
        case UInt8(ascii: "{"): return try object(text, position, depth: depth + 1)
        case UInt8(ascii: "["): return try array(text, position, depth: depth + 1)
        case UInt8(ascii: "\""): return try string(text, position)
        case UInt8(ascii: "t"): return try word(text, position, "true", .true)
        case UInt8(ascii: "f"): return try word(text, position, "false", .false)
        case UInt8(ascii: "n"): return try word(text, position, "null", .null)
        default: return try number(text, position)
        }
    }

    /// Opens a node whose end is not known yet; returns its index.
    private mutating func open(_ kind: JSONDocument.Node.Kind, at position: Int, depth: Int) throws(JSONFault) -> Int {
        guard depth <= limits.depth else { throw JSONFault(.tooDeep, at: position) }
        nodes.append(.init(kind, start: position, end: 0, next: 0))
        return nodes.count - 1
    }

    private mutating func close(_ index: Int, count: Int, end: Int) {
        nodes[index].detail = UInt32(count)
        nodes[index].end = Int32(end)
        nodes[index].next = Int32(nodes.count)
    }

    private mutating func array(_ text: Text, _ start: Int, depth: Int) throws(JSONFault) -> Int {
        let index = try open(.array, at: start, depth: depth)
        var count = 0
        var position = skipSpace(text, start + 1)
        if position < text.count, text[position] == UInt8(ascii: "]") {
            close(index, count: 0, end: position + 1)
            return position + 1
        }
        while true {
            position = skipSpace(text, try value(text, position, depth: depth))
            count += 1
            guard position < text.count else { throw JSONFault(.syntax, at: position) }
            if text[position] == UInt8(ascii: "]") { break }
            guard text[position] == UInt8(ascii: ",") else { throw JSONFault(.syntax, at: position) }
            position = skipSpace(text, position + 1)
        }
        close(index, count: count, end: position + 1)
        return position + 1
    }

    private mutating func object(_ text: Text, _ start: Int, depth: Int) throws(JSONFault) -> Int {
        let index = try open(.object, at: start, depth: depth)
        var keys = KeyFilter()
        var count = 0
        var position = skipSpace(text, start + 1)
        if position < text.count, text[position] == UInt8(ascii: "}") {
            close(index, count: 0, end: position + 1)
            return position + 1
        }
        while true {
            guard position < text.count, text[position] == UInt8(ascii: "\"") else {
                throw JSONFault(.syntax, at: position)
            }
            let key = nodes.count
            position = skipSpace(text, try string(text, position))
            guard nodes[key].end - nodes[key].start <= limits.keyBytes else { throw JSONFault(.tooLarge, at: position) }
            nodes[key].detail = fingerprint(text, of: nodes[key])
            if keys.mayRepeat(nodes[key]) { try refuseRepeatedKey(text, key: key, object: index, members: count) }
            guard position < text.count, text[position] == UInt8(ascii: ":") else {
                throw JSONFault(.syntax, at: position)
            }
            position = skipSpace(text, position + 1)
            position = skipSpace(text, try value(text, position, depth: depth))
            count += 1
            guard count <= limits.keys else { throw JSONFault(.tooManyKeys, at: position) }
            guard position < text.count else { throw JSONFault(.syntax, at: position) }
            if text[position] == UInt8(ascii: "}") { break }
            guard text[position] == UInt8(ascii: ",") else { throw JSONFault(.syntax, at: position) }
            position = skipSpace(text, position + 1)
        }
        close(index, count: count, end: position + 1)
        return position + 1
    }

    /// Says of most keys of an object at once that they did not occur before.
    private struct KeyFilter {
        private var seen: UInt64 = 0

        mutating func mayRepeat(_ key: JSONDocument.Node) -> Bool {
            let bit: UInt64 = 1 &<< UInt64(key.tag >> 26)
            defer { seen |= bit }
            return seen & bit != 0
        }
    }

    /// Compares a new key with those before it in its object.
    private func refuseRepeatedKey(_ text: Text, key: Int, object: Int, members: Int) throws(JSONFault) {
        let new = nodes[key]
        var position = object + 1
        for _ in 0..<members {
            let old = nodes[position]
            if same(text, old, new) { throw JSONFault(.duplicateKey, at: Int(new.start)) }
            position = Int(nodes[position + 1].next)
        }
    }

    /// - Returns: The fingerprint of what a key means, however it is written.
    private func fingerprint(_ text: Text, of key: JSONDocument.Node) -> UInt32 {
        let content = JSONBytes.content(key, in: text)
        guard key.kind == .escapedString else { return JSONDocument.Node.fingerprint(content) }
        return JSONEscapes.decode(content).withUnsafeBufferPointer { JSONDocument.Node.fingerprint($0) }
    }

    private func same(_ text: Text, _ left: JSONDocument.Node, _ right: JSONDocument.Node) -> Bool {
        guard left.detail == right.detail else { return false }
        let (leftText, rightText) = (JSONBytes.content(left, in: text), JSONBytes.content(right, in: text))
        if left.kind == .string, right.kind == .string { return JSONBytes.equal(leftText, rightText) }
        return JSONEscapes.decode(leftText) == JSONEscapes.decode(rightText)
    }

    private mutating func word(
        _ text: Text, _ start: Int, _ word: StaticString, _ kind: JSONDocument.Node.Kind
    ) throws(JSONFault) -> Int {
        let end = start + word.utf8CodeUnitCount
        guard end <= text.count else { throw JSONFault(.syntax, at: start) }
        for offset in 0..<word.utf8CodeUnitCount where text[start + offset] != word.utf8Start[offset] {
            throw JSONFault(.syntax, at: start + offset)
        }
        leaf(kind, start, end)
        return end
    }

    @inline(__always)
    private mutating func leaf(_ kind: JSONDocument.Node.Kind, _ start: Int, _ end: Int) {
        nodes.append(.init(kind, start: start, end: end, next: nodes.count + 1))
    }

    private mutating func number(_ text: Text, _ start: Int) throws(JSONFault) -> Int {
        var position = start
        func digits(_ from: Int) -> Int {
            var end = from
            while end < text.count, text[end] >= 0x30, text[end] <= 0x39 { end += 1 }
            return end
        }
        if position < text.count, text[position] == UInt8(ascii: "-") { position += 1 }
        let whole = digits(position)
        guard whole > position else { throw JSONFault(.syntax, at: start) }
        if text[position] == 0x30, whole - position > 1 { throw JSONFault(.badNumber, at: start) }
        position = whole
        if position < text.count, text[position] == UInt8(ascii: ".") {
            let fraction = digits(position + 1)
            guard fraction > position + 1 else { throw JSONFault(.badNumber, at: start) }
            position = fraction
        }
        if position < text.count, text[position] == UInt8(ascii: "e") || text[position] == UInt8(ascii: "E") {
            var exponent = position + 1
            if exponent < text.count, text[exponent] == UInt8(ascii: "+") || text[exponent] == UInt8(ascii: "-") {
                exponent += 1
            }
            let end = digits(exponent)
            guard end > exponent else { throw JSONFault(.badNumber, at: start) }
            position = end
        }
        leaf(.number, start, position)
        return position
    }

    private mutating func string(_ text: Text, _ start: Int) throws(JSONFault) -> Int {
        var position = start + 1
        var escaped = false
        while true {
            position = JSONBytes.endOfPlain(text, from: position)
            guard position < text.count else { throw JSONFault(.syntax, at: position) }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                leaf(escaped ? .escapedString : .string, start + 1, position)
                return position + 1
            }
            if byte < 0x20 { throw JSONFault(byte == 0 ? .nulCharacter : .syntax, at: position) }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                position = try JSONEscapes.check(text, position)
            } else {
                // Characters beyond ASCII come in runs.
                repeat {
                    position = try UTF8Check.sequenceEnd(text, position)
                } while position < text.count
                    && text[position] >= 0x80
            }
        }
    }
}

/// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    static func sequenceEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) throws(JSONFault) -> Int {
        let first = text[start]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xE1...0xEC, 0xEE, 0xEF: length = 3
        case 0xED: (length, high) = (3, 0x9F)
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, high) = (4, 0x8F)
        default: throw JSONFault(.invalidUTF8, at: start)
        }
        guard start + length <= text.count, text[start + 1] >= low, text[start + 1] <= high else {
            throw JSONFault(.invalidUTF8, at: start)
        }
        for offset in 2..<max(length, 2) where text[start + offset] & 0xC0 != 0x80 {
            throw JSONFault(.invalidUTF8, at: start)
        }
        return start + length
    }
}
