import Testing

@testable import ServiceKit

@Suite struct RandomTextTests {
    @Test func namesHaveTheirLengthAndDigits() {
        for count in [0, 1, 12, 13, 16, 26, 32] {
            let text = RandomText.base32(characters: count)
            #expect(text.utf8.count == count)
            #expect(text.allSatisfy { "abcdefghijklmnopqrstuvwxyz234567".contains($0) })
            let digits = RandomText.hexadecimal(digits: count)
            #expect(digits.utf8.count == count && digits.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test func noNameComesTwiceAndEachDigitIsAsLikely() {
        let names = (0..<20_000).map { _ in RandomText.hexadecimal(digits: 16) }
        #expect(Set(names).count == names.count)
        var counts: [Character: Int] = [:]
        for digit in names.joined() { counts[digit, default: 0] += 1 }
        // 320,000 digits of 16 kinds: 20,000 each, and a standard deviation of 137.
        #expect(counts.count == 16 && counts.values.allSatisfy { (19_000...21_000).contains($0) })
    }

    @Test func threadsGetNamesOfTheirOwn() async {
        let all = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in RandomText.base32(characters: 26) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(all).count == 40_000)
    }

    @Test func bytesAreAsMany() {
        #expect(RandomText.bytes(32).count == 32)
        #expect(RandomText.bytes(32) != RandomText.bytes(32))
    }
}
