import Testing

@testable import Intake

@Suite("Sealing")
struct SealingTests {
    private let sealing = Sealing(secret: "a secret of at least thirty-two bytes", version: 3)
    private let plain = Array("13800138000".utf8)

    @Test("What was sealed opens at its place, and nowhere else")
    func place() throws {
        let sealed = try sealing.seal(plain, place: "intake.contact.sealed", row: 7)
        #expect(try sealing.open(sealed, place: "intake.contact.sealed", row: 7) == plain)
        #expect(throws: (any Error).self) { try sealing.open(sealed, place: "intake.contact.sealed", row: 8) }
        #expect(throws: (any Error).self) { try sealing.open(sealed, place: "intake.rejection.sealed", row: 7) }
    }

    @Test("Another key does not open it; the same secret does")
    func key() throws {
        let sealed = try sealing.seal(plain, place: "p", row: 1)
        let other = Sealing(secret: "another secret of thirty-two bytes and more", version: 3)
        #expect(throws: (any Error).self) { try other.open(sealed, place: "p", row: 1) }
        let again = Sealing(secret: "a secret of at least thirty-two bytes", version: 4)
        #expect(try again.open(sealed, place: "p", row: 1) == plain)
        #expect(sealing.keyVersion == 3)
    }

    @Test("A change of any byte is noticed")
    func tampering() throws {
        let sealed = try sealing.seal(plain, place: "p", row: 1)
        for position in sealed.indices {
            var changed = sealed
            changed[position] ^= 1
            #expect(throws: (any Error).self) { try sealing.open(changed, place: "p", row: 1) }
        }
        for length in 0..<sealed.count {
            #expect(throws: (any Error).self) { try sealing.open(Array(sealed[..<length]), place: "p", row: 1) }
        }
    }

    @Test("The same content is sealed differently each time, and its form names the algorithm")
    func nonce() throws {
        let first = try sealing.seal(plain, place: "p", row: 1)
        let second = try sealing.seal(plain, place: "p", row: 1)
        #expect(first != second && first.first == 1 && first.count == 1 + 12 + plain.count + 16)
        let empty = try sealing.seal([], place: "p", row: 1)
        #expect(try sealing.open(empty, place: "p", row: 1).isEmpty)
    }
}
