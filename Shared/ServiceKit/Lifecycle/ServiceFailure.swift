import NIOCore

/// The exit code and the words for an error that ends a process.
enum ServiceFailure {
    static func describe(_ error: any Error, in language: Language) -> (code: ExitCode, lines: [String]) {
        switch error {
        case let error as UsageError: (.usage, [error.description])
        case let error as SettingsError: (.configuration, error.faults.map { $0.line(in: language) })
        case let error as DependencyUnavailable: (.unavailable, [error.description])
        case let error as IOError: (.systemError, ["the operating system refused: \(error.description)"])
        default: (.internalError, [ErrorText.safe(error)])
        }
    }
}
