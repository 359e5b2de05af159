import FoundationEssentials

/// Secrets of a suite on one machine: made once, kept in `secrets.env`, readable by its owner alone.
///
/// What the environment sets wins, so that secrets kept elsewhere need not be written to a file.
struct SuiteSecrets: Sendable {
    /// Signs people's tokens.
    static let jwtSecret = "AUTH_JWT_SECRET"
    /// Encrypts contact data. Whoever loses it loses the contacts.
    static let contactsKey = "CONTACTS_KEY"
    /// Of the private PostgreSQL cluster.
    static let postgresPassword = "POSTGRES_PASSWORD"

    private static let names = [jwtSecret, contactsKey, postgresPassword]

    /// By the names of the settings.
    let values: [String: String]

    subscript(_ name: String) -> String { values[name] ?? "" }

    /// Reads the directory's secrets and makes those that are missing.
    init(loadingOrMaking directory: SuiteDirectory) throws {
        var kept = Self.read(directory)
        let missing = Self.names.filter { kept[$0] == nil }
        if !missing.isEmpty {
            for name in missing { kept[name] = Self.random() }
            let lines = ["# Made by gridctl up. Keep a copy: without CONTACTS_KEY contact data cannot be read."]
            let text = (lines + kept.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: "\n")
            try SuiteDirectory.writePrivately(Array((text + "\n").utf8), to: directory.secretsFile)
        }
        values = kept.merging(Self.environment) { $1 }
    }

    /// The secrets a command can know: those of the environment and, if there are any, of the directory.
    static func known(_ directory: SuiteDirectory) -> [String: String] {
        read(directory).merging(environment) { $1 }
    }

    private static var environment: [String: String] {
        // The cluster's password is never the environment's: it was set when the cluster was made.
        Terminal.environment.filter { [jwtSecret, contactsKey].contains($0.key) && !$0.value.isEmpty }
    }

    private static func read(_ directory: SuiteDirectory) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: directory.secretsFile) else { return [:] }
        var values: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return values
    }

    /// 256 bits from the system's generator, as hexadecimal digits.
    static func random() -> String {
        let digits = Array("0123456789abcdef")
        var generator = SystemRandomNumberGenerator()
        return String((0..<64).map { _ in digits[Int(generator.next() & 15)] })
    }
}
