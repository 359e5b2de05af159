import City

/// Ways in which input goes wrong, each refused for one reason.
enum BadInput: String, CaseIterable, Sendable {
    case truncated
    case bareArray
    case titleIsNumber
    case noCondition
    case unknownCondition
    case unknownSource
    case othersSource
    case swapped
    case outside
    case outOfRange
    case localTime
    case future
    case ancient
    case control
    case nul
    case duplicateKey
    case brokenUTF8
    case unknownDatum
    case unknownPost
    case oldVersion
    case foreignType
    case endlessTitle
    case emptyTitle
    case tooDeep
    case notStaffed
    case noEvidence
    case handledBefore

    /// The reason intake must give.
    var slug: String {
        switch self {
        case .truncated: "not-json"
        case .bareArray, .titleIsNumber: "wrong-type"
        case .noCondition: "missing"
        case .unknownCondition: "unknown-condition"
        case .unknownSource: "unknown-source"
        case .othersSource: "not-your-source"
        case .swapped: "coordinates-swapped"
        case .outside: "outside-city"
        case .outOfRange: "out-of-range"
        case .localTime: "bad-time"
        case .future: "time-in-future"
        case .ancient: "time-too-old"
        case .control: "control-character"
        case .nul: "nul-character"
        case .duplicateKey: "duplicate-key"
        case .brokenUTF8: "invalid-utf-8"
        case .unknownDatum: "unknown-datum"
        case .unknownPost: "unknown-post"
        case .oldVersion: "unknown-version"
        case .foreignType: "unknown-type"
        case .endlessTitle: "too-long"
        case .emptyTitle: "empty"
        case .tooDeep: "too-deep"
        case .notStaffed: "not-staffed"
        case .noEvidence: "evidence-missing"
        case .handledBefore: "handled-before-found"
        }
    }

    /// Whether it is about staff on the ground: true for those that only they can get wrong, false for the one that only
    /// others can, nil for all the rest.
    var needsStaff: Bool? {
        switch self {
        case .noEvidence, .handledBefore: true
        case .notStaffed: false
        default: nil
        }
    }

    /// A good event got wrong.
    ///
    /// - Parameters:
    ///   - draft: Has coordinates; when ``needsStaff``, it was handled on the spot with evidence that is needed.
    ///   - now: About when it is published.
    ///   - elsewhere: Another source and a post, by their codes.
    func spoil(
        _ draft: EventDraft, now: Timestamp, zone: TimeZoneRules, elsewhere: (source: String, post: String)
    ) -> [UInt8] {
        var draft = draft
        switch self {
        case .truncated: return Array(draft.structured.dropLast(17))
        case .bareArray: return Array("[1,2]".utf8)
        case .titleIsNumber: return draft.replacing(#""title":"\#(draft.title)""#, with: #""title":7"#)
        case .noCondition: draft.condition = nil
        case .unknownCondition: draft.condition = "X9999-9"
        case .unknownSource: draft.source = "nobody-knows"
        case .othersSource: draft.source = elsewhere.source
        case .swapped:
            if let place = draft.location {
                draft.location = .init(longitude: place.latitude, latitude: place.longitude, datum: place.datum)
            }
        case .outside: draft.location?.longitude += 2
        case .outOfRange: draft.location?.latitude = 95.5
        case .localTime: draft.occurredAt = "2025/11/3 8:05"
        case .future: draft.occurredAt = now.advanced(bySeconds: 40 * 86_400).rfc3339(in: zone)
        case .ancient: draft.occurredAt = now.advanced(bySeconds: -900 * 86_400).rfc3339(in: zone)
        case .control: draft.title += "\u{7}"
        case .nul: draft.text += "\u{0}"
        case .duplicateKey:
            return draft.replacing(#""title":"#, with: #""title":"一","title":"#)
        case .brokenUTF8: return draft.inserting([0xC3, 0x28], after: #""title":""#)
        case .unknownDatum: draft.location?.datum = "Beijing54"
        case .unknownPost: draft.finder = "ZZ9999"
        case .oldVersion: draft.specVersion = "0.3"
        case .foreignType: draft.type = "com.example.greeting"
        case .endlessTitle: draft.title = String(repeating: "长", count: 201)
        case .emptyTitle: draft.title = ""
        case .tooDeep:
            let nest = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
            return draft.replacing(#""data":{"#, with: #""data":{"more":\#(nest),"#)
        case .notStaffed:
            draft.finder = elsewhere.post
            draft.onTheSpot = .init(handledAt: draft.occurredAt, note: "已处理", evidence: ["photo/1.jpg"])
        case .noEvidence: draft.onTheSpot?.evidence = []
        case .handledBefore:
            draft.onTheSpot?.handledAt = now.advanced(bySeconds: -86_400).rfc3339(in: zone)
        }
        return draft.structured
    }
}

extension EventDraft {
    /// The event's text with one passage replaced, for what no draft can say.
    fileprivate func replacing(_ passage: String, with other: String) -> [UInt8] {
        let (before, after) = parts(around: passage)
        return before + Array(other.utf8) + after
    }

    /// The event's text with bytes put in, which need be no text.
    fileprivate func inserting(_ bytes: [UInt8], after passage: String) -> [UInt8] {
        let (before, after) = parts(around: passage)
        return before + Array(passage.utf8) + bytes + after
    }

    private func parts(around passage: String) -> (before: [UInt8], after: [UInt8]) {
        let text = structured
        guard let range = text.firstRange(of: Array(passage.utf8)) else {
            preconditionFailure("the event has no such passage")
        }
        return (Array(text[..<range.lowerBound]), Array(text[range.upperBound...]))
    }
}
