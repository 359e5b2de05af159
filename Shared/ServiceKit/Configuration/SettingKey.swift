public import City

/// A setting of a service: its name, type, default, limits and meaning, declared once.
///
/// The name is written in dots (`http.port`); the environment variable is the same name in capitals with
/// underscores (`HTTP_PORT`), the command-line option is `--http-port=…`.
public struct SettingKey<Value: SettingValue>: Sendable {
    /// What happens when nobody sets it.
    public enum Presence: Sendable {
        case standard(Value)
        case required
        case optional
    }

    public let name: String
    public let presence: Presence
    public let rule: SettingRule<Value>?
    public let secrecy: SettingSecrecy
    public let help: LocalizedText

    public init(
        _ name: String, presence: Presence, rule: SettingRule<Value>? = nil, secrecy: SettingSecrecy = .open,
        help: LocalizedText
    ) {
        precondition(SettingName.isValid(name), "a setting's name is lower-case words joined by dots: \(name)")
        self.name = name
        self.presence = presence
        self.rule = rule
        self.secrecy = secrecy
        self.help = help
    }

    /// A setting that has a default.
    public init(
        _ name: String, default value: Value, rule: SettingRule<Value>? = nil, secrecy: SettingSecrecy = .open,
        help: LocalizedText
    ) {
        self.init(name, presence: .standard(value), rule: rule, secrecy: secrecy, help: help)
    }

    /// The declaration without its type, for lists and checks.
    public var declaration: SettingDeclaration {
        let presence = self.presence
        let rule = self.rule
        var defaultText: String?
        var isRequired = false
        switch presence {
        case .standard(let value): defaultText = value.settingText
        case .required: isRequired = true
        case .optional: break
        }
        return SettingDeclaration(
            name: name, defaultText: defaultText, isRequired: isRequired, shape: Value.settingShape,
            ruleText: rule?.text, secrecy: secrecy, help: help
        ) { text in
            guard let value = Value(settingText: text) else {
                return LocalizedText(zh: "应为\(Value.settingShape.zh)", en: "expected \(Value.settingShape.en)")
            }
            guard let rule, !rule.allows(value) else { return nil }
            return LocalizedText(zh: "应为\(rule.text.zh)", en: "must be \(rule.text.en)")
        }
    }
}

/// A limit on a setting's value, with the words that explain it.
public struct SettingRule<Value: Sendable>: Sendable {
    public let text: LocalizedText
    public let allows: @Sendable (Value) -> Bool

    public init(_ text: LocalizedText, allows: @escaping @Sendable (Value) -> Bool) {
        self.text = text
        self.allows = allows
    }
}

extension SettingRule where Value: SettingValue & Comparable {
    /// The value lies within the range, ends included.
    public static func range(_ range: ClosedRange<Value>) -> Self {
        let text = "\(range.lowerBound.settingText)…\(range.upperBound.settingText)"
        return SettingRule(LocalizedText(zh: text, en: text)) { range.contains($0) }
    }
}

/// How much of a setting's value may be shown.
public enum SettingSecrecy: Sendable {
    /// Shown as it is.
    case open
    /// Never shown, in no list and no fault.
    case secret
    /// A URL of which all but the password is shown.
    case urlPassword
}

/// A setting without its type: what lists, checks and documentation need to know.
public struct SettingDeclaration: Sendable {
    public let name: String
    public let defaultText: String?
    public let isRequired: Bool
    public let shape: LocalizedText
    public let ruleText: LocalizedText?
    public let secrecy: SettingSecrecy
    public let help: LocalizedText
    /// What is wrong with the text; nil when it is a valid value.
    let fault: @Sendable (String) -> LocalizedText?

    init(
        name: String, defaultText: String?, isRequired: Bool, shape: LocalizedText, ruleText: LocalizedText?,
        secrecy: SettingSecrecy, help: LocalizedText, fault: @escaping @Sendable (String) -> LocalizedText?
    ) {
        self.name = name
        self.defaultText = defaultText
        self.isRequired = isRequired
        self.shape = shape
        self.ruleText = ruleText
        self.secrecy = secrecy
        self.help = help
        self.fault = fault
    }

    public var environmentName: String { SettingName.environment(name) }

    /// The text as it may be printed: secrets become `***`.
    public func shown(_ text: String) -> String {
        switch secrecy {
        case .open: text
        case .secret: "***"
        case .urlPassword: SettingName.hidingPassword(inURL: text)
        }
    }
}
