import City

extension SettingRule where Value == String {
    /// A secret worth the name: at least `bytes` bytes, not a placeholder from an example, not a repeated pattern.
    public static func secret(bytes: Int) -> SettingRule<String> {
        SettingRule(
            LocalizedText(
                zh: "至少 \(bytes) 字节的随机值，不得为示例值",
                en: "at least \(bytes) random bytes, not a value from an example")
        ) { $0.utf8.count >= bytes && !looksLikePlaceholder($0) }
    }

    /// Words of examples and manuals. A random secret contains one with a probability below one in a million.
    private static let placeholderWords = [
        "changeme", "change-me", "change_me", "placeholder", "example", "insecure", "your-secret", "your_secret",
        "yoursecret", "replace-me", "replace_me", "supersecret", "super-secret", "password", "123456789",
    ]

    private static func looksLikePlaceholder(_ secret: String) -> Bool {
        let lowered = secret.lowercased()
        return Set(secret.utf8).count < 10 || placeholderWords.contains { lowered.contains($0) }
    }
}
