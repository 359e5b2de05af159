/// A small generator (SplitMix64) whose numbers depend on the seed alone, so that a drawing is the same everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A generator for one part of a whole, independent of how many numbers other parts have drawn.
    init(seed: UInt64, part first: Int, _ second: Int = 0) {
        var mixer = SeededRandom(seed: seed &+ UInt64(bitPattern: Int64(first)) &* 0x9E37_79B9_7F4A_7C15)
        self.init(seed: mixer.next() ^ (UInt64(bitPattern: Int64(second)) &* 0xD1B5_4A32_D192_ED03))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< 1. Made by hand: the standard library does not promise the same numbers in every version.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number in the range, both ends possible.
    mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }
}
