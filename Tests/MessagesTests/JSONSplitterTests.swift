import Messages
import TestSupport
import Testing

@Suite("Cutting a batch into items")
struct JSONSplitterTests {
    private let limits = JSONLimits(bytes: 4_096)

    private func items(_ text: String) throws(JSONFault) -> [String] {
        try JSONSplitter.items(ofArray: Array(text.utf8), limits: limits).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "Items of an array, as they stand",
        arguments: [
            ("[]", []), (" [ ] ", []), ("[1]", ["1"]), ("[1,2 , 3]", ["1", "2", "3"]),
            ("[{},[],{}]", ["{}", "[]", "{}"]),
            (#"[{"a":[1,{"b":2}]} , "x,]"]"#, [#"{"a":[1,{"b":2}]}"#, #""x,]""#]),
            (#"["a\"],[","b\\"]"#, [#""a\"],[""#, #""b\\""#]), ("\t[\n1\r\n]\n", ["1"]), (#"["网,格"]"#, [#""网,格""#]),
        ] as [(String, [String])])
    func arrays(text: String, expected: [String]) throws {
        #expect(try items(text) == expected)
    }

    @Test("A bad item does not spoil the others: what is between the commas is not judged here")
    func badItems() throws {
        #expect(try items("[1,nonsense,{\"a\"}, 01]") == ["1", "nonsense", "{\"a\"}", "01"])
    }

    @Test(
        "Broken arrays are refused with the place",
        arguments: [
            ("", JSONFault.Code.empty, 0), ("  ", .empty, 2), ("{}", .syntax, 0), ("1", .syntax, 0), ("[", .syntax, 1),
            ("[1", .syntax, 2), ("[1,", .syntax, 3), ("[,1]", .syntax, 1), ("[1,]", .syntax, 3), ("[1,,2]", .syntax, 3),
            ("[1}]", .syntax, 2), ("[\"a]", .syntax, 4), ("[\"a\\", .syntax, 4), ("[1] x", .trailingText, 4),
            ("[1][2]", .trailingText, 3), ("[{]", .syntax, 3),
        ])
    func broken(text: String, code: JSONFault.Code, offset: Int) {
        #expect(throws: JSONFault(code, at: offset)) { try items(text) }
    }

    @Test("A text beyond the limit is refused before it is looked at")
    func tooLarge() {
        let text = [UInt8](repeating: 0x20, count: 4_097)
        #expect(throws: JSONFault(.tooLarge, at: 4_096)) { try JSONSplitter.items(ofArray: text, limits: limits) }
    }

    @Test("Lines of NDJSON; blank ones do not count")
    func lines() {
        let text = "{\"a\":1}\n\r\n  {\"b\":2} \r\n\n\nbroken\n"
        #expect(
            JSONSplitter.items(ofLines: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
                == ["{\"a\":1}", "{\"b\":2}", "broken"])
        #expect(JSONSplitter.items(ofLines: []).isEmpty)
    }

    @Test("Items joined by commas come back, whatever they are")
    func roundTrip() throws {
        let seed = freshSeed("split items")
        var random = SeededGenerator(seed: seed)
        let pool = ["1", "\"]\"", "{\"a\":[{}]}", "[[],[\"\\\\\\\"\"]]", "\",\"", "null", "{\"x\":\"}{\"}", "-1e5"]
        for _ in 0..<2_000 {
            let items = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                pool[Int.random(in: 0..<pool.count, using: &random)]
            }
            let text = "[\(items.joined(separator: [",", " , ", ",\n"][Int.random(in: 0..<3, using: &random)]))]"
            #expect(try self.items(text) == items, "seed \(seed): \(text)")
        }
    }
}
