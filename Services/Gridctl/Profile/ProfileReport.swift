import City

/// What reading and checking a profile folder came to.
struct ProfileReport: Sendable {
    /// The profile; nil when a fault is fatal.
    var profile: Profile?
    var simulation: SimulationTarget?
    /// All faults, fatal ones first, then by place.
    var faults: [ProfileFault]
    /// What could not be checked without a database, said to whoever asked.
    var skipped: [LocalizedText]

    var hasFatal: Bool { faults.contains(where: \.isFatal) }

    /// Reads the folder and applies every rule that needs no database.
    init(checking folder: ProfileFolder) {
        let faults = FaultList()
        let draft = ProfileDraft(folder, faults: faults)
        TreeRules.check(draft, faults)
        ReferenceRules.check(draft, faults)
        PolicyRules.check(draft, faults)
        StaffingRules.check(draft, faults)
        CalendarRules.check(draft, faults)
        AreaRules.check(draft, faults)
        // A broken outline or tree would only show a second time as a hole in the cover.
        let open = faults.hasFatal ? [] : CoverRules.check(draft, faults)

        self.faults = faults.sorted
        profile = faults.hasFatal ? nil : draft.profile
        simulation = draft.document?.simulation
        skipped = Self.skipped(openCovers: open, timeZone: draft.document?.timeZone)
    }

    private static func skipped(openCovers: [GridCode], timeZone: String?) -> [LocalizedText] {
        var notes: [LocalizedText] = []
        if let first = openCovers.first {
            notes.append(
                LocalizedText(
                    zh: "\(openCovers.count) 个网格的下级没有共用顶点，覆盖须由 PostGIS 检查，如 \(first)",
                    en:
                        "the parts of \(openCovers.count) grids do not share their vertices, so PostGIS must check the cover, such as \(first)"
                ))
        }
        if let timeZone {
            notes.append(
                LocalizedText(
                    zh: "时区 \(timeZone) 的规则须由 PostgreSQL 提供",
                    en: "the rules of time zone \(timeZone) come from PostgreSQL"))
        }
        return notes
    }
}
