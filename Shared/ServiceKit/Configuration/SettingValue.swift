public import City
public import Logging

/// A type a setting can have: read from text, and written as the same text.
public protocol SettingValue: Sendable, Equatable {
    /// Reads the value; nil when the text has another shape.
    init?(settingText: String)
    /// Text from which `init(settingText:)` makes an equal value.
    var settingText: String { get }
    /// What an operator may write, such as "whole number".
    static var settingShape: LocalizedText { get }
}

extension String: SettingValue {
    public init?(settingText: String) { self = settingText }
    public var settingText: String { self }
    public static var settingShape: LocalizedText { LocalizedText(zh: "文字", en: "text") }
}

extension Int: SettingValue {
    public init?(settingText: String) { self.init(settingText) }
    public var settingText: String { String(self) }
    public static var settingShape: LocalizedText { LocalizedText(zh: "整数", en: "whole number") }
}

extension Double: SettingValue {
    public init?(settingText: String) {
        guard let value = Double(settingText), value.isFinite else { return nil }
        self = value
    }
    public var settingText: String { String(self) }
    public static var settingShape: LocalizedText { LocalizedText(zh: "数", en: "number") }
}

extension Bool: SettingValue {
    public init?(settingText: String) {
        switch settingText.lowercased() {
        case "yes", "true", "1", "on": self = true
        case "no", "false", "0", "off": self = false
        default: return nil
        }
    }
    public var settingText: String { self ? "yes" : "no" }
    public static var settingShape: LocalizedText { LocalizedText(zh: "yes 或 no", en: "yes or no") }
}

/// A span of time, written with its unit: `250ms`, `5s`, `2m`, `1h`.
extension Duration: SettingValue {
    public init?(settingText: String) {
        let digits = settingText.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
        switch settingText.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        default: return nil
        }
    }

    public var settingText: String {
        let (seconds, attoseconds) = components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds != 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds != 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }

    public static var settingShape: LocalizedText {
        LocalizedText(zh: "时长，如 250ms、5s、2m、1h", en: "duration such as 250ms, 5s, 2m, 1h")
    }
}

extension Logger.Level: SettingValue {
    public init?(settingText: String) { self.init(rawValue: settingText.lowercased()) }
    public var settingText: String { rawValue }
    public static var settingShape: LocalizedText { SettingChoiceShape.of(allCases.map(\.rawValue)) }
}

/// A setting with a fixed set of words, such as `postgres` and `kafka`.
public protocol SettingChoice: SettingValue, CaseIterable, RawRepresentable<String> {}

extension SettingChoice {
    public init?(settingText: String) { self.init(rawValue: settingText) }
    public var settingText: String { rawValue }
    public static var settingShape: LocalizedText { SettingChoiceShape.of(allCases.map(\.rawValue)) }
}

enum SettingChoiceShape {
    static func of(_ words: [String]) -> LocalizedText {
        let list = words.joined(separator: ", ")
        return LocalizedText(zh: "以下之一：\(list)", en: "one of \(list)")
    }
}
