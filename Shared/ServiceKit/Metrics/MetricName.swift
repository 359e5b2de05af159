/// Names and labels as Prometheus wants them.
enum MetricName {
    /// `http.server.request.duration` → `http_server_request_duration`; a suffix is added unless it is there.
    static func exposed(_ label: String, suffix: String = "") -> String {
        let name = cleaned(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// `{a="1",b="x"}` without the braces, labels in alphabetical order, so that a series has one text.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { (cleaned($0.0, allowsColon: false), $0.1) }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escaped($0.1))\"" }
            .joined(separator: ",")
    }

    private static func cleaned(_ text: String, allowsColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9": name += name.isEmpty ? "_\(scalar)" : String(scalar)
            case ":" where allowsColon: name += ":"
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }

    /// Longest label value, so that a series cannot grow without bound either.
    private static let valueCap = 128

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(valueCap) {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
