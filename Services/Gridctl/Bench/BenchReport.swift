/// Measured figures by flat names, in the order in which they were measured.
struct BenchReport: Sendable {
    private(set) var figures: [(name: String, value: Double)] = []

    subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }

    mutating func note(_ name: String, _ value: Double?) {
        guard let value, value.isFinite else { return }
        figures.append((name, value))
    }

    /// Notes one figure divided by another, where both are there.
    mutating func noteRatio(_ name: String, of numerator: String, to denominator: String) {
        guard let numerator = self[numerator], let denominator = self[denominator], denominator > 0 else { return }
        note(name, numerator / denominator)
    }

    var table: String {
        TextTable(header: ["figure", "value"], rows: figures.map { [$0.name, Self.text($0.value)] }, numeric: [1]).text
    }

    /// One object; the names are keys.
    var json: String {
        let lines = figures.map { "  \"\($0.name)\": \(($0.value * 1_000).rounded() / 1_000)" }
        return "{\n\(lines.joined(separator: ",\n"))\n}\n"
    }

    /// Whole numbers from a hundred on, three digits below.
    private static func text(_ value: Double) -> String {
        if value >= 100 { return String(Int64(value.rounded())) }
        let scale: Double = value >= 10 ? 10 : value >= 1 ? 100 : 1_000
        return "\((value * scale).rounded() / scale)"
    }
}
