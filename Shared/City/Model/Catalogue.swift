/// A minor class of the catalogue (小类).
public struct Category: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A thing of the city (部件): a manhole cover, a street lamp.
        case component
        /// Something that happens (事件): rubbish in the street, an illegal stall.
        case event
        /// A matter of residents (社会服务): a dispute, a tip, a service.
        case social
    }

    public var code: CategoryCode
    public var kind: Kind
    /// Name of the major class (大类) it belongs to.
    public var majorClass: LocalizedText
    public var name: LocalizedText

    public init(code: CategoryCode, kind: Kind, majorClass: LocalizedText, name: LocalizedText) {
        self.code = code
        self.kind = kind
        self.majorClass = majorClass
        self.name = name
    }
}

/// How large a matter is; it decides the path a case takes.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    /// 一般: whoever finds it handles it.
    case general
    /// 较大: reported up, a brigade handles it jointly.
    case larger
    /// 重大: a command goes straight to every node.
    case major

    public static func < (left: Severity, right: Severity) -> Bool {
        func rank(_ severity: Severity) -> Int { allCases.firstIndex(of: severity) ?? 0 }
        return rank(left) < rank(right)
    }
}

/// A filing condition (立案条件): when a matter of a category becomes a case, and how long handling it may take.
public struct FilingCondition: Hashable, Sendable, Codable {
    public var code: ConditionCode
    public var category: CategoryCode
    public var name: LocalizedText
    public var limit: TimeLimit
    public var severity: Severity
    /// Closing needs a picture or note from before and after.
    public var needsEvidence: Bool

    public init(
        code: ConditionCode, category: CategoryCode, name: LocalizedText, limit: TimeLimit, severity: Severity,
        needsEvidence: Bool
    ) {
        self.code = code
        self.category = category
        self.name = name
        self.limit = limit
        self.severity = severity
        self.needsEvidence = needsEvidence
    }
}

/// A system that may publish reports.
public struct Source: Hashable, Sendable, Codable {
    public var code: SourceCode
    public var name: LocalizedText
    /// The datum its coordinates are in when a report does not say.
    public var datum: Datum
    /// Reports come from staff on the ground, who may handle on the spot.
    public var staffed: Bool

    public init(code: SourceCode, name: LocalizedText, datum: Datum, staffed: Bool) {
        self.code = code
        self.name = name
        self.datum = datum
        self.staffed = staffed
    }
}
