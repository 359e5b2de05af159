import City
import CityStore
import Postgres

/// Stores a checked profile, with the checks that need a database, in one transaction: all of it or nothing.
enum ProfileLoading {
    enum Outcome: Sendable {
        /// Stored as this version.
        case loaded(version: Int)
        /// Everything is in order, but it was not to be stored.
        case sound
        /// Not stored, because of these faults.
        case refused([ProfileFault])
    }

    /// Ends the transaction without keeping what it did.
    private enum Undo: Error {
        case refused([ProfileFault])
        case rehearsed
    }

    /// - Parameters:
    ///   - validFrom: When the version takes effect; nil: at once.
    ///   - isRehearsal: Check everything, then undo.
    /// - Throws: `PostgresError`; `CityFault` when the profile was not checked before and is no city.
    static func load(
        _ profile: Profile, validFrom: Timestamp? = nil, isRehearsal: Bool = false, into session: PostgresSession
    ) throws -> Outcome {
        do {
            let version = try session.transaction { transaction in
                let version = try CityStore.save(profile, validFrom: validFrom, in: transaction)
                let faults = try CityStore.coverFaults(version: version, in: transaction).map { fault($0, in: profile) }
                guard faults.isEmpty else { throw Undo.refused(faults.sorted()) }
                // No service could start with what is no city.
                _ = try CityStore.load(version: version, in: transaction)
                if isRehearsal { throw Undo.rehearsed }
                return version
            }
            return .loaded(version: version)
        } catch {
            switch error.cause {
            case Undo.refused(let faults): return .refused(faults)
            case Undo.rehearsed: return .sound
            case CityStoreError.unknownTimeZone(let name): return .refused([unknownZone(name)])
            default: throw error.cause
            }
        }
    }

    private static func fault(_ cover: CoverFault, in profile: Profile) -> ProfileFault {
        let metres = Int(cover.squareMetres.rounded(.up))
        let parts = cover.parts.map(\.rawValue).joined(separator: ", ")
        let reason =
            switch cover.kind {
            case .invalid: LocalizedText(zh: "区域不是有效的多边形", en: "the area is not a valid polygon")
            case .gap:
                LocalizedText(zh: "下级网格之间留有空隙，约 \(metres) 平方米", en: "its parts leave a gap of about \(metres) m²")
            case .excess: LocalizedText(zh: "下级网格超出边界，约 \(metres) 平方米", en: "its parts stick out by about \(metres) m²")
            case .overlap:
                LocalizedText(
                    zh: "下级网格 \(parts) 重叠，约 \(metres) 平方米", en: "its parts \(parts) overlap by about \(metres) m²")
            }
        return ProfileFault(
            kind: cover.kind == .invalid ? .geometry : .cover, file: ProfileFolder.grids,
            row: profile.grids.firstIndex { $0.code == cover.grid }.map { $0 + 1 }, field: "geometry", reason: reason,
            isFatal: true)
    }

    private static func unknownZone(_ name: String) -> ProfileFault {
        ProfileFault(
            kind: .calendar, file: ProfileFolder.profile, row: nil, field: "timeZone",
            reason: LocalizedText(zh: "PostgreSQL 没有时区 \(name)", en: "PostgreSQL does not know the time zone \(name)"),
            isFatal: true)
    }
}
