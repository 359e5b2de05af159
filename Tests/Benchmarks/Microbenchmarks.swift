import Dispatch
import Foundation

/// Measures the hot pieces by themselves, each beside what somebody would use instead, in one process.
///
/// `make microbench` builds this optimised, prints a table and writes `.wangge/microbench.json`. A plain program, not a
/// benchmark library's: a rate means little on a machine that others use too, so what counts are ratios of two pieces that
/// take turns within one run, and half of the peers are not Swift.
enum Microbenchmarks {
    private static let all: [(name: String, run: @Sendable (inout Figures) async throws -> Void)] = [
        ("decode", { try DecodingBenchmark.run(&$0) }), ("locate", { try LocatingBenchmark.run(&$0) }),
        ("route", { try RoutingBenchmark.run(&$0) }), ("frame", { try FramingBenchmark.run(&$0) }),
        ("clocks", { try ClocksBenchmark.run(&$0) }), ("http", { try await HTTPBenchmark.run(&$0) }),
    ]

    /// Runs the benchmarks named in `MICROBENCH` (all without it), and writes the file named in `MICROBENCH_JSON`.
    static func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let chosen = environment["MICROBENCH"].map { $0.split(separator: " ").map(String.init) } ?? []
        var figures = Figures()
        for (name, run) in all where chosen.isEmpty || chosen.contains(name) {
            FileHandle.standardError.write(Data("\(name) …\n".utf8))
            do {
                try await run(&figures)
            } catch let absent as PeerAbsent {
                FileHandle.standardError.write(Data("\(name): left out: \(absent)\n".utf8))
            }
        }
        print(figures.table)
        if let path = environment["MICROBENCH_JSON"] { try Data(figures.json.utf8).write(to: URL(filePath: path)) }
    }
}

/// Something to compare with is not on this machine.
struct PeerAbsent: Error, CustomStringConvertible {
    var description: String
}

/// What the small program that `scripts/microbench.sh` links calls; a test target has no `main` of its own.
@_cdecl("wangge_microbenchmarks")
public func microbenchmarks() {
    Task {
        do {
            try await Microbenchmarks.run()
            exit(0)
        } catch {
            FileHandle.standardError.write(Data("failed: \(error)\n".utf8))
            exit(1)
        }
    }
    dispatchMain()
}
