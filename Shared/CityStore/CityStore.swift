public import City
public import Postgres

/// Where the city's reference data stays: schema `city`, written by profile loads, read by every service.
///
/// Versions are never changed once stored. Services read the version in force and are told of new ones by a notice on
/// ``noticeChannel``; ``CityHolder`` does both.
public enum CityStore {
    /// The schema all tables are in.
    public static let schema = "city"
    /// Channel of the notice each save sends; the payload is the version.
    public static let noticeChannel = "city"

    /// The schema's migrations, in order. They create the extension `postgis` when it is absent, which on most servers
    /// only a superuser may do.
    public static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]

    /// The version in force at the database's present time; nil before the first profile was loaded.
    public static func effectiveVersion(_ session: PostgresSession) throws -> Int? {
        try session.query("SELECT city.effective_version()").decode(Int?.self).first ?? nil
    }

    /// The city in force at the database's present time; nil before the first profile was loaded.
    ///
    /// Read in one snapshot, so a load that commits meanwhile is seen whole or not at all.
    ///
    /// - Throws: `PostgresError`, or what `City` refuses.
    public static func load(_ session: PostgresSession) throws -> City? {
        guard let version = try effectiveVersion(session) else { return nil }
        return try load(version: version, session)
    }

    /// The city as a version describes it.
    ///
    /// - Throws: ``CityStoreError/noSuchVersion(_:)``
    public static func load(version: Int, _ session: PostgresSession) throws -> City {
        do {
            return try session.transaction(isolation: .repeatableRead, readOnly: true) {
                try load(version: version, in: $0)
            }
        } catch {
            throw error.cause
        }
    }

    /// The city as a version describes it that may have been saved in the same transaction: what services would make of it.
    ///
    /// - Throws: ``CityStoreError/noSuchVersion(_:)``, or what `City` refuses.
    public static func load(version: Int, in transaction: PostgresTransaction) throws -> City {
        let reader = ProfileReader(version: version, transaction: transaction)
        return try City(profile: reader.profile(), zone: reader.zone())
    }
}

/// Why reference data could not be stored or read.
public enum CityStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No profile has been loaded, or none is in force yet.
    case noProfile
    case noSuchVersion(Int)
    /// PostgreSQL's time-zone data does not have the zone.
    case unknownTimeZone(String)
    /// A stored document or enumeration is of another program version.
    case unreadable(version: Int, what: String)

    public var description: String {
        switch self {
        case .noProfile: "no profile is in force; load one with gridctl profile load"
        case .noSuchVersion(let version): "there is no version \(version) of the profile"
        case .unknownTimeZone(let name): "PostgreSQL does not know the time zone \(name)"
        case .unreadable(let version, let what): "\(what) of profile version \(version) cannot be read"
        }
    }
}
