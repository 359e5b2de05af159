extension Settings {
    /// What `check-config` prints: one `name = value  # source, default, help` line a setting, secrets hidden.
    public func listing(in language: Language = .en) -> String {
        var lines = entries.map { entry in
            let declaration = entry.declaration
            var notes = ["\(entry.source.rawValue) \(declaration.environmentName)"]
            if entry.source != .standard, let text = declaration.defaultText {
                notes.append("default \(declaration.shown(text))")
            }
            notes.append(declaration.help.text(in: language))
            let value = entry.text.map(declaration.shown) ?? "(not set)"
            return "\(declaration.name) = \(value)  # \(notes.joined(separator: "; "))"
        }
        lines += passedOn.map { setting in
            let value = setting.isSecret ? "***" : setting.text
            return "\(setting.prefix).\(setting.property) = \(value)  # \(setting.source.rawValue) "
                + "\(setting.environmentName); handed on unread"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The table of settings in the documentation.
public enum SettingsTable {
    /// A Markdown table of the declarations, in their order.
    public static func markdown(_ declarations: [SettingDeclaration], in language: Language = .en) -> String {
        let head =
            language == .en
            ? ["Variable", "Value", "Default", "Meaning"] : ["变量", "取值", "默认值", "含义"]
        var lines = [row(head), row(head.map { _ in "--" })]
        for declaration in declarations {
            var value = declaration.shape.text(in: language)
            if let rule = declaration.ruleText { value += ", \(rule.text(in: language))" }
            let fallback =
                declaration.defaultText.map { "`\(declaration.shown($0))`" }
                ?? (declaration.isRequired ? (language == .en ? "required" : "必填") : "–")
            lines.append(
                row(["`\(declaration.environmentName)`", value, fallback, declaration.help.text(in: language)]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ cells: [String]) -> String {
        "| "
            + cells.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
            .joined(separator: " | ") + " |"
    }
}
