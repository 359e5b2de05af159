import City
import FoundationEssentials
import Postgres

/// Reads one version back into the model, every list in the order of the profile's files.
struct ProfileReader {
    let version: Int
    let transaction: PostgresTransaction

    func profile() throws -> Profile {
        let head = try transaction.query(
            """
            SELECT code, name_zh, name_en, time_zone, division_code, tracking_prefix, notes, working_time
            FROM city.profile WHERE version = \(version)
            """)
        guard let row = head.first else { throw CityStoreError.noSuchVersion(version) }
        let (code, zh, en, zone, division, prefix, notes, workingTime) = try row.decode(
            (String, String, String, String, String, String, PostgresJSON, PostgresJSON).self)
        return Profile(
            code: code, name: LocalizedText(zh: zh, en: en), version: version, timeZone: zone, divisionCode: division,
            trackingPrefix: prefix, notes: try document(notes, "notes"), levels: try levels(), grids: try grids(),
            posts: try posts(), units: try units(), sources: try sources(), categories: try categories(),
            conditions: try conditions(), policy: try policy(), tariff: try tariff(),
            workingTime: try document(workingTime, "working_time"), holidays: try holidays())
    }

    func zone() throws -> TimeZoneRules {
        let name = try transaction.query("SELECT time_zone FROM city.profile WHERE version = \(version)")
        guard let name = try name.decode(String.self).first else { throw CityStoreError.noSuchVersion(version) }
        let rows = try transaction.query(
            "SELECT starts_at, offset_seconds FROM city.zone_transition WHERE version = \(version) ORDER BY starts_at")
        return try TimeZoneRules(
            name: name,
            transitions: rows.decode((PostgresTimestamp, Int).self).map { from, offset in
                TimeZoneRules.Transition(from: Timestamp(microseconds: from.microseconds), offsetSeconds: offset)
            })
    }

    private func levels() throws -> [GridLevel] {
        try transaction.query(
            "SELECT level, slug, name_zh, name_en FROM city.level WHERE version = \(version) ORDER BY level"
        ).decode((Int, String, String, String).self).map { level, slug, zh, en in
            GridLevel(level: level, slug: slug, name: LocalizedText(zh: zh, en: en))
        }
    }

    private func grids() throws -> [Grid] {
        let rows = try transaction.query(
            """
            SELECT code, parent, level, kind, name_zh, name_en, households, public.ST_AsBinary(geom, 'NDR') AS area
            FROM city.grid WHERE version = \(version) ORDER BY position
            """)
        return try rows.map { row in
            guard let bytes = row["area"].bytes, let area = WellKnownBinary.decode(bytes) else {
                throw unreadable("a grid's area")
            }
            return Grid(
                code: GridCode(try row["code"].decode()),
                parent: try row["parent"].decode(String?.self).map { GridCode($0) },
                level: try row["level"].decode(), kind: try choice(row["kind"].decode(), "a grid's kind"),
                name: LocalizedText(zh: try row["name_zh"].decode(), en: try row["name_en"].decode()),
                households: try row["households"].decode(), area: area)
        }
    }

    private func posts() throws -> [StaffPost] {
        try transaction.query(
            "SELECT code, grid, role, title_zh, title_en, unit FROM city.post WHERE version = \(version) ORDER BY position"
        ).decode((String, String, String, String, String, String?).self).map { code, grid, role, zh, en, unit in
            StaffPost(
                code: PostCode(code), grid: GridCode(grid), role: role, title: LocalizedText(zh: zh, en: en),
                unit: unit.map { UnitCode($0) })
        }
    }

    private func units() throws -> [Unit] {
        try transaction.query(
            "SELECT code, grid, kind, name_zh, name_en FROM city.unit WHERE version = \(version) ORDER BY position"
        ).decode((String, String, String, String, String).self).map { code, grid, kind, zh, en in
            Unit(code: UnitCode(code), grid: GridCode(grid), kind: kind, name: LocalizedText(zh: zh, en: en))
        }
    }

    private func sources() throws -> [Source] {
        try transaction.query(
            "SELECT code, name_zh, name_en, datum, staffed FROM city.source WHERE version = \(version) ORDER BY position"
        ).decode((String, String, String, String, Bool).self).map { code, zh, en, datum, staffed in
            Source(
                code: SourceCode(code), name: LocalizedText(zh: zh, en: en),
                datum: try choice(datum, "a source's datum"),
                staffed: staffed)
        }
    }

    private func categories() throws -> [Category] {
        try transaction.query(
            """
            SELECT code, kind, major_zh, major_en, name_zh, name_en FROM city.category
            WHERE version = \(version) ORDER BY position
            """
        ).decode((String, String, String, String, String, String).self).map { code, kind, majorZh, majorEn, zh, en in
            Category(
                code: CategoryCode(code), kind: try choice(kind, "a category's kind"),
                majorClass: LocalizedText(zh: majorZh, en: majorEn), name: LocalizedText(zh: zh, en: en))
        }
    }

    private func conditions() throws -> [FilingCondition] {
        try transaction.query(
            """
            SELECT code, category, name_zh, name_en, limit_amount, limit_unit, severity, needs_evidence
            FROM city.filing_condition WHERE version = \(version) ORDER BY position
            """
        ).decode((String, String, String, String, Int, String, String, Bool).self).map {
            code, category, zh, en, amount, unit, severity, evidence in
            FilingCondition(
                code: ConditionCode(code), category: CategoryCode(category), name: LocalizedText(zh: zh, en: en),
                limit: TimeLimit(amount, try choice(unit, "a limit's unit")),
                severity: try choice(severity, "a severity"), needsEvidence: evidence)
        }
    }

    private func policy() throws -> Policy {
        let rows = try transaction.query("SELECT document FROM city.policy WHERE version = \(version)")
        guard let text = try rows.decode(PostgresJSON.self).first else { throw unreadable("the policy") }
        return try document(text, "the policy")
    }

    private func tariff() throws -> Tariff {
        let rates = try transaction.query(
            """
            SELECT kind, name_zh, name_en, points, daily_cap FROM city.tariff_rate
            WHERE version = \(version) ORDER BY position
            """
        ).decode((String, String, String, Int, Int).self).map { kind, zh, en, points, cap in
            Tariff.Rate(kind: kind, name: LocalizedText(zh: zh, en: en), points: points, dailyCap: cap)
        }
        let rows = try transaction.query(
            "SELECT fen_per_point, review_days, reviewer_role, reviewer_level FROM city.tariff WHERE version = \(version)"
        )
        guard let (fen, days, role, level) = try rows.decode((Int, Int, String, Int).self).first else {
            throw unreadable("the tariff")
        }
        return Tariff(
            rates: rates, fenPerPoint: fen, reviewDays: days, reviewerRole: role, reviewerLevel: level)
    }

    private func holidays() throws -> [Holiday] {
        try transaction.query(
            "SELECT day, name, is_day_off FROM city.holiday WHERE version = \(version) ORDER BY day"
        ).decode((PostgresDate, String, Bool).self).map { day, name, isDayOff in
            Holiday(day: CivilDay(daysSinceEpoch: Int(day.daysSinceEpoch)), name: name, isDayOff: isDayOff)
        }
    }

    private func document<Document: Decodable>(_ json: PostgresJSON, _ what: String) throws -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(json.bytes))
        } catch {
            throw unreadable(what)
        }
    }

    private func choice<Choice: RawRepresentable<String>>(_ text: String, _ what: String) throws -> Choice {
        guard let choice = Choice(rawValue: text) else { throw unreadable(what) }
        return choice
    }

    private func unreadable(_ what: String) -> CityStoreError { .unreadable(version: version, what: what) }
}
