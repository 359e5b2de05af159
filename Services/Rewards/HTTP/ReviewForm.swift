import City
import Messages
import ServiceKit

/// What a reviewer sends: `{"decision": "post" | "void", "reason": "…", "claims": [1, 2]}`.
struct ReviewForm {
    let decision: ReviewDecision
    /// At most a thousand characters; voiding wants one.
    let reason: String?
    /// The claims decided on; empty when the address names the claim.
    let claims: [Int64]

    /// Claims of one request.
    static let mostClaims = 500
    private static let longestReason = 1_000

    init(_ document: JSONDocument, listsClaims: Bool) throws(Problem) {
        let root = document.root
        guard root.isObject else { throw Self.fault("", "wrong-type") }
        guard let word = root["decision"] else { throw Self.fault("/decision", "missing") }
        guard let decision = word.string.flatMap(ReviewDecision.init) else {
            throw Self.fault("/decision", "unknown-value")
        }
        self.decision = decision
        reason = try Self.reason(root)
        guard decision == .post || reason != nil else { throw Self.fault("/reason", "missing") }
        claims = listsClaims ? try Self.claims(root) : []
    }

    private static func reason(_ root: JSONValue) throws(Problem) -> String? {
        guard let value = root["reason"], !value.isNull else { return nil }
        guard let text = value.string else { throw fault("/reason", "wrong-type") }
        guard text.unicodeScalars.count <= longestReason else { throw fault("/reason", "too-long") }
        return text.isEmpty ? nil : text
    }

    private static func claims(_ root: JSONValue) throws(Problem) -> [Int64] {
        guard let list = root["claims"] else { throw fault("/claims", "missing") }
        guard list.isArray else { throw fault("/claims", "wrong-type") }
        let elements = list.elements
        guard !elements.isEmpty, elements.count <= mostClaims else {
            throw Problem(
                .unprocessable,
                detail: LocalizedText(zh: "一次 1 至 \(mostClaims) 项", en: "send 1 to \(mostClaims) claims"))
        }
        return try elements.enumerated().map { index, element throws(Problem) in
            guard let claim = element.int64 else { throw fault("/claims/\(index)", "wrong-type") }
            return claim
        }
    }

    private static func fault(_ pointer: String, _ slug: String) -> Problem {
        Problem(.invalidBody, errors: [.init(pointer: pointer, slug: slug)])
    }
}
