public import City
import FoundationEssentials
public import Postgres

extension CityStore {
    /// Stores a profile as the next version and gives its number.
    ///
    /// Saves wait for each other, so versions are gapless in the order of commits. When the transaction commits, everybody
    /// who listens on ``noticeChannel`` is told. The profile must have been validated; what the tables refuse is thrown.
    ///
    /// - Parameter validFrom: When it takes effect; nil: with this transaction.
    /// - Throws: ``CityStoreError/unknownTimeZone(_:)``, `PostgresError`.
    public static func save(
        _ profile: Profile, validFrom: Timestamp? = nil, in transaction: PostgresTransaction
    ) throws -> Int {
        // Conflicts with itself and with writers, not with readers.
        try transaction.enqueue("LOCK TABLE city.profile IN SHARE ROW EXCLUSIVE MODE", label: "lock profile")
        guard
            let version = try transaction.query("SELECT coalesce(max(version), 0) + 1 FROM city.profile").decode(
                Int.self
            )
            .first
        else { throw CityStoreError.noProfile }

        let writer = ProfileWriter(profile: profile, version: version, transaction: transaction)
        try writer.writeProfile(validFrom: validFrom)
        try writer.writeGrids()
        try writer.writeStaff()
        try writer.writeCatalogue()
        try writer.writePolicy()
        try writer.writeCalendar()
        try transaction.enqueue(
            "SELECT pg_notify(\(noticeChannel), \(String(version)))", label: "notice")
        try transaction.flush()
        return version
    }
}

/// Writes one version, each table with one statement.
private struct ProfileWriter {
    let profile: Profile
    let version: Int
    let transaction: PostgresTransaction

    func writeProfile(validFrom: Timestamp?) throws {
        let start = validFrom.map { PostgresTimestamp(microseconds: $0.microseconds) }
        try transaction.enqueue(
            """
            INSERT INTO city.profile (version, code, name_zh, name_en, division_code, tracking_prefix, time_zone, notes,
                working_time, valid_from)
            VALUES (\(version), \(profile.code), \(profile.name.zh), \(profile.name.en), \(profile.divisionCode),
                \(profile.trackingPrefix), \(profile.timeZone), \(try json(profile.notes)), \(try json(profile.workingTime)),
                coalesce(\(start as PostgresTimestamp?), now()))
            """, label: "profile")
        let levels = profile.levels
        try transaction.enqueue(
            """
            INSERT INTO city.level (version, level, slug, name_zh, name_en)
            SELECT \(version), * FROM unnest(\(levels.map(\.level)), \(levels.map(\.slug)), \(levels.map(\.name.zh)),
                \(levels.map(\.name.en)))
            """, label: "level")
    }

    func writeGrids() throws {
        let grids = profile.grids
        try transaction.enqueue(
            """
            INSERT INTO city.grid (version, position, code, parent, level, kind, name_zh, name_en, households, geom)
            SELECT \(version), n, code, parent, level, kind, zh, en, households, public.ST_GeomFromWKB(area, 4326)
            FROM unnest(\(grids.map(\.code.rawValue)), \(grids.map(\.parent?.rawValue)), \(grids.map(\.level)),
                \(grids.map(\.kind.rawValue)), \(grids.map(\.name.zh)), \(grids.map(\.name.en)),
                \(grids.map(\.households)), \(grids.map { WellKnownBinary.encode($0.area) }))
                WITH ORDINALITY AS row (code, parent, level, kind, zh, en, households, area, n)
            """, label: "grid")
    }

    func writeStaff() throws {
        let units = profile.units
        try transaction.enqueue(
            """
            INSERT INTO city.unit (version, code, grid, kind, name_zh, name_en, position)
            SELECT \(version), * FROM unnest(\(units.map(\.code.rawValue)), \(units.map(\.grid.rawValue)),
                \(units.map(\.kind)), \(units.map(\.name.zh)), \(units.map(\.name.en))) WITH ORDINALITY
            """, label: "unit")
        let posts = profile.posts
        try transaction.enqueue(
            """
            INSERT INTO city.post (version, code, grid, role, title_zh, title_en, unit, position)
            SELECT \(version), * FROM unnest(\(posts.map(\.code.rawValue)), \(posts.map(\.grid.rawValue)),
                \(posts.map(\.role)), \(posts.map(\.title.zh)), \(posts.map(\.title.en)),
                \(posts.map(\.unit?.rawValue))) WITH ORDINALITY
            """, label: "post")
    }

    func writeCatalogue() throws {
        let sources = profile.sources
        try transaction.enqueue(
            """
            INSERT INTO city.source (version, code, name_zh, name_en, datum, staffed, position)
            SELECT \(version), * FROM unnest(\(sources.map(\.code.rawValue)), \(sources.map(\.name.zh)),
                \(sources.map(\.name.en)), \(sources.map(\.datum.rawValue)), \(sources.map(\.staffed))) WITH ORDINALITY
            """, label: "source")
        let categories = profile.categories
        try transaction.enqueue(
            """
            INSERT INTO city.category (version, code, kind, major_zh, major_en, name_zh, name_en, position)
            SELECT \(version), * FROM unnest(\(categories.map(\.code.rawValue)), \(categories.map(\.kind.rawValue)),
                \(categories.map(\.majorClass.zh)), \(categories.map(\.majorClass.en)), \(categories.map(\.name.zh)),
                \(categories.map(\.name.en))) WITH ORDINALITY
            """, label: "category")
        let conditions = profile.conditions
        try transaction.enqueue(
            """
            INSERT INTO city.filing_condition (version, code, category, name_zh, name_en, limit_amount, limit_unit, severity,
                needs_evidence, position)
            SELECT \(version), * FROM unnest(\(conditions.map(\.code.rawValue)), \(conditions.map(\.category.rawValue)),
                \(conditions.map(\.name.zh)), \(conditions.map(\.name.en)), \(conditions.map(\.limit.amount)),
                \(conditions.map(\.limit.unit.rawValue)), \(conditions.map(\.severity.rawValue)),
                \(conditions.map(\.needsEvidence))) WITH ORDINALITY
            """, label: "filing_condition")
    }

    func writePolicy() throws {
        try transaction.enqueue(
            "INSERT INTO city.policy (version, document) VALUES (\(version), \(try json(profile.policy)))",
            label: "policy")
        let tariff = profile.tariff
        try transaction.enqueue(
            """
            INSERT INTO city.tariff (version, fen_per_point, review_days, reviewer_role, reviewer_level)
            VALUES (\(version), \(tariff.fenPerPoint), \(tariff.reviewDays), \(tariff.reviewerRole), \(tariff.reviewerLevel))
            """, label: "tariff")
        try transaction.enqueue(
            """
            INSERT INTO city.tariff_rate (version, kind, name_zh, name_en, points, daily_cap, position)
            SELECT \(version), * FROM unnest(\(tariff.rates.map(\.kind)), \(tariff.rates.map(\.name.zh)),
                \(tariff.rates.map(\.name.en)), \(tariff.rates.map(\.points)), \(tariff.rates.map(\.dailyCap)))
                WITH ORDINALITY
            """, label: "tariff_rate")
    }

    func writeCalendar() throws {
        let holidays = profile.holidays
        let days = holidays.map { PostgresDate(daysSinceEpoch: Int32($0.day.daysSinceEpoch)) }
        try transaction.enqueue(
            """
            INSERT INTO city.holiday (version, day, name, is_day_off)
            SELECT \(version), * FROM unnest(\(days), \(holidays.map(\.name)), \(holidays.map(\.isDayOff)))
            """, label: "holiday")
        try ZoneTransitions.store(zone: profile.timeZone, version: version, in: transaction)
    }

    private func json(_ value: some Encodable) throws -> PostgresJSON {
        PostgresJSON(bytes: Array(try JSONEncoder().encode(value)))
    }
}
