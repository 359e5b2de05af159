import Configuration
import FoundationEssentials

/// Where a value came from, strongest first: command line, environment, `.env` file, the default.
public enum SettingSource: String, Sendable, CaseIterable {
    case commandLine = "command line"
    case environment
    case file = ".env"
    case standard = "default"
}

/// The layers of configuration a service reads, each a `swift-configuration` provider.
///
/// An empty value counts as not set, so that `NAME=${NAME:-}` in a compose file means "leave the default".
public struct SettingSources: Sendable {
    struct Layer: Sendable {
        let source: SettingSource
        let names: Set<String>
        let provider: EnvironmentVariablesProvider
        let variables: [String: String]

        init(_ source: SettingSource, _ variables: [String: String]) {
            self.source = source
            self.variables = variables.filter { !$0.value.isEmpty }
            self.names = Set(self.variables.keys)
            self.provider = EnvironmentVariablesProvider(environmentVariables: self.variables)
        }

        func text(_ name: String) -> String? {
            let result = try? provider.value(forKey: AbsoluteConfigKey(ConfigKey(name)), type: .string)
            guard case .string(let text)? = result?.value?.content else { return nil }
            return text
        }
    }

    let layers: [Layer]

    /// - Parameters:
    ///   - options: Command-line settings by dotted name (`http.port`).
    ///   - environment: Variables by their names (`HTTP_PORT`).
    ///   - file: Variables of a `.env` file.
    public init(options: [String: String] = [:], environment: [String: String] = [:], file: [String: String] = [:]) {
        let named = options.map { (SettingName.environment($0.key), $0.value) }
        layers = [
            Layer(.commandLine, Dictionary(named) { _, last in last }),
            Layer(.environment, environment),
            Layer(.file, file),
        ]
    }

    /// The process's environment, the `.env` file of the working directory if there is one, and the given options.
    public static func process(options: [String: String] = [:], file path: String = ".env") -> SettingSources {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        return SettingSources(
            options: options, environment: ProcessInfo.processInfo.environment,
            file: text.map(parseEnvironmentFile) ?? [:])
    }

    /// Variables of a `.env` text: `NAME=value` lines, `#` comments, optional `export`, quotes around values.
    static func parseEnvironmentFile(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.drop(while: \.isWhitespace)
            if line.hasPrefix("export ") { line = line.dropFirst(7).drop(while: \.isWhitespace) }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].trimmingSuffix(while: \.isWhitespace)
            var value = line[line.index(after: equals)...].drop(while: \.isWhitespace)
            value = value.trimmingSuffix(while: \.isWhitespace)
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            variables[String(name)] = String(value)
        }
        return variables
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while drop: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, drop(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
