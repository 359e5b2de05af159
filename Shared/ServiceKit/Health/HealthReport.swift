/// The findings of all checks at one moment.
public struct HealthReport: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let status: HealthStatus
    }

    public let entries: [Entry]

    public var isOK: Bool { entries.allSatisfy { $0.status == .ok } }

    /// `{"status":"ok","checks":[{"name":"postgres","status":"ok"}]}`; failing checks carry a `reason`.
    public func json() -> [UInt8] {
        var text = JSONText()
        text.object { text in
            text.field("status", isOK ? "ok" : "failing")
            text.key("checks")
            text.array { text in
                for entry in entries {
                    text.object { text in
                        text.field("name", entry.name)
                        switch entry.status {
                        case .ok: text.field("status", "ok")
                        case .failing(let reason):
                            text.field("status", "failing")
                            text.field("reason", reason)
                        }
                    }
                }
            }
        }
        return text.bytes
    }
}
