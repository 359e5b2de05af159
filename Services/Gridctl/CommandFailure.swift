import City
import EventLog
import Postgres
import ServiceKit

/// Why a command did not do what it was asked, in both languages, and the exit code that tells scripts.
struct CommandFailure: Error, Sendable, Equatable {
    /// What kind of failure it is; the numbers are those of `sysexits.h`.
    enum Kind: Int32, Sendable {
        /// Done in part, or what was looked for is not there.
        case incomplete = 1
        /// Input or stored data is not fit for it.
        case data = 65
        /// Something it needs is not there, or not now.
        case unavailable = 69
        case internalError = 70
        /// The operating system refused.
        case systemError = 71
        case configuration = 78
    }

    var kind: Kind
    var text: LocalizedText

    init(_ kind: Kind, zh: String, en: String) {
        self.kind = kind
        text = LocalizedText(zh: zh, en: en)
    }

    /// It was done in part, or what was looked for is not there: exit 1.
    static func incomplete(zh: String, en: String) -> CommandFailure { CommandFailure(.incomplete, zh: zh, en: en) }

    /// Input or stored data is not fit for it: exit 65.
    static func data(zh: String, en: String) -> CommandFailure { CommandFailure(.data, zh: zh, en: en) }

    /// The failure an error amounts to; nil for errors of the command line itself, which the parser words better.
    init?(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as TransactionError: self.init(describing: error.cause)
        case let error as PostgresError where error.code == .connectionFailed || error.isConnectionLost:
            self.init(.unavailable, zh: "连不上数据库：\(error)", en: "the database cannot be reached: \(error)")
        case let error as PostgresError where error.code == .settings:
            self.init(.configuration, zh: "数据库地址无法理解：\(error)", en: "\(error)")
        case let error as PostgresError:
            self.init(.internalError, zh: "数据库拒绝：\(error)", en: "the database refused: \(error)")
        case let error as MigrationError:
            self.init(.unavailable, zh: "数据库结构不符：\(error)", en: "the schemas do not fit: \(error)")
        case let error as SettingsError:
            let (zh, en) = (Language.zh, Language.en)
            self.init(
                .configuration, zh: error.faults.map { $0.line(in: zh) }.joined(separator: "\n"),
                en: error.faults.map { $0.line(in: en) }.joined(separator: "\n"))
        case let error as LaneError:
            self.init(.unavailable, zh: "\(error)", en: "\(error)")
        default: return nil
        }
    }
}

extension Language {
    /// The language of whoever sits at the terminal.
    static var terminal: Language { Language.terminal(Terminal.environment) }
}
