/// The text format Prometheus reads, version 0.0.4.
enum Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    static func head(_ name: String, _ kind: MetricKind, help: String?) -> String {
        var text = ""
        if let help {
            let escaped = help.map { $0 == "\\" ? "\\\\" : $0.isNewline ? "\\n" : String($0) }.joined()
            text += "# HELP \(name) \(escaped)\n"
        }
        return text + "# TYPE \(name) \(kind.rawValue)\n"
    }
}

/// What Prometheus calls the type of a metric.
public enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// A value that is read when the metrics are, instead of being kept up to date.
public struct MetricSample: Sendable {
    public let name: String
    public let kind: MetricKind
    public let help: String
    public let labels: [(String, String)]
    public let value: Double

    public init(_ name: String, _ kind: MetricKind, help: String, labels: [(String, String)] = [], value: Double) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.value = value
    }
}
