public import City
public import Logging

/// A word a service's command line understands besides `run`, such as `migrate`.
public struct ServiceCommand: Sendable {
    public let name: String
    public let help: LocalizedText
    /// Words that may follow the name, such as `--dry-run`.
    public let flags: Set<String>
    let run: @Sendable (_ settings: Settings, _ flags: Set<String>, _ logger: Logger) async throws -> Void

    /// - Parameter run: Gets the flags that were given. Throws as a service's `build` does.
    public init(
        _ name: String, help: LocalizedText, flags: Set<String> = [],
        run: @escaping @Sendable (_ settings: Settings, _ flags: Set<String>, _ logger: Logger) async throws -> Void
    ) {
        self.name = name
        self.help = help
        self.flags = flags
        self.run = run
    }
}

/// What a command line asks for.
struct CommandLineRequest: Equatable {
    var command = "run"
    var flags: Set<String> = []
    /// `--http-port=7200` by dotted name.
    var options: [String: String] = [:]

    /// - Parameter arguments: Without the name of the program.
    init(_ arguments: [String]) throws(UsageError) {
        var words: [String] = []
        for argument in arguments {
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                options[SettingName.dotted(option: argument[..<equals])] =
                    String(argument[argument.index(after: equals)...])
            } else if argument.hasPrefix("-"), !["--help", "-h", "--version"].contains(argument) {
                flags.insert(argument)
            } else {
                words.append(argument)
            }
        }
        guard words.count <= 1 else { throw UsageError("one command at a time: \(words.joined(separator: " "))") }
        if let word = words.first { command = word }
    }
}

/// The command line cannot be understood.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
