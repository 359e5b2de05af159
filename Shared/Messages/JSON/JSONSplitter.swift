/// Cuts a batch into its items without judging them, so that one bad item does not spoil the others.
public enum JSONSplitter {
    /// Items of a JSON array, each as it stands in the text.
    ///
    /// - Throws: ``JSONFault`` when the text is not one array whose strings and brackets close; what is between the
    ///   commas is not checked here.
    public static func items(ofArray text: [UInt8], limits: JSONLimits) throws(JSONFault) -> [ArraySlice<UInt8>] {
        guard text.count <= limits.bytes else { throw JSONFault(.tooLarge, at: limits.bytes) }
        var position = skipSpace(text, 0)
        guard position < text.count else { throw JSONFault(.empty, at: position) }
        guard text[position] == UInt8(ascii: "[") else { throw JSONFault(.syntax, at: position) }
        position += 1
        var items: [ArraySlice<UInt8>] = []
        var start = position
        var depth = 0
        var inString = false
        while position < text.count {
            let byte = text[position]
            if inString {
                if byte == UInt8(ascii: "\\") {
                    position += 1
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]") where depth == 0:
                    let last = trimmed(text[start..<position])
                    if !last.isEmpty {
                        items.append(last)
                    } else if !items.isEmpty {
                        throw JSONFault(.syntax, at: position)
                    }
                    let end = skipSpace(text, position + 1)
                    guard end == text.count else { throw JSONFault(.trailingText, at: end) }
                    return items
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    depth -= 1
                    guard depth >= 0 else { throw JSONFault(.syntax, at: position) }
                case UInt8(ascii: ",") where depth == 0:
                    let item = trimmed(text[start..<position])
                    guard !item.isEmpty else { throw JSONFault(.syntax, at: position) }
                    items.append(item)
                    start = position + 1
                default: break
                }
            }
            position += 1
        }
        throw JSONFault(.syntax, at: text.count)
    }

    /// Lines of NDJSON that are not blank.
    public static func items(ofLines text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: 0x0A).map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func skipSpace(_ text: [UInt8], _ from: Int) -> Int {
        var position = from
        while position < text.count, isSpace(text[position]) { position += 1 }
        return position
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = text
        while let first = slice.first, isSpace(first) { slice.removeFirst() }
        while let last = slice.last, isSpace(last) { slice.removeLast() }
        return slice
    }
}
