import Foundation

/// SplitMix64: the same seed gives the same test, on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A generator of its own for one of several tasks, so that their order does not matter.
    public func branch(_ number: Int) -> SeededGenerator {
        SeededGenerator(seed: state ^ (UInt64(number + 1) &* 0x2545_F491_4F6C_DD1D))
    }
}

/// A seed of this run, printed so that a failure can be had again: with `TEST_SEED` set to it, every test takes it.
public func freshSeed(_ name: String) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("\(name): seed \(seed)")
    return seed
}
