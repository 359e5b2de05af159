/// Shows the lines a service writes, each behind the service's name in a colour of its own.
struct ServiceVoice: Sendable {
    private static let colours: [Screen.Colour] = [.cyan, .green, .magenta, .yellow, .blue]
    private static let width = (SuiteExecutable.all.map(\.name.count).max() ?? 0) + 1

    private let prefix: String
    private let logs: SuiteConfiguration.Logs
    private let screen: Screen

    init(_ executable: SuiteExecutable, logs: SuiteConfiguration.Logs, screen: Screen) {
        let padded = executable.name + String(repeating: " ", count: Self.width - executable.name.count)
        prefix = screen.coloured("\(padded)│ ", Self.colours[executable.portOffset % Self.colours.count])
        self.logs = logs
        self.screen = screen
    }

    func say(_ line: String) {
        switch logs {
        case .none: return
        case .json: screen.line(line)
        case .text: screen.line(prefix + coloured(line))
        }
    }

    /// The services colour their lines only for a terminal of their own.
    private func coloured(_ line: String) -> String {
        // `08:30:00.000 WARNING  intake  …`
        let level = line.dropFirst(13).prefix { $0 != " " }
        switch level {
        case "WARNING": return screen.coloured(line, .yellow)
        case "ERROR", "CRITICAL": return screen.coloured(line, .red)
        default: return line
        }
    }
}
