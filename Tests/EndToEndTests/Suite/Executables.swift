import Foundation

/// The suite's programs. They are built beside the tests: `swift build --build-tests` builds both.
enum Executables {
    /// `WANGGE_EXECUTABLES` names another directory, such as that of a release build.
    static let directory: String = {
        if let named = ProcessInfo.processInfo.environment["WANGGE_EXECUTABLES"], !named.isEmpty { return named }
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        let components = URL(fileURLWithPath: bundle).pathComponents
        let folders = components.prefix { !$0.hasSuffix(".xctest") }
        return NSString.path(withComponents: Array(folders.count == components.count ? folders.dropLast() : folders))
    }()

    /// - Throws: ``Missing`` that says how to build it.
    static func path(_ name: String) throws -> String {
        let path = "\(directory)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(path: path) }
        return path
    }

    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) is not there; `swift build --build-tests` builds it" }
    }
}

/// Files of the repository the tests were built from.
enum Repository {
    static let profile = path("deploy/profiles/xihanggang")

    private static func path(_ relative: String, file: String = #filePath) -> String {
        let root = (0..<4).reduce(URL(fileURLWithPath: file)) { url, _ in url.deletingLastPathComponent() }
        return root.appendingPathComponent(relative).path
    }
}
