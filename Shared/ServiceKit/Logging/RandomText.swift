import Synchronization

/// Random text and bytes.
enum RandomText {
    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
    private static let base32Digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// Lower-case hexadecimal digits that nobody else gets. For names of things, not for secrets: who has seen some may
    /// work out the next.
    static func hexadecimal(digits count: Int) -> String {
        text(count, bitsOfDigit: 4, digits: hexadecimalDigits)
    }

    /// As ``hexadecimal(digits:)``, in lower-case base 32 of RFC 4648: no two characters look alike in most typefaces.
    static func base32(characters count: Int) -> String {
        text(count, bitsOfDigit: 5, digits: base32Digits)
    }

    /// Bytes from the system's secure generator.
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }

    private static func text(_ count: Int, bitsOfDigit: Int, digits: [UInt8]) -> String {
        var bits: UInt64 = 0
        var left = 0
        return String(unsafeUninitializedCapacity: count) { text in
            for index in 0..<count {
                if left < bitsOfDigit { (bits, left) = (Numbers.next(), 64) }
                text[index] = digits[Int(bits & UInt64(digits.count - 1))]
                bits >>= UInt64(bitsOfDigit)
                left -= bitsOfDigit
            }
            return count
        }
    }

    /// SplitMix64, begun anywhere: no number comes twice before all have come.
    ///
    /// The system's generator takes a microsecond a number, and a request has five.
    private enum Numbers {
        private static let state = Atomic<UInt64>(UInt64.random(in: .min ... .max))

        static func next() -> UInt64 {
            var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
