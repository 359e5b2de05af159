import City
import Messages
import ServiceKit
import Testing

@testable import Rewards

@Suite("What a reviewer sends and is told")
struct ReviewFormTests {
    private func form(_ text: String, listsClaims: Bool = false) throws -> ReviewForm {
        try ReviewForm(JSONDocument(Array(text.utf8)), listsClaims: listsClaims)
    }

    @Test("Good forms")
    func good() throws {
        let one = try form(#"{"decision": "post", "claims": "not looked at"}"#)
        #expect(one.decision == .post && one.reason == nil && one.claims.isEmpty)
        let many = try form(#"{"decision": "void", "reason": "不实", "claims": [3, 1, 3]}"#, listsClaims: true)
        #expect(many.decision == .void && many.reason == "不实" && many.claims == [3, 1, 3])
    }

    @Test(
        "Bad forms are told which field is wrong",
        arguments: [
            ("[]", "", "wrong-type"), ("{}", "/decision", "missing"),
            (#"{"decision": "expire"}"#, "/decision", "unknown-value"),
            (#"{"decision": 1}"#, "/decision", "unknown-value"), (#"{"decision": "void"}"#, "/reason", "missing"),
            (#"{"decision": "void", "reason": ""}"#, "/reason", "missing"),
            (#"{"decision": "post", "reason": 5}"#, "/reason", "wrong-type"),
            (#"{"decision": "post"}"#, "/claims", "missing"),
            (#"{"decision": "post", "claims": 5}"#, "/claims", "wrong-type"),
            (#"{"decision": "post", "claims": [5, "6"]}"#, "/claims/1", "wrong-type"),
        ])
    func bad(text: String, pointer: String, slug: String) throws {
        let problem = #expect(throws: Problem.self) { try form(text, listsClaims: true) }
        #expect(problem?.kind.slug == "invalid-body")
        #expect(problem?.errors.first?.pointer == pointer && problem?.errors.first?.slug == slug)
    }

    @Test("Limits")
    func limits() throws {
        let claims = { (count: Int) in "[\((0..<count).map(String.init).joined(separator: ","))]" }
        #expect(try form(#"{"decision": "post", "claims": \#(claims(500))}"#, listsClaims: true).claims.count == 500)
        for count in [0, 501] {
            let problem = #expect(throws: Problem.self) {
                try form(#"{"decision": "post", "claims": \#(claims(count))}"#, listsClaims: true)
            }
            #expect(problem?.kind.slug == "unprocessable")
        }
        let long = String(repeating: "长", count: 1_000)
        #expect(try form(#"{"decision": "post", "reason": "\#(long)"}"#).reason == long)
        #expect(throws: Problem.self) { try form(#"{"decision": "post", "reason": "\#(long)长"}"#) }
    }

    @Test("Each outcome of a batch has its line")
    func answers() {
        let claim = ReviewRulesTests.claim(.posted)
        let outcomes: [(ReviewOutcome, String)] = [
            (.done(claim), #"{"claim":9,"state":"posted"}"#), (.notFound, #"{"claim":9,"slug":"not-found"}"#),
            (.ownWork, #"{"claim":9,"slug":"own-claim"}"#),
            (.alreadyResolved(.voided), #"{"claim":9,"slug":"claim-already-resolved","state":"voided"}"#),
        ]
        for (outcome, line) in outcomes {
            var writer = JSONWriter()
            outcome.write(claim: 9, to: &writer)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == line)
        }
        var writer = JSONWriter()
        claim.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"claim":9,"state":"posted","case":1,"owner":"worker-a","kind":"valid-report","points":1,"#
                + #""grid":"A","reviewGrid":"C1","day":"2026-06-03","openedAt":"\#(claim.openedAt.rfc3339)","#
                + #""expiresAt":"\#(claim.expiresAt.rfc3339)","resolvedBy":"reviewer-1"}"#)
    }
}
