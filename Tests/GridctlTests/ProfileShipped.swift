import City
import Foundation

@testable import Gridctl

/// The profile this repository ships, as texts that tests may change.
struct ShippedProfile {
    static let folder = repository + "/deploy/profiles/xihanggang"

    private static var repository: String {
        // Tests/GridctlTests/ProfileShipped.swift → the repository.
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path
    }

    /// All files, read once.
    static let files: [String: String] = {
        let names = [
            ProfileFolder.profile, ProfileFolder.grids, ProfileFolder.posts, ProfileFolder.units, ProfileFolder.sources,
            ProfileFolder.catalogue, DrawingRecipe.file, "../../holidays/2025.json", "../../holidays/2026.json",
        ]
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
                guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
                return (name, String(decoding: bytes, as: UTF8.self))
            })
    }()

    static let grids: [Grid] = (GridsFile.read(files[ProfileFolder.grids] ?? "", faults: FaultList()) ?? []).map(
        \.value)

    /// The files with one of them rewritten.
    static func changing(_ name: String, _ change: (String) -> String?) -> ProfileFolder {
        var changed = files
        changed[name] = change(files[name] ?? "")
        return ProfileFolder(files: changed)
    }

    /// The files with other grids.
    static func withGrids(_ change: (inout [Grid]) -> Void) -> ProfileFolder {
        changing(ProfileFolder.grids) { _ in
            var grids = grids
            change(&grids)
            return GridsFile.write(grids, notice: LocalizedText(zh: "测试", en: "test"))
        }
    }
}
