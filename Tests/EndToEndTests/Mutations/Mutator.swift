import TestSupport

/// Damages bytes as networks, careless programs and attackers do.
struct Mutator {
    private var generator: SeededGenerator

    init(_ generator: SeededGenerator) { self.generator = generator }

    /// What is put where it does not belong: syntax, escapes, odd characters, extreme numbers, words with a meaning.
    private static let pieces: [[UInt8]] = [
        Array("\"".utf8), Array("{".utf8), Array("}".utf8), Array("[".utf8), Array("]".utf8), Array(":".utf8),
        Array(",".utf8), Array("\\".utf8), Array("\\u0000".utf8), Array("\\ud800".utf8), Array("null".utf8),
        Array("true".utf8), Array("-".utf8), Array("1e999".utf8), Array("-0.0".utf8),
        Array("99999999999999999999".utf8), Array("0.1e-400".utf8), Array("\n".utf8), Array("\r\n\r\n".utf8),
        Array("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[".utf8), Array("\"id\":\"x\",".utf8), Array("\"data\":{},".utf8),
        Array("9999-12-31T23:59:59Z".utf8), Array("0001-01-01T00:00:00Z".utf8), Array("13912345678".utf8),
        Array("';--".utf8), Array("../".utf8), Array("\u{FEFF}".utf8), Array("\u{202E}".utf8), Array("😀".utf8),
        [0x00], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x1F, 0x8B],
    ]

    /// The bytes, damaged in one to four places.
    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = piece
            return
        }
        let place = Int.random(in: bytes.indices, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...24, using: &generator))
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: piece, at: place)
        case 4: bytes.replaceSubrange(place..<end, with: piece)
        case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 6: bytes.removeSubrange(place...)
        case 7:
            // One part of it somewhere else: keys twice, values of the wrong field.
            let part = Array(bytes[place..<end])
            bytes.insert(contentsOf: part, at: Int.random(in: bytes.indices, using: &generator))
        default: bytes.swapAt(place, Int.random(in: bytes.indices, using: &generator))
        }
    }

    private var piece: [UInt8] { mutating get { Self.pieces.randomElement(using: &generator) ?? [] } }

    mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &generator) == 0 }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &generator)]
    }
}
