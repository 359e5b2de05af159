import City
import Messages
import Synchronization

/// A record of what clients were told, as `gridctl audit --truth` reads it.
final class TruthFile: Sendable {
    /// Given away in every report with contact data; stands for nobody.
    static let canary = "13800138123"

    private let lines = Mutex([#"{"kind":"run","canaries":["\#(TruthFile.canary)"]}"#])

    var text: String { lines.withLock { $0.joined(separator: "\n") + "\n" } }

    /// Notes that a report was accepted.
    func note(_ draft: ReportDraft, _ tracking: String) {
        var writer = JSONWriter(capacity: 256)
        writer.object {
            $0.field("kind", "event")
            $0.field("source", draft.source.rawValue)
            $0.field("id", draft.id)
            $0.field("expected", "accepted")
            $0.field("code", 202)
            $0.field("tracking", tracking)
        }
        lines.withLock { $0.append(String(decoding: writer.bytes, as: UTF8.self)) }
    }
}
