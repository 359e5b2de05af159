import City
import FoundationEssentials

/// The files of one city's profile.
struct ProfileFolder {
    static let profile = "profile.yaml"
    static let grids = "grids.geojson"
    static let posts = "posts.csv"
    static let units = "units.csv"
    static let sources = "sources.yaml"
    static let catalogue = "catalogue.csv"

    private let bytes: (String) -> [UInt8]?

    /// - Parameter path: The folder on disk.
    /// - Throws: ``CommandFailure`` when there is no such folder.
    init(path: String) throws {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
            throw CommandFailure.data(
                zh: "没有城市配置文件夹 \(path)，请用 --profile 指定",
                en: "there is no profile folder \(path); name one with --profile")
        }
        bytes = { name in
            FileManager.default.contents(atPath: "\(path)/\(name)").map(Array.init)
        }
    }

    /// A folder that is given, not on disk: file names, relative to the folder, and texts.
    init(files: [String: String]) {
        bytes = { files[$0].map { Array($0.utf8) } }
    }

    /// The text of a file; a fault when it is absent or not UTF-8.
    func text(_ name: String, faults: FaultList) -> String? {
        guard let bytes = bytes(name) else {
            faults.fatal(.missingFile, name, zh: "缺少此文件", en: "the file is missing")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            faults.fatal(.syntax, name, zh: "文件不是 UTF-8 编码", en: "the file is not UTF-8")
            return nil
        }
        return text
    }
}

/// What the files say, before it is checked as a whole. Nil where a file could not be read at all, so that rules about
/// it are left out instead of reporting everything as missing.
struct ProfileDraft: Sendable {
    var document: ProfileDocument?
    var grids: [Located<Grid>]?
    var posts: [Located<StaffPost>]?
    var units: [Located<Unit>]?
    var sources: [Located<Source>]?
    var catalogue: CatalogueFile?
    var holidays: [Holiday] = []

    /// Reads all files. Whatever is wrong is in `faults`; values that could not be read have stand-ins.
    init(_ folder: ProfileFolder, faults: FaultList) {
        func read<Content>(_ name: String, _ parse: (String) -> Content?) -> Content? {
            folder.text(name, faults: faults).flatMap(parse)
        }
        document = read(ProfileFolder.profile) { ProfileDocument($0, faults: faults) }
        grids = read(ProfileFolder.grids) { GridsFile.read($0, faults: faults) }
        posts = read(ProfileFolder.posts) { PostsFile.read($0, faults: faults) }
        units = read(ProfileFolder.units) { UnitsFile.read($0, faults: faults) }
        sources = read(ProfileFolder.sources) { SourcesFile.read($0, faults: faults) }
        catalogue = read(ProfileFolder.catalogue) { CatalogueFile($0, faults: faults) }
        if let document { holidays = HolidayFiles.read(document.holidays, from: folder, faults: faults) }
    }

    /// The profile; nil while a file is missing or unreadable. Meaningful only when no fault is fatal.
    var profile: Profile? {
        guard let document, let grids, let posts, let units, let sources, let catalogue else { return nil }
        return Profile(
            code: document.code, name: document.name, version: 0, timeZone: document.timeZone,
            divisionCode: document.divisionCode, trackingPrefix: document.trackingPrefix, notes: document.notes,
            levels: document.levels, grids: grids.map(\.value), posts: posts.map(\.value), units: units.map(\.value),
            sources: sources.map(\.value), categories: catalogue.categories.map(\.value),
            conditions: catalogue.conditions.map(\.value), policy: document.policy, tariff: document.tariff,
            workingTime: document.workingTime, holidays: holidays)
    }
}
