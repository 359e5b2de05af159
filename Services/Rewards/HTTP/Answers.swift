import City
import HTTPTypes
import Messages
import ServiceKit

extension Claim {
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("claim", transfer)
            $0.field("state", state.rawValue)
            $0.field("case", key.caseID.value)
            $0.field("owner", key.owner)
            $0.field("kind", key.kind)
            $0.field("points", points)
            $0.field("grid", grid)
            $0.field("reviewGrid", reviewGrid)
            $0.field("day", day.iso8601)
            $0.field("openedAt", openedAt)
            $0.field("expiresAt", expiresAt)
            $0.field("resolvedBy", resolvedBy)
        }
    }
}

extension LedgerReading.Statement {
    func write(owner: PostCode, fenPerPoint: Int, to writer: inout JSONWriter) {
        writer.object {
            $0.field("owner", owner)
            $0.field("posted", posted)
            $0.field("pending", pending)
            // What a point is worth when it is redeemed now.
            $0.field("fenPerPoint", fenPerPoint)
            $0.key("entries")
            $0.array(lines) { writer, line in
                writer.object {
                    $0.field("claim", line.transfer)
                    $0.field("state", line.state.rawValue)
                    $0.field("kind", line.kind)
                    $0.field("points", line.points)
                    $0.field("case", line.caseID.value)
                    $0.field("openedAt", line.openedAt)
                    $0.field("resolvedAt", line.resolvedAt)
                    $0.field("reason", line.reason)
                }
            }
        }
    }
}

extension ReviewOutcome {
    private static let alreadyResolvedKind = ProblemKind(
        "claim-already-resolved", .conflict, zh: "该积分申请已作出其他结论", en: "The claim was resolved otherwise")
    private static let ownWorkKind = ProblemKind(
        "own-claim", .forbidden, zh: "不能审核自己的积分", en: "Nobody reviews their own claim")

    /// What the reviewer of one claim is told. Nothing is wrong with one that is done.
    var problem: Problem {
        switch self {
        case .done: Problem(.internalError)
        case .notFound: Problem(.notFound)
        case .ownWork: Problem(Self.ownWorkKind)
        case .alreadyResolved(let state):
            Problem(
                Self.alreadyResolvedKind,
                detail: LocalizedText(zh: "现为 \(state.rawValue)", en: "it is \(state.rawValue)"))
        }
    }

    /// One item of a batch's answer: the state the claim has, or why nothing was decided.
    func write(claim: Int64, to writer: inout JSONWriter) {
        writer.object {
            $0.field("claim", claim)
            switch self {
            case .done(let claim): $0.field("state", claim.state.rawValue)
            case .alreadyResolved(let state):
                $0.field("slug", problem.kind.slug)
                $0.field("state", state.rawValue)
            case .notFound, .ownWork: $0.field("slug", problem.kind.slug)
            }
        }
    }
}
