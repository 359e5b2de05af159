import City

/// `profile.yaml`: everything about a city that is not a long table.
struct ProfileDocument: Sendable {
    /// Which holiday files hold for the city.
    struct Holidays: Sendable {
        /// Relative to the profile's folder.
        var folder: String
        var years: [Int]
        var line: Int
    }

    var code: String
    var name: LocalizedText
    var timeZone: String
    var divisionCode: String
    var trackingPrefix: String
    var bounds: BoundingBox
    var assumedYear: Int
    var notes: [LocalizedText]
    var levels: [GridLevel]
    var householdNorm: ClosedRange<Int>
    /// Roles of which each of the smallest grids needs at least one holder.
    var neededRoles: [String]
    var policy: Policy
    var tariff: Tariff
    var workingTime: WorkingTime
    var holidays: Holidays
    var simulation: SimulationTarget?

    /// Lines that rules point to when what is there does not fit the other files.
    var lines: Lines

    struct Lines: Sendable {
        var rules: [Int] = []
        var policy = 1
        var tariff = 1
        var rates: [Int] = []
        var levels = 1
        var assumedYear = 1
        var workingTime = 1
        var clocks = 1
    }

    /// Nil when the file is not YAML. Faults inside are collected and replaced by stand-ins.
    init?(_ text: String, faults: FaultList) {
        guard let root = YAMLMapping(text, file: ProfileFolder.profile, faults: faults) else { return nil }
        lines = Lines()
        code = root.text("code")
        name = root.localized("name")
        timeZone = root.text("timeZone")
        divisionCode = root.text("divisionCode")
        trackingPrefix = root.text("trackingPrefix")
        assumedYear = root.integer("assumedYear", in: 2000...2199)
        lines.assumedYear = root.line(of: "assumedYear")
        notes = root.mappings("notes").map { Self.localized($0) }
        bounds = Self.bounds(root)
        levels = root.mappings("levels").map { mapping in
            defer { mapping.finish() }
            return GridLevel(
                level: mapping.integer("level", in: 1...20), slug: mapping.text("slug"), name: mapping.localized("name")
            )
        }
        lines.levels = root.line(of: "levels")
        householdNorm = Self.householdNorm(root)
        let staffing = root.mapping("staffing")
        neededRoles = staffing?.texts("everyGridNeeds") ?? []
        staffing?.finish()

        (policy, lines) = PolicySection.read(root, lines: lines)
        (tariff, lines) = TariffSection.read(root, lines: lines)
        workingTime = WorkingTimeSection.read(root)
        lines.workingTime = root.line(of: "workingTime")
        let years = root.mapping("holidays")
        holidays = Holidays(
            folder: years?.text("folder") ?? "", years: years?.integers("years") ?? [], line: years?.line ?? 1)
        years?.finish()
        if root.has("simulation") { simulation = SimulationTarget(root) }
        root.finish()
        Self.checkShapes(of: self, root)
    }

    private static func localized(_ mapping: YAMLMapping) -> LocalizedText {
        defer { mapping.finish() }
        return LocalizedText(zh: mapping.text("zh"), en: mapping.text("en"))
    }

    private static func bounds(_ root: YAMLMapping) -> BoundingBox {
        let world = BoundingBox(minLongitude: -180, minLatitude: -90, maxLongitude: 180, maxLatitude: 90)
        guard let mapping = root.mapping("bounds") else { return world }
        defer { mapping.finish() }
        let box = BoundingBox(
            minLongitude: mapping.decimal("west", in: -180...180), minLatitude: mapping.decimal("south", in: -90...90),
            maxLongitude: mapping.decimal("east", in: -180...180), maxLatitude: mapping.decimal("north", in: -90...90))
        guard box.width > 0, box.height > 0 else {
            root.malformed(
                "bounds", zh: "范围为空：west 应小于 east，south 应小于 north",
                en: "nothing lies inside: west < east and south < north")
            return world
        }
        return box
    }

    private static func householdNorm(_ root: YAMLMapping) -> ClosedRange<Int> {
        guard let mapping = root.mapping("householdNorm") else { return 0...Int.max }
        defer { mapping.finish() }
        let from = mapping.integer("from", in: 0...1_000_000)
        let to = mapping.integer("to", in: 0...1_000_000)
        guard from <= to else {
            root.malformed("householdNorm", zh: "from 不应大于 to", en: "from is greater than to")
            return 0...Int.max
        }
        return from...to
    }

    private static func checkShapes(of document: ProfileDocument, _ root: YAMLMapping) {
        func check(_ key: String, _ text: String, _ isRight: Bool, zh: String, en: String) {
            if !text.isEmpty, !isRight { root.malformed(key, zh: zh, en: en) }
        }
        check(
            "code", document.code, CodeShape.isSlug(document.code), zh: "应为小写字母、数字和连字符",
            en: "expected lower-case letters, digits and hyphens")
        check(
            "divisionCode", document.divisionCode, CodeShape.isDivision(document.divisionCode), zh: "应为 9 位或 12 位数字",
            en: "expected 9 or 12 digits")
        check(
            "trackingPrefix", document.trackingPrefix,
            (2...5).contains(document.trackingPrefix.count)
                && document.trackingPrefix.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) },
            zh: "应为 2 至 5 个大写字母", en: "expected 2 to 5 capital letters")
        let zone = document.timeZone.split(separator: "/", omittingEmptySubsequences: false)
        check(
            "timeZone", document.timeZone, zone.count >= 2 && zone.allSatisfy { !$0.isEmpty },
            zh: "应为 IANA 时区名，如 Asia/Shanghai",
            en: "expected an IANA name such as Asia/Shanghai")
    }
}

/// What a simulated month aims at.
struct SimulationTarget: Hashable, Sendable {
    var year: Int
    var month: Int
    /// Reports in the month.
    var events: Int
    /// How many of them are handled on the spot.
    var onTheSpot: Int

    fileprivate init?(_ root: YAMLMapping) {
        guard let mapping = root.mapping("simulation") else { return nil }
        defer { mapping.finish() }
        let text = mapping.text("month")
        guard let day = CivilDay(iso8601: text + "-01") else {
            if !text.isEmpty {
                mapping.malformed("month", zh: "应为年-月，如 2025-11", en: "expected year-month such as 2025-11")
            }
            return nil
        }
        year = day.year
        month = day.month
        events = mapping.integer("events", in: 1...100_000_000)
        onTheSpot = mapping.integer("onTheSpot", in: 0...100_000_000)
        if onTheSpot > events {
            mapping.malformed("onTheSpot", zh: "不应多于 events", en: "expected no more than events")
        }
    }
}
