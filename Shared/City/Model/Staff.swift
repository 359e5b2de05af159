/// A post (岗位) that answers for a grid or works for a unit. Names of people are not part of the profile.
public struct StaffPost: Hashable, Sendable, Codable {
    public var code: PostCode
    public var grid: GridCode
    /// Role slug, data of the profile: `grid-leader`, `grid-worker`, `building-head`, `brigade`, `dispatcher`, …
    public var role: String
    public var title: LocalizedText
    /// The unit the post belongs to, when it is not the grid's own force.
    public var unit: UnitCode?

    public init(code: PostCode, grid: GridCode, role: String, title: LocalizedText, unit: UnitCode? = nil) {
        self.code = code
        self.grid = grid
        self.role = role
        self.title = title
        self.unit = unit
    }
}

/// A unit (单位): a brigade, a department or one of the "N" units of a street.
public struct Unit: Hashable, Sendable, Codable {
    public var code: UnitCode
    public var grid: GridCode
    /// Kind slug, data of the profile: `brigade`, `department`, `property`, `school`, `company`, …
    public var kind: String
    public var name: LocalizedText

    public init(code: UnitCode, grid: GridCode, kind: String, name: LocalizedText) {
        self.code = code
        self.grid = grid
        self.kind = kind
        self.name = name
    }
}
