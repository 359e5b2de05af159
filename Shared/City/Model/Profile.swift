/// One city's way of working, as data. Loaded by `gridctl profile load`; each load is a new ``version``.
public struct Profile: Hashable, Sendable, Codable {
    /// Slug, such as `xihanggang`.
    public var code: String
    public var name: LocalizedText
    /// Counts up with each load; 0 before the profile is stored.
    public var version: Int
    /// IANA name, such as `Asia/Shanghai`.
    public var timeZone: String
    /// Division code of the root, 9 or 12 digits.
    public var divisionCode: String
    /// Letters that begin tracking numbers, such as `XHG`.
    public var trackingPrefix: String
    /// What is assumed or invented, said to whoever reads the profile.
    public var notes: [LocalizedText]
    public var levels: [GridLevel]
    public var grids: [Grid]
    public var posts: [StaffPost]
    public var units: [Unit]
    public var sources: [Source]
    public var categories: [Category]
    public var conditions: [FilingCondition]
    public var policy: Policy
    public var tariff: Tariff
    public var workingTime: WorkingTime
    public var holidays: [Holiday]

    public init(
        code: String, name: LocalizedText, version: Int, timeZone: String, divisionCode: String, trackingPrefix: String,
        notes: [LocalizedText], levels: [GridLevel], grids: [Grid], posts: [StaffPost], units: [Unit],
        sources: [Source],
        categories: [Category], conditions: [FilingCondition], policy: Policy, tariff: Tariff,
        workingTime: WorkingTime, holidays: [Holiday]
    ) {
        self.code = code
        self.name = name
        self.version = version
        self.timeZone = timeZone
        self.divisionCode = divisionCode
        self.trackingPrefix = trackingPrefix
        self.notes = notes
        self.levels = levels
        self.grids = grids
        self.posts = posts
        self.units = units
        self.sources = sources
        self.categories = categories
        self.conditions = conditions
        self.policy = policy
        self.tariff = tariff
        self.workingTime = workingTime
        self.holidays = holidays
    }
}
