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
        var run: (Int) throws -> Void = { _ in }
        /// Things that are worked on in one go.
        var items = 1
        /// Work that is done elsewhere, and how many nanoseconds of a processor it says it took.
        var reported: ((Int) throws -> Double)?
    }

    /// Lets pieces take turns, and notes nanoseconds an item of each and the ratios of the later ones to the first.
    ///
    /// - Parameters:
    ///   - ratios: Names of how many times faster the first piece is than each of the others.
    ///   - waits: Whether a piece waits for another process, so that time on the wall counts. Otherwise it is the
    ///     processor's, which others who use the machine hardly change.
    mutating func compare(
        _ pieces: [Piece], ratios: [String], waits: Bool = false, rounds: Int = 7, secondsEach: Double = 0.15
    ) throws {
        func nanoseconds(_ piece: Piece, _ count: Int) throws -> Double {
            if let reported = piece.reported { return try reported(count) }
            let clock = waits ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID
            let start = Self.nanoseconds(on: clock)
            try piece.run(count)
            return Self.nanoseconds(on: clock) - start
        }
        /// How often a piece is done in about so many seconds.
        func count(_ piece: Piece) throws -> Int {
            var count = 1
            while true {
                let taken = try nanoseconds(piece, count) / 1e9
                if taken > secondsEach / 4 { return max(1, Int(Double(count) * secondsEach / taken)) }
                count *= 4
            }
        }
        let counts = try pieces.map { try count($0) }
        var taken = [[Double]](repeating: [], count: pieces.count)
        for _ in 0..<rounds {
            for (index, piece) in pieces.enumerated() {
                taken[index].append(try nanoseconds(piece, counts[index]) / Double(counts[index] * piece.items))
            }
        }
        for (piece, values) in zip(pieces, taken) { note("\(piece.name).nanoseconds", values) }
        for (name, other) in zip(ratios, taken.dropFirst()) { note(name, zip(other, taken[0]).map { $0 / $1 }) }
    }

    private static func nanoseconds(on clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// Seconds on the wall.
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
