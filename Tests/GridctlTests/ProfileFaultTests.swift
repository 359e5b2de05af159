import City
import Testing

@testable import Gridctl

/// One slip of the pen in a shipped file, and the fault it must cause: that one and no other.
struct Slip: Sendable, CustomTestStringConvertible {
    var file: String
    var find: String
    var replacement: String
    var kind: ProfileFault.Kind
    var field: String?
    var isFatal = true
    /// Line or feature; nil: the line that was changed.
    var row: Int?
    /// False where the place is another than the changed line.
    var hasRow = true
    /// False where other faults follow from this one.
    var isAlone = true

    var testDescription: String { "\(file): \(find) → \(replacement)" }

    init(
        _ file: String, _ find: String, _ replacement: String, _ kind: ProfileFault.Kind, _ field: String?,
        fatal isFatal: Bool = true, row: Int? = nil, hasRow: Bool = true, alone isAlone: Bool = true
    ) {
        self.file = file
        self.find = find
        self.replacement = replacement
        self.kind = kind
        self.field = field
        self.isFatal = isFatal
        self.row = row
        self.hasRow = hasRow
        self.isAlone = isAlone
    }
}

@Suite("Faults of a profile")
struct ProfileFaultTests {
    static let profileSlips = [
        Slip("profile.yaml", "levels:\n", "levels: [\n", .syntax, nil, hasRow: false),
        Slip("profile.yaml", "assumedYear: 2025", "assumedYear: 2025\nasumedYear: 2025", .unknownKey, "asumedYear"),
        Slip("profile.yaml", "timeZone: Asia/Shanghai\n", "", .missing, "timeZone", hasRow: false),
        Slip("profile.yaml", "timeZone: Asia/Shanghai", "timeZone: Beijing", .malformed, "timeZone"),
        Slip("profile.yaml", "code: xihanggang", "code: Xihanggang!", .malformed, "code"),
        Slip("profile.yaml", "trackingPrefix: XHG", "trackingPrefix: xhg1", .malformed, "trackingPrefix"),
        Slip("profile.yaml", "divisionCode: \"510116002\"", "divisionCode: \"51011600\"", .malformed, "divisionCode"),
        Slip("profile.yaml", "west: 103.90", "west: 104.90", .malformed, "bounds"),
        Slip("profile.yaml", "assumedYear: 2025", "assumedYear: 2024", .calendar, "assumedYear"),
        Slip("profile.yaml", "slug: block", "slug: street", .duplicate, "levels.slug", hasRow: false),
        Slip(
            "profile.yaml", "everyGridNeeds: [grid-leader, grid-worker]", "everyGridNeeds: [brigade]", .staffing,
            "role", fatal: false, hasRow: false),
        Slip("profile.yaml", "communityLevel: 3", "communityLevel: 7", .level, "policy.communityLevel", hasRow: false),
        Slip(
            "profile.yaml", "closeOnTheSpotAtOnce: true", "closeOnTheSpotAtOnce: maybe", .malformed,
            "policy.closeOnTheSpotAtOnce"),
        Slip("profile.yaml", "id: larger-social", "id: major-command", .duplicate, "policy.rules.id"),
        Slip("profile.yaml", "severities: [major]", "severities: [huge]", .malformed, "policy.rules[0].severities"),
        Slip(
            "profile.yaml", "categoryPrefixes: [S]", "categoryPrefixes: [X]", .unknownReference,
            "policy.rules[1].categoryPrefixes", hasRow: false),
        Slip(
            "profile.yaml", "categoryPrefixes: [S]", "sources: [patrool]", .unknownReference, "policy.rules[1].sources",
            hasRow: false),
        Slip("profile.yaml", "path: finder", "path: lost", .malformed, "policy.rules[3].path"),
        Slip(
            "profile.yaml", "leadRole: grid-worker", "leadRole: grid-wrker", .unknownReference,
            "policy.rules[3].leadRole", hasRow: false),
        Slip("profile.yaml", "leadLevel: 2", "leadLevel: 3", .policy, "policy.rules[2].leadRole", hasRow: false),
        Slip("profile.yaml", "leadLevel: 2", "leadLevel: 9", .level, "policy.rules[2].leadLevel", hasRow: false),
        Slip(
            "profile.yaml", "assistingRoles: [street-leader]", "assistingRoles: [mayor]", .unknownReference,
            "policy.rules[0].assistingRoles", hasRow: false),
        Slip(
            "profile.yaml", "id: general-finder", "id: general-finder\n      severities: [general]", .policy,
            "policy.rules", fatal: false, hasRow: false),
        Slip(
            "profile.yaml", "id: larger-report-up\n      severities: [larger]", "id: larger-report-up", .policy,
            "policy.rules", fatal: false, hasRow: false),
        Slip("profile.yaml", "check: 30分钟", "check: 30分钟左右", .malformed, "stageClocks.check"),
        Slip(
            "profile.yaml", "warnAtPercent: [50, 80]", "warnAtPercent: [80, 50]", .malformed,
            "stageClocks.warnAtPercent"),
        Slip("profile.yaml", "fenPerPoint: 100", "fenPerPoint: hundred", .malformed, "tariff.fenPerPoint"),
        Slip("profile.yaml", "reviewDays: 7", "reviewDays: 0", .outOfRange, "tariff.reviewDays"),
        Slip(
            "profile.yaml", "points: 3, dailyCap: 30", "points: 3, dailyCap: 2", .inconsistent, "tariff.rates.dailyCap"),
        Slip("profile.yaml", "kind: closing-check", "kind: valid-report", .duplicate, "tariff.rates.kind"),
        Slip(
            "profile.yaml", "reviewerRole: community-reviewer", "reviewerRole: nobody", .unknownReference,
            "tariff.reviewerRole", hasRow: false),
        Slip("profile.yaml", "\"14:00-18:00\"", "\"11:00-18:00\"", .calendar, "workingTime"),
        Slip("profile.yaml", "\"14:00-18:00\"", "\"14:00-17:00\"", .calendar, "workingTime", fatal: false),
        Slip("profile.yaml", "\"14:00-18:00\"", "\"2pm-6pm\"", .malformed, "workingTime"),
        Slip("profile.yaml", "years: [2025, 2026]", "years: [2025, 2031]", .calendar, "holidays.years"),
        Slip("profile.yaml", "onTheSpot: 8793", "onTheSpot: 98793", .malformed, "simulation.onTheSpot"),
    ]

    static let tableSlips = [
        Slip("sources.yaml", "datum: CGCS2000", "datum: Beijing54", .malformed, "sources[2].datum"),
        Slip("sources.yaml", "code: hotline-12319", "code: hotline-12345", .duplicate, "code"),
        Slip("catalogue.csv", "limit,severity", "severity", .missing, "limit"),
        Slip("catalogue.csv", "15自然日,general", "种植季节15工作日,general", .malformed, "limit"),
        Slip("catalogue.csv", "1紧急工作时,larger", "1紧急工作时制止,larger", .malformed, "limit"),
        Slip("catalogue.csv", "C0109-1,", "C0109-x,", .malformed, "condition"),
        Slip("catalogue.csv", "C0103-2,", "C0103-1,", .duplicate, "condition"),
        Slip("catalogue.csv", "C0501,component", "C0501,event", .malformed, "category"),
        Slip("catalogue.csv", "S0103,social", "S01031,social", .malformed, "category", alone: false),
        Slip(
            "catalogue.csv", "上水井盖,Water manhole cover,C0101-2", "上水盖,Water manhole cover,C0101-2", .inconsistent,
            "category"),
        Slip("catalogue.csv", "1紧急工作时,major,no", "1紧急工作时,enormous,no", .malformed, "severity"),
        Slip("catalogue.csv", "疑似泄漏,Suspected leak", "疑似泄漏,Suspected, leak", .syntax, nil),
        Slip("catalogue.csv", "疑似泄漏", "\"疑似泄漏", .syntax, nil),
        Slip("catalogue.csv", "疑似泄漏", "", .missing, "condition_zh"),
        Slip("units.csv", "SQUAD-02,510116002-P02", "SQUAD-02,510116002-P99", .unknownReference, "grid"),
        Slip("units.csv", "SQUAD-03,510116002-P03,squad", "SQUAD-03,510116002-P03,The Squad", .malformed, "kind"),
        Slip("units.csv", "MARKET-03", "MARKET-02", .duplicate, "code", alone: false),
        Slip("posts.csv", "GL0002,510116002001-02", "GL0002,510116002001-99", .unknownReference, "grid"),
        Slip("posts.csv", "GL0002,510116002001-02", "GL0001,510116002001-02", .duplicate, "code"),
        Slip("posts.csv", "brigade,SQUAD-04", "brigade,SQUAD-44", .unknownReference, "unit"),
        Slip(
            "grids.geojson", "{\"type\":\"FeatureCollection\"", "{\"type\":\"Feature\"", .syntax, "type", hasRow: false),
        Slip("grids.geojson", "\"features\":[", "\"features\":", .syntax, nil, hasRow: false),
        Slip("grids.geojson", "\"kind\":\"base\"", "\"kind\":\"basic\"", .malformed, "kind", row: 1),
        Slip(
            "grids.geojson", "\"kind\":\"base\"", "\"colour\":\"red\",\"kind\":\"base\"", .unknownColumn, "colour",
            row: 1),
        Slip(
            "grids.geojson", "\"code\":\"510116002001-01\",\"parent\":\"510116002001\"",
            "\"code\":\"510116002001-01\",\"parent\":\"510116002099\"", .unknownReference, "parent", row: 29),
        Slip(
            "grids.geojson", "\"parent\":\"510116002001\",\"level\":4", "\"parent\":\"510116002001\",\"level\":3",
            .level, "level", row: 29, alone: false),
        Slip("grids.geojson", "\"name_en\":\"Xihanggang Street\",", "", .missing, "name_en", row: 1),
        Slip("grids.geojson", "\"type\":\"Polygon\"", "\"type\":\"Point\"", .geometry, "geometry", row: 1),
        Slip(
            "grids.geojson", "{\"type\":\"FeatureCollection\"", "{\"crs\":\"EPSG:4490\",\"type\":\"FeatureCollection\"",
            .malformed, "crs", hasRow: false),
        Slip("../../holidays/2026.json", "\"year\"", "\"jahr\"", .syntax, nil, hasRow: false),
        Slip("../../holidays/2026.json", "2026-01-01", "2026-02-30", .calendar, "days.date", hasRow: false),
    ]

    @Test("A slip causes its fault and no other", arguments: profileSlips + tableSlips)
    func slip(_ slip: Slip) throws {
        let original = try #require(ShippedProfile.files[slip.file])
        let place = try #require(original.firstRange(of: slip.find), "the shipped file has changed")
        var changed = original
        changed.replaceSubrange(place, with: slip.replacement)
        let report = ProfileReport(checking: ShippedProfile.changing(slip.file) { [changed] _ in changed })

        let fault = try #require(report.faults.first { $0.kind == slip.kind }, "\(report.faults)")
        #expect(fault.file == (slip.kind == .staffing ? ProfileFolder.posts : slip.file))
        #expect(fault.field == slip.field)
        #expect(fault.isFatal == slip.isFatal)
        #expect(!fault.reason.zh.isEmpty && !fault.reason.en.isEmpty)
        if slip.hasRow {
            #expect(fault.row == slip.row ?? ProfileFaultTests.firstChangedLine(original, changed))
        }
        if slip.isAlone { #expect(report.faults.count == 1, "\(report.faults)") }
        #expect((report.profile == nil) == slip.isFatal)
    }

    @Test(
        "A missing file is one fault",
        arguments: [
            ProfileFolder.profile, ProfileFolder.grids, ProfileFolder.posts, ProfileFolder.units, ProfileFolder.sources,
            ProfileFolder.catalogue,
        ])
    func missingFile(name: String) {
        let report = ProfileReport(checking: ShippedProfile.changing(name) { _ in nil })
        #expect(report.faults.map(\.kind) == [.missingFile])
        #expect(report.faults.first?.file == name)
        #expect(report.profile == nil)
    }

    @Test("A column nobody knows is named")
    func unknownColumn() {
        let report = ProfileReport(
            checking: ShippedProfile.changing(ProfileFolder.units) { text in
                text.split(separator: "\n").map {
                    $0.hasPrefix("code") ? "\($0),colour" : $0.hasPrefix("#") ? "\($0)" : "\($0),red"
                }
                .joined(separator: "\n")
            })
        #expect(report.faults.map(\.kind) == [.unknownColumn])
        #expect(report.faults.map(\.field) == ["colour"] && report.faults.map(\.row) == [2])
    }

    @Test("Everything wrong is reported at once, fatal faults first")
    func manyFaults() {
        var files = ShippedProfile.files
        files[ProfileFolder.catalogue]?.replace("15自然日,general", with: "15天左右,general")
        files[ProfileFolder.profile]?.replace("fenPerPoint: 100", with: "fenPerPoint: x")
        files[ProfileFolder.units]?.replace("SQUAD-02,510116002-P02", with: "SQUAD-02,nowhere")
        files[ProfileFolder.profile]?.replace("\"14:00-18:00\"", with: "\"14:00-17:00\"")
        let report = ProfileReport(checking: ProfileFolder(files: files))
        #expect(report.faults.map(\.file) == ["catalogue.csv", "profile.yaml", "units.csv", "profile.yaml"])
        #expect(report.faults.map(\.isFatal) == [true, true, true, false])
        #expect(report.faults == report.faults.sorted())
    }

    private static func firstChangedLine(_ before: String, _ after: String) -> Int {
        let lines = zip(
            before.split(separator: "\n", omittingEmptySubsequences: false),
            after.split(separator: "\n", omittingEmptySubsequences: false))
        let same = lines.prefix { $0 == $1 }.count
        // An added line is the second of two: the first is still as it was.
        return same + 1
    }
}
