import Messages
import TestSupport
import Testing

@Suite("Reading values of a JSON document")
struct JSONValueTests {
    private func root(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }

    @Test(
        "Whole numbers are exact or nothing",
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil), ("1.0", nil),
            ("1e3", nil), ("123456789012345678901234567890", nil), ("\"1\"", nil), ("true", nil), ("null", nil),
        ] as [(String, Int64?)])
    func int64(text: String, expected: Int64?) throws {
        #expect(try root(text).int64 == expected)
        #expect(try root(text).int == expected.map { Int($0) })
    }

    @Test(
        "Numbers are the nearest double, or nothing when they have none",
        arguments: [
            ("0", 0), ("103.9876543", 103.9876543), ("1e3", 1_000), ("1E-2", 0.01), ("-1.5e+2", -150),
            ("9223372036854775808", 9_223_372_036_854_775_808), ("5e-324", Double.leastNonzeroMagnitude), ("1e-400", 0),
            ("1e400", nil),
            ("-1e400", nil), ("1.7976931348623157e308", Double.greatestFiniteMagnitude), ("\"1\"", nil), ("[]", nil),
        ] as [(String, Double?)])
    func double(text: String, expected: Double?) throws {
        #expect(try root(text).double == expected)
    }

    @Test("Minus zero keeps its sign as a double")
    func minusZero() throws { #expect(try root("-0").double?.sign == .minus) }

    @Test(
        "Escapes are undone",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u7f51\u683C""#, "网格"),
            (#""\ud83d\ude00!""#, "😀!"), (#""a\u0001b""#, "a\u{1}b"), (#""\uFFFF""#, "\u{FFFF}"), (#""""#, ""),
            ("\"\u{7F}\u{80}网\u{10FFFF}\"", "\u{7F}\u{80}网\u{10FFFF}"),
        ])
    func strings(text: String, expected: String) throws {
        let value = try root(text)
        #expect(value.isString)
        #expect(value.string.map { Array($0.utf8) } == Array(expected.utf8))
        #expect(value.stringBytes.map { Array($0) } == Array(expected.utf8))
        #expect(Array(value.rawBytes) == Array(text.utf8))
    }

    @Test("Members are found by key, also one written with escapes, and kept in order")
    func members() throws {
        let value = try root(#" { "b" : 1 , "\u0061" : [ 2 , {"x":null} ] , "网格":"g" } "#)
        #expect(value.isObject && !value.isArray)
        #expect(value["b"]?.int == 1)
        #expect(value["a"]?.elements.map(\.int) == [2, nil])
        #expect(value["a"]?.elements[1]["x"]?.isNull == true)
        #expect(value[dynamic: "网格"]?.string == "g")
        #expect(value["网格"]?.string == "g")
        #expect(value["c"] == nil && value["x"] == nil && value["b"]?["b"] == nil)
        #expect(value.members.map(\.key) == ["b", "a", "网格"])
        #expect(value["a"].map { String(decoding: $0.rawBytes, as: UTF8.self) } == #"[ 2 , {"x":null} ]"#)
        #expect(value.elements.isEmpty && value["a"]?.members.isEmpty == true)
    }

    @Test("Among many keys each is found and none twice, whatever their lengths and beginnings")
    func manyKeys() throws {
        var random = SeededGenerator(seed: freshSeed("keys of objects"))
        for _ in 0..<300 {
            // Few letters, so that keys are much alike.
            let names = Set(
                (0..<Int.random(in: 1...150, using: &random)).map { _ in
                    String(
                        (0..<Int.random(in: 0...12, using: &random)).map { _ in
                            "ab网"["ab网".indices.randomElement(using: &random) ?? "".startIndex]
                        })
                })
            var keys = names.shuffled(using: &random)
            let absent = keys.removeLast()
            func text(_ keys: [String]) -> String {
                "{" + keys.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
            }
            let object = try root(text(keys))
            #expect(keys.enumerated().allSatisfy { object[dynamic: $1]?.int == $0 })
            #expect(object[dynamic: absent] == nil)
            guard let repeated = keys.randomElement(using: &random) else { continue }
            let written = Bool.random(using: &random) ? repeated : repeated.replacing("a", with: "\\u0061")
            let doubled = text(keys + [written])
            let place = doubled.utf8.count - "\"\(written)\":\(keys.count)}".utf8.count + 1
            #expect(throws: JSONFault(.duplicateKey, at: place)) { try root(doubled) }
        }
    }

    @Test("A value is of exactly one kind")
    func kinds() throws {
        let values = try root(#"[null,true,false,1,"s",[],{}]"#).elements
        #expect(values.map(\.isNull) == [true, false, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, false, nil, nil, nil, nil])
        #expect(values.map(\.isNumber) == [false, false, false, true, false, false, false])
        #expect(values.map(\.isString) == [false, false, false, false, true, false, false])
        #expect(values.map(\.isArray) == [false, false, false, false, false, true, false])
        #expect(values.map(\.isObject) == [false, false, false, false, false, false, true])
    }

    @Test("A slice of a longer text is read by its own offsets")
    func slice() throws {
        let text = Array("xx[1,\"网\"]yy".utf8)
        let document = try JSONDocument(text[2..<text.count - 2])
        #expect(document.root.elements.map(\.string) == [nil, "网"])
    }
}
