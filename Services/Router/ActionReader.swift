import City
import HTTPTypes
import Messages
import ServiceKit

/// Reads what somebody wants done from a JSON object, or says which field is wrong.
enum ActionReader {
    static func request(
        _ json: JSONValue, pointer: String, caseName: String, slug: String, actor: Actor, traceparent: String
    ) throws(Problem) -> CaseRequest {
        guard json.isObject else { throw fault(pointer, "wrong-type") }
        var at: Timestamp?
        if let value = json["at"] {
            guard let time = value.timestamp else { throw fault(pointer + "/at", "bad-time") }
            at = time
        }
        var expected: Int?
        if let value = json["expectedVersion"] {
            guard let number = value.int else { throw fault(pointer + "/expectedVersion", "wrong-type") }
            expected = number
        }
        return CaseRequest(
            caseName: caseName, action: try action(json, pointer, slug, actor), actor: actor, at: at,
            expectedVersion: expected, traceparent: traceparent)
    }

    private static func action(
        _ json: JSONValue, _ pointer: String, _ slug: String, _ actor: Actor
    ) throws(Problem) -> CaseAction {
        switch slug {
        case "accept": return .accept
        case "start": return .start
        case "return": return .sendBack(reason: try text(json, "reason", pointer))
        case "handle":
            return .handle(
                note: try optionalText(json, "note", pointer) ?? "", evidence: try texts(json, "evidence", pointer))
        case "check":
            guard let passed = json["passed"]?.bool else { throw fault(pointer + "/passed", "missing") }
            return .check(passed: passed, reason: try optionalText(json, "reason", pointer))
        case "dispatch":
            return .dispatch(
                to: PostCode(rawValue: try text(json, "to", pointer)), reason: try text(json, "reason", pointer))
        case "decline": return .decline(reason: try text(json, "reason", pointer))
        case "void": return .void(reason: try text(json, "reason", pointer))
        case "locate": return .locate(grid: GridCode(rawValue: try text(json, "grid", pointer)))
        case "acknowledge":
            return .acknowledge(node: try optionalText(json, "node", pointer) ?? actor.post.rawValue)
        default: throw Problem(.notFound)
        }
    }

    private static let longest = 1_000

    private static func text(_ json: JSONValue, _ name: StaticString, _ pointer: String) throws(Problem) -> String {
        guard let text = try optionalText(json, name, pointer) else { throw fault("\(pointer)/\(name)", "missing") }
        return text
    }

    private static func optionalText(
        _ json: JSONValue, _ name: StaticString, _ pointer: String
    ) throws(Problem) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else { throw fault("\(pointer)/\(name)", "wrong-type") }
        guard text.utf8.count <= longest * 4, text.unicodeScalars.count <= longest else {
            throw fault("\(pointer)/\(name)", "too-long")
        }
        // What people write about a case is published with it.
        return Scrubber.scrub(text)
    }

    private static func texts(_ json: JSONValue, _ name: StaticString, _ pointer: String) throws(Problem) -> [String] {
        guard let value = json[name], !value.isNull else { return [] }
        let texts = value.elements.compactMap(\.string)
        guard value.isArray, texts.count == value.elements.count, texts.count <= 20 else {
            throw fault("\(pointer)/\(name)", "wrong-type")
        }
        return texts.map { Scrubber.scrub($0) }
    }

    private static func fault(_ pointer: String, _ slug: String) -> Problem {
        Problem(.invalidBody, errors: [.init(pointer: pointer, slug: slug)])
    }
}

extension CaseRefusal {
    /// What the person is told.
    var problem: Problem {
        let (status, zh, en): (HTTPResponse.Status, String, String) =
            switch slug {
            case .notNow: (.conflict, "案卷当前状态不能进行此操作", "The case cannot take this step in its state")
            case .beforeLastStep: (.unprocessableContent, "时间早于上一步", "The time lies before the last step")
            case .inFuture: (.unprocessableContent, "时间在未来", "The time lies in the future")
            case .notYours: (.forbidden, "案卷不由您办理", "The case is not with you")
            case .outsideJurisdiction: (.forbidden, "案卷不在您的管辖范围", "The case lies outside your jurisdiction")
            case .wrongRole: (.forbidden, "您的岗位无权进行此操作", "Your role may not do this")
            case .reasonMissing: (.unprocessableContent, "必须说明原因", "A reason is required")
            case .evidenceMissing: (.unprocessableContent, "必须提供处置证据", "Evidence of the handling is required")
            case .unknownPost: (.unprocessableContent, "没有该岗位", "There is no such post")
            case .unknownGrid: (.unprocessableContent, "没有该网格", "There is no such grid")
            case .noSuchCase: (.notFound, "没有该案卷", "There is no such case")
            case .notANode: (.forbidden, "您不是该命令的接收节点", "You are not that node of the command")
            case .otherVersion: (.conflict, "案卷已被他人更改", "The case has changed since you saw it")
            }
        let detail = state.map { LocalizedText(zh: "当前状态 \($0.rawValue)", en: "it is \($0.rawValue)") }
        return Problem(ProblemKind(slug.rawValue, status, zh: zh, en: en), detail: detail)
    }
}
