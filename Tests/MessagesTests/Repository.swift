import Foundation

/// Files of this repository that tests read.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let fixtures = root.appending(path: "Tests/Fixtures/messages")
    static let schemas = root.appending(path: "docs/messages/schemas")

    static func fixture(_ type: String) throws -> [UInt8] {
        Array(try Data(contentsOf: fixtures.appending(path: "\(type).json")))
    }

    /// Names of the JSON files of a folder, without the ending.
    static func names(in folder: URL) throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Set(files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) })
    }
}
