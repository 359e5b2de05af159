import City
import Foundation
import Messages
import TestSupport
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("Nesting puts commas where they belong")
    func nesting() {
        let text = written {
            $0.object {
                $0.field("a", 1)
                $0.key("b")
                $0.array([1, 2]) { $0.value($1) }
                $0.key("c")
                $0.object { _ in }
                $0.key("d")
                $0.array { _ in }
                $0.key("e")
                $0.raw(json: "[true]".utf8)
                $0.key(dynamic: "键\"")
                $0.null()
                $0.field("f", LocalizedText(zh: "网", en: "grid"))
                $0.field("g", false)
            }
        }
        #expect(
            text
                == #"{"a":1,"b":[1,2],"c":{},"d":[],"e":[true],"键\"":null,"f":{"zh":"网","en":"grid"},"g":false}"#)
    }

    @Test("Fields without a value are left out")
    func absent() {
        let text = written {
            $0.object {
                $0.field("a", nil as Int?)
                $0.field("b", nil as String?)
                $0.field("c", nil as Timestamp?)
                $0.field("d", nil as GridCode?)
                $0.field("e", nil as Double?)
                $0.field("f", nil as Int64?)
                $0.field("g", GridCode("G") as GridCode?)
            }
        }
        #expect(text == #"{"g":"G"}"#)
    }

    @Test(
        "Every character comes back, and control characters are escaped",
        arguments: [
            "", "\"", "\\", "\u{0}\u{1}\u{1F}\u{7F}", "\n\r\t\u{8}\u{C}", "网格 é e\u{301} 😀", "</script>",
            "\u{2028}\u{2029}",
        ])
    func strings(text: String) throws {
        let json = written { $0.value(text) }
        #expect(json.utf8.allSatisfy { $0 >= 0x20 })
        #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == text)
        // What we write we read, but for U+0000, which nothing of ours may carry.
        if !text.contains("\u{0}") { #expect(try JSONDocument(Array(json.utf8)).root.string == text) }
    }

    @Test("Escapes are the short ones, hexadecimal digits are small")
    func escapes() {
        #expect(written { $0.value("\"\\\n\r\t\u{1}\u{1F}\u{8}") } == #""\"\\\n\r\t\u0001\u001f\u0008""#)
    }

    @Test(
        "Whole numbers", arguments: [0, 1, -1, 10, Int64.max, Int64.min, 1_234_567_890])
    func integers(value: Int64) throws {
        let text = written { $0.value(value) }
        #expect(text == String(value))
        #expect(try JSONDocument(Array(text.utf8)).root.int64 == value)
    }

    @Test(
        "Doubles come back as they were; those that are no number are null",
        arguments: [
            (0, "0"), (-0.0, "0"), (12, "12"), (0.1, "0.1"), (103.9876543, "103.9876543"), (-1e12, "-1000000000000.0"),
            (9.223372036854775807e18, "9.223372036854776e+18"), (-9.223372036854775808e18, "-9.223372036854776e+18"),
            (1e-7, "1e-07"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
        ] as [(Double, String)])
    func doubles(value: Double, expected: String) throws {
        let text = written { $0.value(value) }
        #expect(text == expected)
        let read = try JSONDocument(Array(text.utf8)).root
        if value.isFinite { #expect(read.double == value) } else { #expect(read.isNull) }
    }

    @Test("Random doubles come back bit for bit")
    func randomDoubles() throws {
        let seed = freshSeed("doubles")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = written { $0.value(value) }
            #expect(try JSONDocument(Array(text.utf8)).root.double == value, "seed \(seed): \(value)")
        }
    }

    @Test("A writer that was emptied begins anew")
    func reuse() {
        var writer = JSONWriter()
        writer.array([1, 2]) { $0.value($1) }
        writer.removeAll()
        writer.value("x")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"x\"")
    }
}
