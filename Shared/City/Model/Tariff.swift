/// What useful work earns, in points (积分). One point is worth ``fenPerPoint`` fen when it is redeemed.
public struct Tariff: Hashable, Sendable, Codable {
    /// One kind of rewarded work.
    public struct Rate: Hashable, Sendable, Codable {
        /// Task kind slug, such as `on-the-spot-handling`.
        public var kind: String
        public var name: LocalizedText
        public var points: Int
        /// Most points one person can earn by this kind in a day.
        public var dailyCap: Int

        public init(kind: String, name: LocalizedText, points: Int, dailyCap: Int) {
            self.kind = kind
            self.name = name
            self.points = points
            self.dailyCap = dailyCap
        }
    }

    public var rates: [Rate]
    public var fenPerPoint: Int
    /// A claim nobody reviewed within this many days expires.
    public var reviewDays: Int
    /// Claims are reviewed by a holder of this role …
    public var reviewerRole: String
    /// … in the grid of this level above the grid where the work was done.
    public var reviewerLevel: Int

    public init(rates: [Rate], fenPerPoint: Int, reviewDays: Int, reviewerRole: String, reviewerLevel: Int) {
        self.rates = rates
        self.fenPerPoint = fenPerPoint
        self.reviewDays = reviewDays
        self.reviewerRole = reviewerRole
        self.reviewerLevel = reviewerLevel
    }
}
