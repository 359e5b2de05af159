/// A code that names one thing of the city's reference data. Codes are data: any non-empty text of at most
/// 64 bytes without control characters; their shape is checked when a profile is loaded, not here.
public protocol Code: RawRepresentable<String>, Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
    init(rawValue: String)
}

extension Code {
    public init(_ text: String) { self.init(rawValue: text) }
    public var description: String { rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A grid of any level (网格), such as a street, a community or a micro grid.
public struct GridCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A post somebody holds (岗位): the product knows posts, never the people who hold them.
public struct PostCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A unit (单位) that can lead or assist: a brigade, a department, a company, a school.
public struct UnitCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A minor class of the catalogue (小类): kind letter, two digits of major class, two of minor class, such as `E0103`.
public struct CategoryCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A filing condition (立案条件), the third level of the catalogue, such as `C0101-1`. Time limits belong to it.
public struct ConditionCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A system that publishes reports, such as `hotline-12345` or `patrol`.
public struct SourceCode: Code {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Number of an accepted report, time-ordered, unique in a city.
public struct ReportID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var value: Int64
    public init(_ value: Int64) { self.value = value }
    public var description: String { String(value) }
    public static func < (left: ReportID, right: ReportID) -> Bool { left.value < right.value }
}

/// Number of a case (案卷), time-ordered, unique in a city.
public struct CaseID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var value: Int64
    public init(_ value: Int64) { self.value = value }
    public var description: String { String(value) }
    public static func < (left: CaseID, right: CaseID) -> Bool { left.value < right.value }
}
