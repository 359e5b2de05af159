import Messages
import Testing

@testable import Intake

@Suite("Digests of submissions")
struct SubmissionDigestTests {
    private func digest(_ text: String) throws -> [UInt8] {
        SubmissionDigest.of(try JSONDocument(Array(text.utf8)).root)
    }

    @Test(
        "Spacing, order of keys and ways of escaping do not matter",
        arguments: [
            (#"{"a":1,"b":[1,2]}"#, "{ \"b\" : [ 1 ,\n2 ] ,\t\"a\" : 1 }"), (#"{"a":"网"}"#, #"{"\u0061":"\u7f51"}"#),
            (#"{"a":"x/y"}"#, #"{"a":"x\/y"}"#), (#"{"a":{"c":1,"b":2}}"#, #"{"a":{"b":2,"c":1}}"#), ("{}", "{ }"),
        ])
    func same(one: String, other: String) throws {
        #expect(try digest(one) == digest(other))
    }

    @Test("Everything else matters: no two of these are alike")
    func different() throws {
        let texts = [
            "{}", "[]", "null", "true", "false", "0", "1", "1.0", "\"\"", "\"1\"", "\"true\"", #"{"a":1}"#,
            #"{"a":"1"}"#, #"{"a":null}"#,
            #"{"b":1}"#, #"{"a":1,"b":1}"#, #"{"ab":1}"#, "[1,2]", "[2,1]", "[[1],2]", "[1,[2]]", "[12]", #"["1","2"]"#,
            #"["12",""]"#,
            #"{"a":{"b":1}}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":"b\":1"}"#, "\"\u{E9}\"", "\"e\u{301}\"",
        ]
        let digests = try texts.map { try digest($0) }
        #expect(Set(digests).count == texts.count)
        #expect(digests.allSatisfy { $0.count == 16 })
    }

    @Test("Stored digests keep their value from version to version")
    func stable() throws {
        #expect(SubmissionDigest.version == 1)
        let digest = try digest(#"{"title":"井盖","n":[1,true,null]}"#)
        #expect(
            digest.map { String($0, radix: 16) }.joined(separator: " ")
                == "6c 26 e6 4b 57 72 d2 48 66 3f ea 9e 98 6a 7 7b")
    }
}
