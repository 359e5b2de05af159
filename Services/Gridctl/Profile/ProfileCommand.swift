import ArgumentParser
import City
import CityStore
import FoundationEssentials
import Logging
import Postgres

/// `gridctl profile`: makes, checks and loads the data that describe a city.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Draw, validate, load or show a city's profile.",
        discussion: "A profile is a folder of files; docs/profiles.md explains every field.",
        subcommands: [Draw.self, Validate.self, Load.self, Show.self])

    /// The languages faults are told in.
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case en, zh
    }

    struct FolderOptions: ParsableArguments {
        @Argument(help: "The profile's folder, such as deploy/profiles/xihanggang.")
        var folder: String

        @Option(help: "Language of the report: en or zh.")
        var language: Language = .en

        var profileFolder: ProfileFolder { get throws { try ProfileFolder(path: folder) } }

        /// Prints faults, a line each, and what was left out.
        func print(_ faults: [ProfileFault], skipped: [LocalizedText] = []) {
            for fault in faults { Swift.print(fault.line(chinese: language == .zh)) }
            for note in skipped { Swift.print(language == .zh ? "未检查: \(note.zh)" : "not checked: \(note.en)") }
        }
    }

    struct DatabaseOptions: ParsableArguments {
        @Option(help: "Database URL; otherwise the environment's POSTGRES_URL.")
        var postgres: String?

        /// Nil when neither option nor environment names a database.
        var url: String? { postgres ?? ProcessInfo.processInfo.environment["POSTGRES_URL"] }

        func session() throws -> PostgresSession {
            guard let url else { throw ValidationError("no database: give --postgres or set POSTGRES_URL") }
            return try ProfileCommand.session(url)
        }
    }

    /// Connects to a database whose schema `city` is as this program knows it.
    static func session(_ url: String) throws -> PostgresSession {
        let session = try PostgresSession(PostgresSettings(url: url), logger: Logger(label: "gridctl.profile"))
        try PostgresMigrator(schema: CityStore.schema, migrations: CityStore.migrations).verify(session)
        return session
    }

    /// The profile has fatal faults (`EX_DATAERR`).
    static let refused = ExitCode(65)
}

extension ProfileCommand {
    /// `gridctl profile draw`
    struct Draw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw grids.geojson and posts.csv from drawing.yaml and units.csv.",
            discussion: "The same drawing.yaml gives the same bytes. Boundaries are plausible, not real.")

        @OptionGroup var options: FolderOptions
        @Flag(help: "Write nothing; fail when the files differ from what would be drawn.")
        var check = false

        func run() async throws {
            let faults = FaultList()
            guard let files = try DrawnFiles(options.profileFolder, faults: faults) else {
                options.print(faults.sorted)
                throw ProfileCommand.refused
            }
            if check {
                let folder = try options.profileFolder
                let stale = files.texts.filter { folder.text($0.name, faults: faults) != $0.text }
                for file in stale { print("\(file.name) is not what \(DrawingRecipe.file) draws") }
                if !stale.isEmpty { throw ExitCode.failure }
                return
            }
            for (name, text) in files.texts {
                try Data(text.utf8).write(to: URL(filePath: "\(options.folder)/\(name)"), options: .atomic)
                print("wrote \(name): \(text.utf8.count) bytes")
            }
        }
    }

    /// `gridctl profile validate`
    struct Validate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report everything that is wrong with a profile; exit 65 when it cannot be loaded.",
            discussion: "With --postgres the checks that need a database are made too; nothing is stored.")

        @OptionGroup var options: FolderOptions
        @Option(help: "Database URL for the checks that need one.")
        var postgres: String?

        func run() async throws {
            let report = try ProfileReport(checking: options.profileFolder)
            guard let profile = report.profile else {
                options.print(report.faults)
                throw ProfileCommand.refused
            }
            guard let postgres else {
                options.print(report.faults, skipped: report.skipped)
                print(ProfileSummary(profile))
                return
            }
            options.print(report.faults)
            let session = try ProfileCommand.session(postgres)
            if case .refused(let faults) = try ProfileLoading.load(profile, isRehearsal: true, into: session) {
                options.print(faults)
                throw ProfileCommand.refused
            }
            print(ProfileSummary(profile))
        }
    }

    /// `gridctl profile load`
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Validate a profile and store it as a new version; running services take it over by themselves.",
            discussion: "Nothing is stored when anything is fatally wrong; exit 65 then.")

        @OptionGroup var options: FolderOptions
        @OptionGroup var database: DatabaseOptions
        @Option(help: "When it takes effect, such as 2026-01-01T00:00:00+08:00; otherwise at once.")
        var validFrom: String?

        func run() async throws {
            var start: Timestamp?
            if let validFrom {
                start = Timestamp(rfc3339: validFrom)
                guard start != nil else { throw ValidationError("\(validFrom) is not an RFC 3339 time with offset") }
            }
            let report = try ProfileReport(checking: options.profileFolder)
            options.print(report.faults)
            guard let profile = report.profile else { throw ProfileCommand.refused }
            switch try ProfileLoading.load(profile, validFrom: start, into: try database.session()) {
            case .loaded(let version):
                print("loaded \(profile.code) as version \(version)")
                print(ProfileSummary(profile))
            case .refused(let faults):
                options.print(faults)
                throw ProfileCommand.refused
            case .sound: break
            }
        }
    }

    /// `gridctl profile show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the profile that is in force.")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            guard let city = try CityStore.load(try database.session()) else {
                print(CityStoreError.noProfile)
                throw ExitCode.failure
            }
            print(ProfileSummary(city.profile))
        }
    }
}
