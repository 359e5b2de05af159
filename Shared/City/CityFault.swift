/// Why a profile is not a city: what ``City/init(profile:zone:)`` refuses.
public enum CityFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Two things of one kind have the same code.
    case duplicate(kind: String, code: String)
    /// Something refers to a code that the profile does not have.
    case unknown(kind: String, code: String, referredToBy: String)
    /// The tree needs one root; these grids have no parent.
    case rootCount([GridCode])
    /// A grid whose parent is, at some remove, itself.
    case cycle(GridCode)
    /// A grid whose level is not one below its parent's; the root's is 1.
    case wrongLevel(GridCode)
    /// A grid without area, or with coordinates that are no degrees.
    case badArea(GridCode)
    /// A time limit outside ``TimeLimit/amounts``.
    case badLimit(of: String, TimeLimit)
    /// The profile names another time zone than the rules given.
    case wrongZone(expected: String, given: String)

    public var description: String {
        switch self {
        case .duplicate(let kind, let code): "two of \(kind) are called \(code)"
        case .unknown(let kind, let code, let referrer): "\(referrer) refers to \(kind) \(code), which does not exist"
        case .rootCount(let roots): "the grid tree needs one root and has \(roots.count)"
        case .cycle(let grid): "grid \(grid) is its own ancestor"
        case .wrongLevel(let grid): "the level of grid \(grid) is not one below its parent's"
        case .badArea(let grid): "grid \(grid) has no area or coordinates that are no degrees"
        case .badLimit(let owner, let limit): "the limit of \(owner), \(limit.text.en), is out of range"
        case .wrongZone(let expected, let given): "the city keeps \(expected) time, rules are for \(given)"
        }
    }
}
