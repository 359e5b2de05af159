/// Finds any of many texts in bytes, in one pass for each way they begin.
///
/// The passes are Horspool's: they look at every seventh byte or so, because whole databases are searched.
struct Needles: Sendable {
    /// What several texts begin with.
    private struct Prefix: Sendable {
        let bytes: [UInt8]
        /// How far to go on after a byte that stood at the end of the window.
        let skips: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var skips = [Int](repeating: bytes.count, count: 256)
            for (index, byte) in bytes.dropLast().enumerated() { skips[Int(byte)] = bytes.count - 1 - index }
            self.skips = skips
        }

        func position(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
            var position = start
            while position + bytes.count <= text.count {
                let last = text[position + bytes.count - 1]
                if last == bytes[bytes.count - 1], text[position..<position + bytes.count].elementsEqual(bytes) {
                    return position
                }
                position += skips[Int(last)]
            }
            return nil
        }
    }

    private let groups: [(prefix: Prefix, texts: [[UInt8]])]
    private static let prefixLength = 7

    /// - Parameter texts: Each has at least seven bytes; shorter ones are not looked for.
    init(_ texts: some Sequence<String>) {
        let bytes = Set(texts.map { Array($0.utf8) }.filter { $0.count >= Self.prefixLength })
        groups = Dictionary(grouping: bytes) { Array($0.prefix(Self.prefixLength)) }
            .map { (prefix: Prefix($0.key), texts: $0.value) }
    }

    var isEmpty: Bool { groups.isEmpty }

    /// Whether any of the texts is in the bytes.
    func isAny(in text: UnsafeRawBufferPointer) -> Bool {
        groups.contains { prefix, texts in
            var start = 0
            while let found = prefix.position(in: text, from: start) {
                let tail = text[found...]
                if texts.contains(where: { tail.starts(with: $0) }) { return true }
                start = found + 1
            }
            return false
        }
    }
}
