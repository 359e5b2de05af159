import City
import Messages

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What clients were told, a line of JSON each: the ground on which the audit stands.
///
/// Lines are on disk before the simulated clock moves on. A line is written only after the answer it records.
final class TruthFile {
    private let file: UnsafeMutablePointer<FILE>

    /// - Throws: ``CommandFailure`` when the file cannot be written.
    init(path: String) throws {
        guard let file = fopen(path, "w") else {
            let reason = String(cString: strerror(errno))
            throw CommandFailure(.systemError, zh: "无法写入 \(path)：\(reason)", en: "cannot write \(path): \(reason)")
        }
        self.file = file
    }

    deinit { fclose(file) }

    /// The first line: what was simulated, and which personal numbers were given away.
    func begin(_ plan: MonthPlan) {
        line(.run) {
            $0.field("seed", String(plan.scenario.seed))
            $0.field("month", plan.scenario.name)
            $0.field("events", plan.scenario.events)
            $0.field("onTheSpot", plan.scenario.onTheSpot)
            $0.key("canaries")
            $0.array(plan.canaries) { $0.value($1) }
        }
    }

    func note(_ publication: Publication, _ answer: IntakeClient.Answer) {
        line(.event) {
            $0.field("source", publication.source)
            $0.field("id", publication.id)
            switch publication.expectation {
            case .accepted: $0.field("expected", "accepted")
            case .repeated: $0.field("expected", "repeated")
            case .conflict: $0.field("expected", "conflict")
            case .rejected(let slug):
                $0.field("expected", "rejected")
                $0.field("slug", slug)
            }
            $0.field("matter", publication.matter)
            $0.field("code", answer.code)
            $0.field("tracking", answer.tracking)
            if answer.isRepeated { $0.field("repeated", true) }
            guard !answer.slugs.isEmpty else { return }
            $0.key("reasons")
            $0.array(answer.slugs) { $0.value($1) }
        }
    }

    func note(_ act: StaffClient.Act, _ answer: StaffClient.Answer) {
        line(.action) {
            $0.field("case", act.caseNumber)
            $0.field("action", act.action.slug)
            $0.field("post", act.post)
            $0.field("at", act.at)
            $0.field("version", answer.version)
            $0.field("state", answer.state)
            $0.field("refused", answer.slug)
        }
    }

    func note(_ answers: [StaffClient.ReviewAnswer], posted: Bool, by reviewer: PostCode) {
        for answer in answers {
            line(.review) {
                $0.field("transfer", answer.transfer)
                $0.field("decision", posted ? "post" : "void")
                $0.field("post", reviewer)
                $0.field("state", answer.state)
                $0.field("refused", answer.slug)
            }
        }
    }

    func end(at now: Timestamp) throws {
        line(.end) { $0.field("clock", now) }
        try flush()
    }

    /// What a line tells of.
    enum Kind: String {
        case run, event, action, review, end
    }

    private func line(_ kind: Kind, _ body: (inout JSONWriter) -> Void) {
        var line = JSONWriter(capacity: 256)
        line.object {
            $0.field("kind", kind.rawValue)
            body(&$0)
        }
        pending += line.bytes
        pending.append(0x0A)
    }

    private var pending: [UInt8] = []

    /// Puts all lines on disk.
    func flush() throws {
        let written = fwrite(pending, 1, pending.count, file)
        guard written == pending.count, fflush(file) == 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandFailure(.systemError, zh: "无法写入记录：\(reason)", en: "the record cannot be written: \(reason)")
        }
        pending.removeAll(keepingCapacity: true)
    }
}
