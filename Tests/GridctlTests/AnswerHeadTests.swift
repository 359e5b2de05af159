import Testing

@testable import Gridctl

@Suite("How the bench reads answers")
struct AnswerHeadTests {
    private func status(_ text: String, first count: Int = .max) -> Int? {
        Array(text.utf8.prefix(count)).withUnsafeBytes(AnswerHead.status)
    }

    @Test("An answer is whole when its body is")
    func whole() {
        let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nX: 1\r\n\r\nabcde"
        #expect(status(answer) == 202)
        for end in 0..<answer.utf8.count { #expect(status(answer, first: end) == nil, "\(end) bytes") }
    }

    @Test("Names of fields have any case, and their order does not matter")
    func names() {
        #expect(status("HTTP/1.1 429 Too Many\r\nretry-after: 1\r\nCONTENT-LENGTH:2\r\n\r\nab") == 429)
        #expect(status("HTTP/1.1 429 Too Many\r\nretry-after: 1\r\nCONTENT-LENGTH:3\r\n\r\nab") == nil)
    }

    @Test("No length is no body")
    func noBody() { #expect(status("HTTP/1.1 204 No Content\r\n\r\n") == 204) }
}
