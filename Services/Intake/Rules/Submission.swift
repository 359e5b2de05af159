import City
import Messages

/// A report as a publisher submitted it, read and checked as far as that needs no database.
struct Submission: Sendable, Equatable {
    var source: SourceCode
    /// CloudEvents `id`.
    var sourceID: String
    /// First 16 bytes of the SHA-256 of what was submitted, in a form that does not depend on spacing or order of keys.
    var digest: [UInt8]
    var occurredAt: Timestamp
    var condition: ConditionCode
    var title: String
    var text: String
    var address: String
    /// WGS84.
    var place: Coordinate?
    var grid: GridCode?
    var unlocatedReason: String?
    var finder: PostCode?
    var onTheSpot: ReportAccepted.OnTheSpot?
    /// JSON object as it came; encrypted before it is stored, never published.
    var contact: [UInt8]?
    var traceparent: String?
}

/// An input that was refused, with what is needed to keep it.
struct Refusal: Sendable, Equatable {
    var source: SourceCode
    /// The input as it came.
    var input: [UInt8]
    var reasons: [SubmissionFault]
}

/// One reason why an input is refused.
struct SubmissionFault: Error, Sendable, Equatable, Hashable {
    /// What is wrong, as a stable slug.
    enum Slug: String, Sendable, CaseIterable {
        case notJSON = "not-json"
        case invalidUTF8 = "invalid-utf-8"
        case nulCharacter = "nul-character"
        case duplicateKey = "duplicate-key"
        case tooDeep = "too-deep"
        case tooManyKeys = "too-many-keys"
        case tooLarge = "too-large"
        case missing
        case wrongType = "wrong-type"
        case empty
        case tooLong = "too-long"
        case controlCharacter = "control-character"
        case unknownVersion = "unknown-version"
        case unknownType = "unknown-type"
        case unknownSource = "unknown-source"
        case notYourSource = "not-your-source"
        case unknownCondition = "unknown-condition"
        case unknownPost = "unknown-post"
        case unknownGrid = "unknown-grid"
        case unknownDatum = "unknown-datum"
        case notStaffed = "not-staffed"
        case badTime = "bad-time"
        case timeInFuture = "time-in-future"
        case timeTooOld = "time-too-old"
        case handledBeforeFound = "handled-before-found"
        case outOfRange = "out-of-range"
        case coordinatesSwapped = "coordinates-swapped"
        case outsideCity = "outside-city"
        case evidenceMissing = "evidence-missing"
    }

    /// JSON pointer into the event.
    var pointer: String
    var slug: Slug

    init(_ pointer: String, _ slug: Slug) {
        self.pointer = pointer
        self.slug = slug
    }

    /// The fault of a text that is not acceptable JSON.
    init(_ fault: JSONFault) {
        let slug: Slug =
            switch fault.code {
            case .invalidUTF8: .invalidUTF8
            case .nulCharacter: .nulCharacter
            case .duplicateKey: .duplicateKey
            case .tooDeep: .tooDeep
            case .tooManyKeys: .tooManyKeys
            case .tooLarge: .tooLarge
            default: .notJSON
            }
        self.init("", slug)
    }

    /// For people, without a word of the content.
    var detail: LocalizedText {
        let (zh, en) = SubmissionFault.texts[slug] ?? (slug.rawValue, slug.rawValue)
        return LocalizedText(zh: zh, en: en)
    }

    private static let texts: [Slug: (String, String)] = [
        .notJSON: ("不是合法的 JSON", "not valid JSON"),
        .invalidUTF8: ("不是合法的 UTF-8 文本", "not valid UTF-8"),
        .nulCharacter: ("含有 U+0000 字符", "contains U+0000"),
        .duplicateKey: ("同一对象中有重复的键", "a key appears twice in one object"),
        .tooDeep: ("嵌套过深", "nested too deeply"),
        .tooManyKeys: ("对象的键过多", "an object has too many keys"),
        .tooLarge: ("内容过大", "too large"),
        .missing: ("缺少该字段", "the field is missing"),
        .wrongType: ("字段类型不对", "the field has the wrong type"),
        .empty: ("内容为空", "the field is empty"),
        .tooLong: ("内容过长", "the text is too long"),
        .controlCharacter: ("含有控制字符", "the text contains control characters"),
        .unknownVersion: ("只支持 CloudEvents 1.0", "only CloudEvents 1.0 is understood"),
        .unknownType: ("未知的事件类型", "unknown event type"),
        .unknownSource: ("未登记的来源", "the source is not registered"),
        .notYourSource: ("该密钥不能以此来源上报", "this key may not publish for this source"),
        .unknownCondition: ("目录中没有该立案条件", "the catalogue has no such filing condition"),
        .unknownPost: ("没有该岗位", "there is no such post"),
        .unknownGrid: ("没有该网格", "there is no such grid"),
        .unknownDatum: ("坐标系应为 WGS84、CGCS2000、GCJ02 或 BD09", "datum must be WGS84, CGCS2000, GCJ02 or BD09"),
        .notStaffed: ("该来源没有现场人员，不能现场处置", "this source has no staff on the ground to handle on the spot"),
        .badTime: ("时间应为带时区的 RFC 3339 格式", "the time must be RFC 3339 with an offset"),
        .timeInFuture: ("时间在未来", "the time lies in the future"),
        .timeTooOld: ("时间过于久远", "the time lies too far in the past"),
        .handledBeforeFound: ("处置时间早于发现时间", "handled before it was found"),
        .outOfRange: ("数值超出范围", "the number is out of range"),
        .coordinatesSwapped: ("经纬度似乎颠倒了", "longitude and latitude seem to be swapped"),
        .outsideCity: ("位置不在本市网格内", "the place lies outside the city"),
        .evidenceMissing: ("该立案条件要求提供处置证据", "this filing condition demands evidence of the handling"),
    ]
}
