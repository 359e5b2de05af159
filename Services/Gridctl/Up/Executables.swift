import FoundationEssentials

/// The services' executables, which lie beside this one.
enum Executables {
    /// Path of a service's executable.
    ///
    /// - Throws: ``CommandFailure`` that says how to build it.
    static func path(of name: String) throws -> String {
        let folder = try folder()
        let path = "\(folder)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandFailure(
                .unavailable, zh: "\(folder) 中没有 \(name)，请先 swift build",
                en: "there is no \(name) beside gridctl in \(folder); build it with swift build")
        }
        return path
    }

    private static func folder() throws -> String {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        guard let slash = own.lastIndex(of: "/") else { return FileManager.default.currentDirectoryPath }
        return String(own[..<slash])
    }
}
