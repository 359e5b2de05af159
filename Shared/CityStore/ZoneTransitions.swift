import Postgres

/// Takes the rules of a time zone from PostgreSQL's own data, so that services need no zone files.
enum ZoneTransitions {
    /// Stores when the zone's offset changes between 1990 and 2100.
    ///
    /// - Throws: ``CityStoreError/unknownTimeZone(_:)``
    static func store(zone: String, version: Int, in transaction: PostgresTransaction) throws {
        // Asked first: PostgreSQL would take an unknown name of the right form for a POSIX rule.
        guard try !transaction.query("SELECT 1 FROM pg_timezone_names WHERE name = \(zone)").isEmpty else {
            throw CityStoreError.unknownTimeZone(zone)
        }
        // First the days between which the offset differs, then the minute within them.
        try transaction.enqueue(
            """
            WITH day AS (
                SELECT day, extract(epoch FROM (day AT TIME ZONE \(zone)) - (day AT TIME ZONE 'UTC'))::integer AS seconds
                FROM generate_series('1990-01-01Z'::timestamptz, '2100-01-01Z', '1 day') AS day
            ), change AS (
                SELECT day, seconds, lag(day) OVER (ORDER BY day) AS before, lag(seconds) OVER (ORDER BY day) AS previous
                FROM day
            )
            INSERT INTO city.zone_transition (version, starts_at, offset_seconds)
            SELECT \(version), coalesce(exact.minute, day), seconds
            FROM change LEFT JOIN LATERAL (
                SELECT min(minute) AS minute FROM generate_series(before, day, '1 minute') AS minute
                WHERE extract(epoch FROM (minute AT TIME ZONE \(zone)) - (minute AT TIME ZONE 'UTC')) = seconds
                    AND before IS NOT NULL
            ) AS exact ON true
            WHERE previous IS DISTINCT FROM seconds
            """, label: "zone_transition")
    }
}
