import Foundation
import TestSupport
import Testing

@Suite("Parsers that meet the outside")
struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private static func inputs(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = corpus.appending(path: target.name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// On a thread of its own: a target may wait for a task, which must have a thread of the pool left.
    private static func fault(_ target: FuzzTarget, _ bytes: [UInt8]) async -> String? {
        await withCheckedContinuation { done in
            DispatchQueue(label: "fuzz target").async {
                do {
                    try target.run(bytes)
                    done.resume(returning: nil)
                } catch {
                    done.resume(returning: "\(error)")
                }
            }
        }
    }

    @Test("What was kept holds: seeds, and inputs that once broke something", arguments: FuzzTarget.all)
    func kept(target: FuzzTarget) async throws {
        let inputs = try Self.inputs(of: target)
        #expect(!inputs.isEmpty, "\(target.name) has no seeds")
        for (name, bytes) in inputs {
            if let broken = await Self.fault(target, bytes) { Issue.record("\(broken): Corpus/\(target.name)/\(name)") }
        }
    }

    @Test("It holds for the same with pieces changed", arguments: FuzzTarget.all)
    func changed(target: FuzzTarget) async throws {
        let inputs = try Self.inputs(of: target).filter { $0.bytes.count < 10_000 }
        let seed = freshSeed("changed inputs of \(target.name)")
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            var bytes = try #require(inputs.randomElement(using: &random)).bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let from = Int.random(in: 0...bytes.count, using: &random)
                let to = min(bytes.count, from + Int.random(in: 0...8, using: &random))
                let piece =
                    Bool.random(using: &random)
                    ? Array(bytes[from..<to].reversed()) : [UInt8.random(in: 0...255, using: &random)]
                bytes.replaceSubrange(from..<to, with: piece)
            }
            if let broken = await Self.fault(target, bytes) {
                Issue.record("\(broken): seed \(seed), round \(round): \(bytes)")
            }
        }
    }

    @Test("Every folder of kept inputs belongs to a target")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    var testDescription: String { name }
}
