import Foundation
import Messages
import Testing

@testable import ServiceKit

/// What request bodies must be.
@Suite struct RequestJSONTests {
    func fault(_ bytes: [UInt8]) -> JSONFault.Code? {
        do throws(JSONFault) {
            _ = try JSONDocument(bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [
        #"{}"#, #"[]"#, #"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, #"{"a":"b","b":"a"}"#, #""text""#,
        #"{"路口":"井盖 \u4e95 \"x\" \\ \/","e":"😀\ud83d\ude00"}"#, "  {\n\"a\" : [1, \"a\", \"a\"] }\n",
    ])
    func honestDocuments(text: String) { #expect(fault(Array(text.utf8)) == nil) }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, JSONFault.Code.duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#"{"x":[{"k":1,"b":[],"k":2}]}"#, .duplicateKey), (#"{"\ud83d\ude00":1,"😀":2}"#, .duplicateKey),
        (#"{"a":"x\u0000y"}"#, .nulCharacter), ("{\"a\":\"x\u{0}\"}", .nulCharacter), ("", .empty),
        (#"{"a":1"#, .syntax), (#"{"a":"open"#, .syntax), (#"[}"#, .syntax), (#"{"a":"\u12"}"#, .syntax),
        ("{\"a\":\"line\nbreak\"}", .syntax), ("\u{FEFF}{}", .syntax), (#"{"a":1]}"#, .syntax),
        (String(repeating: "[", count: 33) + String(repeating: "]", count: 33), .tooDeep),
    ])
    func trickyDocuments(text: String, expected: JSONFault.Code) { #expect(fault(Array(text.utf8)) == expected) }

    @Test func limitsAndEncodings() {
        let keys = (0..<200).map { "\"k\($0)\":1" }
        #expect(fault(Array("{\(keys.joined(separator: ","))}".utf8)) == nil)
        #expect(fault(Array("{\(keys.joined(separator: ",")),\"last\":1}".utf8)) == .tooManyKeys)
        #expect(
            fault(Array(String(repeating: "[", count: 32).utf8) + Array(String(repeating: "]", count: 32).utf8)) == nil)
        #expect(fault([0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D]) == .invalidUTF8)
        #expect(fault([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]) == .syntax)
        #expect(fault([0x00, 0x7B, 0x00, 0x7D]) == .syntax)
    }

    /// What any honest encoder writes passes, whatever the strings are.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func whatEncodersWritePasses(seed: UInt64) throws {
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        func text() -> String {
            let alphabet: [Unicode.Scalar] = [
                "a", "\"", "\\", "/", "\n", "{", "]", ",", ":", "网", "😀", "\u{1F}", "\u{7F}",
            ]
            return String(String.UnicodeScalarView((0..<next(12)).map { _ in alphabet[next(alphabet.count)] }))
        }
        func value(_ depth: Int) -> Any {
            switch next(depth > 5 ? 3 : 5) {
            case 0: return next(1_000)
            case 1: return text()
            case 2: return next(2) == 0
            case 3: return (0..<next(5)).map { _ in value(depth + 1) }
            default:
                let pairs = (0..<next(5)).map { _ in (text(), value(depth + 1)) }
                return Dictionary(pairs) { first, _ in first }
            }
        }
        for _ in 0..<500 {
            let document = try JSONSerialization.data(withJSONObject: [value(0)])
            #expect(fault(Array(document)) == nil, "seed \(seed): \(String(decoding: document, as: UTF8.self))")
        }
    }
}

@Suite struct LanguageTests {
    @Test(arguments: [
        (nil, Language.en), ("", .en), ("zh-CN,zh;q=0.9,en;q=0.8", .zh), ("en-US,en;q=0.9,zh;q=0.8", .en),
        ("fr", .en), ("fr, zh;q=0.1", .zh), ("zh;q=0, en;q=0.1", .en), ("en;q=0.5, zh;q=0.9", .zh), ("*", .en),
        ("zh;q=rubbish", .en), ("ZH-hans", .zh),
    ])
    func acceptLanguage(header: String?, language: Language) { #expect(Language.best(for: header) == language) }

    @Test(arguments: [
        (["LANG": "zh_CN.UTF-8"], Language.zh), (["LANG": "C.UTF-8"], .en), ([:], .en),
        (["LC_ALL": "en_US", "LANG": "zh_CN"], .en), (["LC_ALL": "", "LANG": "zh_CN"], .zh),
    ])
    func terminal(environment: [String: String], language: Language) {
        #expect(Language.terminal(environment) == language)
    }
}
