#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Bytes of a JSON text, looked at many at a time.
enum JSONBytes {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// What a value consists of in the text: a string without its quotes.
    @inline(__always)
    static func content(_ node: JSONDocument.Node, in text: Text) -> Text {
        Text(rebasing: text[Int(node.start)..<Int(node.end)])
    }

    @inline(__always)
    static func equal(_ left: Text, _ right: Text) -> Bool {
        guard left.count == right.count else { return false }
        guard let left = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(left, other, right.count) == 0
    }

    /// The first position from `start` on that is not a plain character of a string: a quote, a backslash, a control
    /// character or a byte outside ASCII; the end of the text if there is none.
    @inline(__always)
    static func endOfPlain(_ text: Text, from start: Int) -> Int {
        var position = start
        guard let base = UnsafeRawPointer(text.baseAddress) else { return position }
        while position + 8 <= text.count {
            let special = specials(in: base.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian)
            if special != 0 { return position + special.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < text.count, isPlain(text[position]) { position += 1 }
        return position
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The top bit of the lowest byte that is not plain is set, and none below it; bits above it mean nothing.
    ///
    /// `(x - 0x01…) & ~x` has the top bit of each zero byte; a borrow reaches only bytes above one that is marked.
    @inline(__always)
    private static func specials(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        let controls = (word &- ones &* 0x20) & ~word
        return (word | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | controls) & tops
    }
}
