import Messages
import TestSupport

extension FuzzTarget {
    static let jsonTargets = [
        FuzzTarget("json") { try JSONOracle.check($0) },
        FuzzTarget("json-items") { try JSONItems.check($0) },
    ]
}

/// What we read Foundation reads alike; what only Foundation reads we refuse for a reason.
private enum JSONOracle {
    static func check(_ bytes: [UInt8]) throws {
        let oracle = FoundationJSON.read(bytes)
        let document: JSONDocument
        do throws(JSONFault) {
            document = try JSONDocument(bytes)
        } catch {
            try promise((0...bytes.count).contains(error.offset), "\(error) lies outside the text")
            try promise(
                oracle == nil || FoundationJSON.mayRead(bytes, despite: error),
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
