import Messages
import Testing

@Suite("What is refused as JSON, and where")
struct JSONFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: [UInt8]
        var code: JSONFault.Code
        var offset: Int

        init(_ text: String, _ code: JSONFault.Code, at offset: Int) {
            self.init(bytes: Array(text.utf8), code, at: offset)
        }

        init(bytes text: [UInt8], _ code: JSONFault.Code, at offset: Int) {
            self.text = text
            self.code = code
            self.offset = offset
        }

        var testDescription: String { "\(String(decoding: text.prefix(40), as: UTF8.self)): \(code.rawValue)" }
    }

    private func fault(_ text: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONFault? {
        do throws(JSONFault) {
            _ = try JSONDocument(text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test("A key is as long as the limit allows, and no longer")
    func longKeys() {
        func text(_ count: Int) -> [UInt8] { Array("{\"\(String(repeating: "k", count: count))\":1}".utf8) }
        #expect(fault(text(512)) == nil)
        #expect(fault(text(513)) == JSONFault(.tooLarge, at: 516))
    }

    @Test("Keys with escapes that are much alike cost no more than others")
    func alikeKeys() throws {
        // Each differs from the others in its middle alone, which no fingerprint shows.
        let keys = (0..<199).map { number in
            let tail = String(repeating: "\\u0061", count: 20)
            return "\"\(tail)\(number + 1_000)\(tail)\":\(number)"
        }
        let root = try JSONDocument(Array("{\(keys.joined(separator: ","))}".utf8)).root
        let plain = String(repeating: "a", count: 20)
        for number in 0..<199 { #expect(root[dynamic: "\(plain)\(number + 1_000)\(plain)"]?.int == number) }
        let twice = keys + ["\"\(plain)1007\(plain)\":0"]
        #expect(fault(Array("{\(twice.joined(separator: ","))}".utf8))?.code == .duplicateKey)
    }

    static let structure = [
        Case("", .empty, at: 0), Case(" \t\r\n", .empty, at: 4), Case("{", .syntax, at: 1), Case("[", .syntax, at: 1),
        Case("[1", .syntax, at: 2), Case("[1,", .syntax, at: 3), Case("[1,]", .syntax, at: 3),
        Case("[,1]", .syntax, at: 1), Case("[1 2]", .syntax, at: 3), Case("[1}", .syntax, at: 2),
        Case("{\"a\"}", .syntax, at: 4), Case("{\"a\":}", .syntax, at: 5), Case("{\"a\":1", .syntax, at: 6),
        Case("{\"a\":1,}", .syntax, at: 7), Case("{a:1}", .syntax, at: 1), Case("{'a':1}", .syntax, at: 1),
        Case("{1:1}", .syntax, at: 1), Case("{\"a\":1]", .syntax, at: 6), Case("nul", .syntax, at: 0),
        Case("nulL", .syntax, at: 3), Case("True", .syntax, at: 0), Case("falsy", .syntax, at: 4),
        Case("NaN", .syntax, at: 0), Case("Infinity", .syntax, at: 0), Case("undefined", .syntax, at: 0),
        Case("// a\n1", .syntax, at: 0), Case("\u{FEFF}1", .syntax, at: 0), Case("\u{A0}1", .syntax, at: 0),
        Case("1 1", .trailingText, at: 2), Case("{} x", .trailingText, at: 3), Case("[]]", .trailingText, at: 2),
        Case("nullnull", .trailingText, at: 4),
    ]

    static let numbers = [
        Case("01", .badNumber, at: 0), Case("[-01]", .badNumber, at: 1), Case("00", .badNumber, at: 0),
        Case("1.", .badNumber, at: 0), Case("1.e3", .badNumber, at: 0), Case("1e", .badNumber, at: 0),
        Case("1E+", .badNumber, at: 0), Case("-", .syntax, at: 0), Case("+1", .syntax, at: 0),
        Case(".5", .syntax, at: 0), Case("-.5", .syntax, at: 0), Case("--1", .syntax, at: 0),
        Case("1.5.5", .trailingText, at: 3), Case("0x10", .trailingText, at: 1), Case("1_000", .trailingText, at: 1),
    ]

    static let strings = [
        Case("\"", .syntax, at: 1), Case("\"abc", .syntax, at: 4), Case("\"a\\", .syntax, at: 2),
        Case("\"\\x\"", .syntax, at: 2), Case("\"\\'\"", .syntax, at: 2), Case("\"\\u12\"", .syntax, at: 1),
        Case("\"\\u12g4\"", .syntax, at: 1), Case("\"a\nb\"", .syntax, at: 2), Case("\"a\tb\"", .syntax, at: 2),
        Case("\"a\u{0}b\"", .nulCharacter, at: 2), Case("\"a\\u0000\"", .nulCharacter, at: 2),
        Case("\"\\ud800\"", .loneSurrogate, at: 1), Case("\"\\udc00\"", .loneSurrogate, at: 1),
        Case("\"\\ud800\\u0041\"", .loneSurrogate, at: 1), Case("\"\\ud800\\ud800\"", .loneSurrogate, at: 1),
        Case("\"\\ud83d \\ude00\"", .loneSurrogate, at: 1),
    ]

    static let encoding: [Case] = [
        ([0x80], "lone continuation"), ([0xC0, 0x80], "overlong"), ([0xC1, 0xBF], "overlong"), ([0xC3], "cut"),
        ([0xE0, 0x9F, 0xBF], "overlong"), ([0xE4, 0xB8], "cut"), ([0xE4, 0x22, 0xAD], "broken"),
        ([0xED, 0xA0, 0x80], "surrogate"), ([0xF0, 0x8F, 0xBF, 0xBF], "overlong"),
        ([0xF4, 0x90, 0x80, 0x80], "too large"),
        ([0xF5, 0x80, 0x80, 0x80], "too large"), ([0xF0, 0x9F, 0x98], "cut"), ([0xFF], "never"),
    ].map { bytes, _ in Case(bytes: [0x22, 0x61] + bytes + [0x22], .invalidUTF8, at: 2) }

    static let keys = [
        Case("{\"a\":1,\"a\":2}", .duplicateKey, at: 8), Case("{\"a\":1,\"\\u0061\":2}", .duplicateKey, at: 8),
        Case("{\"\\u0061\":1,\"a\":2}", .duplicateKey, at: 13), Case("{\"\":1,\"\":2}", .duplicateKey, at: 7),
        Case("[{\"b\":{\"a\":[1],\"c\":2,\"a\":1}}]", .duplicateKey, at: 22),
        Case("{\"网\":1,\"\\u7f51\":2}", .duplicateKey, at: 10),
    ]

    @Test("The first fault is named with its place", arguments: structure + numbers + strings + encoding + keys)
    func table(_ one: Case) {
        #expect(fault(one.text) == JSONFault(one.code, at: one.offset))
    }

    @Test("UTF-16 and UTF-32 are not read")
    func otherEncodings() {
        #expect(fault([0x7B, 0x00, 0x7D, 0x00]) != nil)
        #expect(fault([0xFF, 0xFE, 0x31, 0x00]) != nil)
        #expect(fault([0x00, 0x00, 0x00, 0x31]) != nil)
    }

    @Test("The same key in another object, and keys that differ in case or form, are fine")
    func differentKeys() {
        for text in [
            "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "{\"a\":1,\"A\":2}", "{\"\u{E9}\":1,\"e\u{301}\":2}",
            "[{\"a\":1},{\"a\":1}]",
        ] {
            #expect(fault(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("Depth, width and size are limited, each exactly at its limit")
    func limits() {
        let limits = JSONLimits(bytes: 64, depth: 3, keys: 2)
        #expect(fault(Array("[[[]]]".utf8), limits: limits) == nil)
        #expect(fault(Array("[[[[]]]]".utf8), limits: limits) == JSONFault(.tooDeep, at: 3))
        #expect(fault(Array("[{\"a\":{\"b\":{}}}]".utf8), limits: limits) == JSONFault(.tooDeep, at: 11))
        #expect(fault(Array("{\"a\":1,\"b\":2}".utf8), limits: limits) == nil)
        #expect(fault(Array("{\"a\":1,\"b\":2,\"c\":3}".utf8), limits: limits) == JSONFault(.tooManyKeys, at: 18))
        #expect(fault(Array("\"\(String(repeating: "x", count: 62))\"".utf8), limits: limits) == nil)
        #expect(
            fault(Array("\"\(String(repeating: "x", count: 63))\"".utf8), limits: limits)
                == JSONFault(.tooLarge, at: 64))
    }

    @Test("A megabyte of brackets is refused without exhausting the stack")
    func bracketBomb() {
        let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(fault(bomb, limits: JSONLimits(bytes: 2 << 20)) == JSONFault(.tooDeep, at: 32))
    }

    @Test("A fault says what and where, never the text")
    func description() {
        #expect(fault(Array("{\"phone\":13800138000x}".utf8))?.description == "syntax at byte 20")
    }
}
