import Foundation
import Messages
import TestSupport
import Testing

@Suite("JSON as Foundation's decoder reads it")
struct JSONOracleTests {
    private static let documents = [
        #"{"specversion":"1.0","type":"wangge.report.submitted.v1","id":"a-1","source":"patrol","data":{"occurredAt":"2025-11-03T09:00:00+08:00","title":"井盖缺失","text":"路口\n\"井盖\"","location":{"longitude":103.98,"latitude":30.53},"tags":[1,-2.5e3,true,null,[],{}]}}"#,
        #"[0,-0,1e3,0.5,1E-7,123456789012345678901,{"a":{"b":{"c":[[[]]]}}},"\u7f51\ud83d\ude00\\\/\b\f"]"#,
        " {\t\"空\" : [ ] ,\r\n\"x\":{ } , \"长\":\"\(String(repeating: "网格", count: 40))\" } ",
        #""just text""#, "17", "null",
    ].map { Array($0.utf8) }

    /// What mutations splice in: pieces that break rules in interesting ways.
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u0000", "\\ud800", "\\udc00", "\\n", "null", "true",
            "fals",
            "0", "1", "-", ".", "e", "E+", "1e400", "00", "01", "9223372036854775808", " ", "\n", "\t", "/", "//", "网",
            "\u{FEFF}",
            "\"a\":1,", "\"a\":1,\"a\":2,", "\"\\u0061\":0,", "[[[[", "]]]]", "{\"a\":", "'", "NaN",
        ].map { Array($0.utf8) } + [
            [0x00], [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0x1F], [0x7F], [0xE4, 0xB8],
        ]

    private static func mutate(_ document: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let position = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where position < bytes.count: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 1 where position < bytes.count: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2:
                let end = min(bytes.count, position + Int.random(in: 1...8, using: &random))
                bytes.removeSubrange(position..<end)
            case 3:
                // Doubling a stretch makes repeated keys and deeper nests.
                let end = min(bytes.count, position + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: Array(bytes[position..<end]), at: end)
            default:
                bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: position)
            }
        }
        return bytes
    }

    @Test("30,000 mutated documents: what we read the oracle reads alike; what only it reads we refuse on purpose")
    func mutations() {
        let seed = freshSeed("JSON mutations")
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<30_000 {
            let bytes = Self.mutate(Self.documents[round % Self.documents.count], &random)
            let oracle = FoundationJSON.read(bytes)
            do throws(JSONFault) {
                let root = try JSONDocument(bytes).root
                accepted += 1
                #expect(oracle?.agrees(with: root) == true, "seed \(seed), round \(round): \(bytes)")
            } catch {
                #expect(error.offset >= 0 && error.offset <= bytes.count, "seed \(seed), round \(round)")
                #expect(
                    oracle == nil || FoundationJSON.mayRead(bytes, despite: error),
                    "seed \(seed), round \(round): \(error) in \(bytes)")
            }
        }
        // Both kinds must occur often enough to mean something.
        #expect(accepted > 2_000 && accepted < 28_000, "\(accepted) accepted")
    }

    @Test("10,000 generated documents are read, and read as the oracle reads them")
    func generated() throws {
        let seed = freshSeed("JSON documents")
        var random = SeededGenerator(seed: seed)
        for round in 0..<10_000 {
            var text = ""
            Self.write(&text, depth: 0, &random)
            let bytes = Array(text.utf8)
            let root = try JSONDocument(bytes).root
            #expect(FoundationJSON.read(bytes)?.agrees(with: root) == true, "seed \(seed), round \(round): \(text)")
        }
    }

    private static func write(_ text: inout String, depth: Int, _ random: inout SeededGenerator) {
        func space() { text += ["", "", " ", "\n", "\t\r"][Int.random(in: 0..<5, using: &random)] }
        space()
        switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &random) {
        case 0: text += ["null", "true", "false"][Int.random(in: 0..<3, using: &random)]
        case 1: text += String(Int64(bitPattern: random.next()))
        case 2: text += "\(Double.random(in: -1e6...1e6, using: &random))"
        case 3:
            text +=
                ["1e5", "-0.0", "2E-3", "1e400", "0e0", "123456789.987654321"][Int.random(in: 0..<6, using: &random)]
        case 6:
            text += "["
            let count = Int.random(in: 0..<5, using: &random)
            for index in 0..<count {
                if index > 0 { text += "," }
                write(&text, depth: depth + 1, &random)
            }
            if count == 0 { space() }
            text += "]"
        case 7:
            text += "{"
            for index in 0..<Int.random(in: 0..<5, using: &random) {
                if index > 0 { text += "," }
                space()
                text += "\"k\(index)\(string(&random))\""
                space()
                text += ":"
                write(&text, depth: depth + 1, &random)
            }
            text += "}"
        default: text += "\"\(string(&random))\""
        }
        space()
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let parts = [
            "网格", "a", " ", "\\n", "\\\"", "\\\\", "\\u0041", "\\ud83d\\ude00", "😀", "\u{301}", "\u{7F}", "\\/", "é",
        ]
        return (0..<Int.random(in: 0..<6, using: &random)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &random)]
        }.joined()
    }
}
