import City

/// The effective settings of a service: read once, all checked, typed.
///
/// Every fault of every setting is found in one go, so that an operator mends a configuration once.
public struct Settings: Sendable {
    /// One effective setting: what it is, where it came from.
    public struct Entry: Sendable {
        public let declaration: SettingDeclaration
        /// The value's text; nil when an optional setting is not set.
        public let text: String?
        public let source: SettingSource
    }

    /// All declared settings, in the order of their declaration.
    public let entries: [Entry]
    /// Settings handed on to a library unread, in declaration order of their prefixes.
    public let passedOn: [PassedOnSetting]
    private let texts: [String: String]
    private let declared: Set<String>

    /// Reads and checks every declared setting.
    ///
    /// - Parameters:
    ///   - declarations: All settings the service knows.
    ///   - passOn: First words of settings that a library reads, such as `kafka`; see ``passedOn(prefix:)``.
    ///   - sources: Where to read.
    /// - Throws: ``SettingsError`` with every fault found: a wrong value, a missing one, an unknown option, and a
    ///   variable that is one slip away from a declared name or starts with `WANGGE_`.
    public init(
        _ declarations: [SettingDeclaration], passOn: [String] = [], from sources: SettingSources
    ) throws(SettingsError) {
        var entries: [Entry] = []
        var faults: [SettingFault] = []
        var names: Set<String> = []
        for declaration in declarations where names.insert(declaration.name).inserted {
            let found = sources.layers.lazy.compactMap { layer in
                layer.text(declaration.name).map { (text: $0, source: layer.source) }
            }.first
            let entry = Entry(
                declaration: declaration, text: found?.text ?? declaration.defaultText,
                source: found?.source ?? .standard)
            entries.append(entry)
            faults += Self.fault(of: entry).map { [$0] } ?? []
        }
        let passedOn = PassedOnSetting.collect(prefixes: passOn, declared: names, sources: sources)
        faults += UnknownSettings.faults(declared: names, passOn: passOn, sources: sources)
        guard faults.isEmpty else { throw SettingsError(faults) }
        self.entries = entries
        self.passedOn = passedOn
        self.declared = names
        self.texts = Dictionary(
            uniqueKeysWithValues: entries.compactMap { entry in
                entry.text.map { (entry.declaration.name, $0) }
            })
    }

    private static func fault(of entry: Entry) -> SettingFault? {
        guard let text = entry.text else {
            guard entry.declaration.isRequired else { return nil }
            return SettingFault(
                entry.declaration.environmentName, LocalizedText(zh: "必须设置", en: "must be set"), source: nil)
        }
        guard let message = entry.declaration.fault(text) else { return nil }
        var shown = LocalizedText(zh: "“\(text)” \(message.zh)", en: "\"\(text)\": \(message.en)")
        if case .open = entry.declaration.secrecy {} else { shown = message }
        return SettingFault(entry.declaration.environmentName, shown, source: entry.source)
    }

    /// The value of a setting that is required or has a default.
    ///
    /// - Precondition: The key was among the declarations; an optional key is read with ``subscript(ifSet:)``.
    public subscript<Value>(_ key: SettingKey<Value>) -> Value {
        guard let value = self[ifSet: key] else {
            preconditionFailure("setting \(key.name) is optional: read it with settings[ifSet:]")
        }
        return value
    }

    /// The value of a setting, or nil when it is optional and nobody set it.
    ///
    /// - Precondition: The key was among the declarations.
    public subscript<Value>(ifSet key: SettingKey<Value>) -> Value? {
        precondition(declared.contains(key.name), "setting \(key.name) was read but not declared")
        return texts[key.name].flatMap(Value.init(settingText:))
    }

    /// Settings under a prefix by the library's own names: `KAFKA_SECURITY_PROTOCOL` → `security.protocol`.
    ///
    /// A double underscore stands for an underscore in the library's name.
    public func passedOn(prefix: String) -> [String: String] {
        Dictionary(passedOn.filter { $0.prefix == prefix }.map { ($0.property, $0.text) }) { first, _ in first }
    }
}
