import Dispatch
import Foundation

/// Measured figures by flat names, in the order in which they were measured.
struct Figures {
    private var figures: [(name: String, value: Double, low: Double, high: Double)] = []

    /// Notes the median of repeated measurements, with the lowest and the highest for the table.
    mutating func note(_ name: String, _ values: [Double]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let low = sorted.first, let high = sorted.last else { return }
        figures.append((name, sorted[sorted.count / 2], low, high))
    }

    /// One piece of work that repeats itself: how often it is done in one go, and what it is called.
    struct Piece {
        var name: String
        /// Does the work so many times.
        var run: (Int) throws -> Void
        /// Things that are worked on in one go.
        var items = 1
    }

    /// Lets pieces take turns, and notes nanoseconds an item of each and the ratios of the later ones to the first.
    ///
    /// - Parameter ratios: Names of how many times faster the first piece is than each of the others.
    mutating func compare(
        _ pieces: [Piece], ratios: [String], rounds: Int = 7, secondsEach: Double = 0.15
    ) throws {
        let counts = try pieces.map { try Self.count($0, seconds: secondsEach) }
        var nanoseconds = [[Double]](repeating: [], count: pieces.count)
        for _ in 0..<rounds {
            for (index, piece) in pieces.enumerated() {
                let seconds = try Self.seconds { try piece.run(counts[index]) }
                nanoseconds[index].append(seconds * 1e9 / Double(counts[index] * piece.items))
            }
        }
        for (piece, values) in zip(pieces, nanoseconds) { note("\(piece.name).nanoseconds", values) }
        for (name, other) in zip(ratios, nanoseconds.dropFirst()) {
            note(name, zip(other, nanoseconds[0]).map { $0 / $1 })
        }
    }

    /// How often a piece is done in about so many seconds.
    private static func count(_ piece: Piece, seconds: Double) throws -> Int {
        var count = 1
        while true {
            let taken = try Self.seconds { try piece.run(count) }
            if taken > seconds / 4 { return max(1, Int(Double(count) * seconds / taken)) }
            count *= 4
        }
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }

    var table: String {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { figure in
            figure.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + Self.text(figure.value)
                + "   (\(Self.text(figure.low)) … \(Self.text(figure.high)))"
        }.joined(separator: "\n")
    }

    /// One object; the names are keys, the values medians.
    var json: String {
        let lines = figures.map { "  \"\($0.name)\": \(($0.value * 1_000).rounded() / 1_000)" }
        return "{\n\(lines.joined(separator: ",\n"))\n}\n"
    }

    private static func text(_ value: Double) -> String {
        value >= 100 ? String(Int64(value.rounded())) : String(format: "%.3g", value)
    }
}

/// Keeps the optimiser from leaving out work whose result nobody wants.
@inline(never)
func keep<Value>(_ value: Value) {}
