/// A setting that is handed to a library under the library's own name, unread.
public struct PassedOnSetting: Sendable {
    /// First word of the variable in lower case, such as `kafka`.
    public let prefix: String
    /// The library's name for it, such as `security.protocol`.
    public let property: String
    public let text: String
    public let source: SettingSource
    public let environmentName: String

    /// Whether the name says that the value is a secret.
    public var isSecret: Bool {
        ["password", "secret", "token", "key.pem", "ssl.key", "jaas"].contains { property.contains($0) }
    }

    static func collect(prefixes: [String], declared: Set<String>, sources: SettingSources) -> [PassedOnSetting] {
        let declaredNames = Set(declared.map(SettingName.environment))
        var found: [String: PassedOnSetting] = [:]
        for prefix in prefixes {
            let start = prefix.uppercased() + "_"
            for layer in sources.layers {
                for (name, text) in layer.variables where name.hasPrefix(start) && !declaredNames.contains(name) {
                    let property = property(of: name.dropFirst(start.count))
                    guard !isServiceLink(property), found[name] == nil else { continue }
                    found[name] = PassedOnSetting(
                        prefix: prefix, property: property, text: text, source: layer.source, environmentName: name)
                }
            }
        }
        return found.values.sorted { $0.environmentName < $1.environmentName }
    }

    private static func property(of name: Substring) -> String {
        var property = ""
        var rest = name.lowercased()[...]
        while let character = rest.popFirst() {
            if character != "_" {
                property.append(character)
            } else if rest.first == "_" {
                rest.removeFirst()
                property.append("_")
            } else {
                property.append(".")
            }
        }
        return property
    }

    /// Kubernetes adds `KAFKA_PORT`, `KAFKA_SERVICE_HOST` and the like for a service of that name; they are nobody's
    /// settings, and a library would refuse them.
    private static func isServiceLink(_ property: String) -> Bool {
        property == "port" || property.hasPrefix("port.") || property.hasPrefix("service.")
    }
}
