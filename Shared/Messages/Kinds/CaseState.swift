/// Where a case stands. What may become what is the router's table; everybody else only reads it.
public enum CaseState: String, Sendable, CaseIterable, Codable {
    /// Waits at the manual desk: no grid or no answerable post was found.
    case reported
    /// 立案: has a number and a grid.
    case filed
    /// 派遣: somebody has been told to handle it.
    case dispatched
    /// The one it was dispatched to has accepted it.
    case accepted
    /// 处置中: work goes on.
    case handling
    /// 已处置: waits for the closing check.
    case handled
    /// 结案.
    case closed
    /// 回退: sent back with a reason; may be corrected or dispatched anew, nothing else.
    case returned
    /// 不予受理.
    case declined
    /// 作废.
    case void

    /// Nothing more is expected of anybody.
    public var isFinal: Bool { self == .closed || self == .declined || self == .void }
}

/// One kind of step in a case's history.
public enum CaseChange: String, Sendable, CaseIterable, Codable {
    /// Waits at the manual desk, because it names no place that can be located.
    case received
    case filed
    case dispatched
    case accepted
    case started
    case returned
    case handled
    /// Reported and handled by the same worker in one step (现场处置).
    case handledOnTheSpot = "handled-on-the-spot"
    case closed
    /// The closing check failed; rework (返工).
    case reopened
    case declined
    case voided
    /// Another report of the same problem joined (并案).
    case merged
    /// Raised one level after a breach.
    case escalated
    /// A command went to every node (一键下达).
    case commanded
    /// A node acknowledged the command (回执).
    case acknowledged
    /// The manual desk gave it a grid.
    case located
}
