public import City

/// One thing that is wrong with the configuration. Its description is one line and holds no secret.
public struct SettingFault: Sendable, Equatable, CustomStringConvertible {
    /// Name of the environment variable or option.
    public let name: String
    public let message: LocalizedText
    /// Where the value came from; nil when it is missing.
    public let source: SettingSource?

    public init(_ name: String, _ message: LocalizedText, source: SettingSource?) {
        self.name = name
        self.message = message
        self.source = source
    }

    public var description: String { line(in: .en) }

    /// The fault as one line for people.
    public func line(in language: Language) -> String {
        let text =
            source.map { "\(name): \(message.text(in: language)) (\($0.rawValue))" }
            ?? "\(name): \(message.text(in: language))"
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// The configuration cannot be used; the process ends with exit code 78.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public let faults: [SettingFault]

    public init(_ faults: [SettingFault]) { self.faults = faults }

    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Names that nobody declared but somebody surely meant.
enum UnknownSettings {
    static func faults(declared: Set<String>, passOn: [String], sources: SettingSources) -> [SettingFault] {
        let known = Set(declared.map(SettingName.environment))
        let passedOn = passOn.map { $0.uppercased() + "_" }
        var faults: [SettingFault] = []
        for layer in sources.layers {
            for name in layer.names.sorted() where !known.contains(name) {
                if passedOn.contains(where: name.hasPrefix) { continue }
                let meant = known.filter { SettingName.differByOneSlip($0, name) }.min()
                // The environment belongs to everybody, so only our prefix and near misses are faults there; a
                // command-line option can only be ours.
                guard meant != nil || layer.source == .commandLine || name.hasPrefix("WANGGE_") else { continue }
                let message = meant.map {
                    LocalizedText(zh: "没有这个设置；是否想写 \($0)？", en: "is not a setting; did you mean \($0)?")
                }
                faults.append(
                    SettingFault(
                        name, message ?? LocalizedText(zh: "没有这个设置", en: "is not a setting"), source: layer.source))
            }
        }
        return faults
    }
}
