import City
import Messages

@testable import Rewards
@testable import Router

extension FuzzTarget {
    static let formTargets = [FuzzTarget("forms") { try Forms.check($0) }]
}

/// What people send is understood within its limits or refused.
private enum Forms {
    private static let actions = [
        "accept", "start", "return", "handle", "check", "dispatch", "decline", "void", "locate", "acknowledge",
    ]
    private static let actor = Actor(post: PostCode("W1"), roles: [], jurisdiction: [])

    /// The first byte picks the form.
    static func check(_ bytes: [UInt8]) throws {
        let (choice, text) = bytes.split
        guard let document = try? JSONDocument(text) else { return }
        if choice % 4 == 0 {
            guard let form = try? ReviewForm(document, listsClaims: true) else { return }
            try promise((1...ReviewForm.mostClaims).contains(form.claims.count), "\(form.claims.count) claims")
            try promise(form.decision == .post || form.reason != nil, "voided without a reason")
        } else {
            _ = try? ActionReader.request(
                document.root, pointer: "", caseName: "1", slug: actions[choice % actions.count], actor: actor,
                traceparent: "")
        }
    }
}
