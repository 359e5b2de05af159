import City
import Yams

/// A mapping of a YAML file, read key by key. Every fault is kept with its line; reading goes on with a stand-in value.
final class YAMLMapping {
    let file: String
    /// Line the mapping begins on.
    let line: Int
    private let path: String
    private let pairs: [String: Node]
    private var asked: Set<String> = []
    private let faults: FaultList

    /// The mapping that is the whole file; nil when the text is not one.
    convenience init?(_ text: String, file: String, faults: FaultList) {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                faults.fatal(.syntax, file, row: 1, zh: "文件为空", en: "the file is empty")
                return nil
            }
            self.init(root, path: "", file: file, faults: faults)
        } catch {
            faults.fatal(
                .syntax, file, row: Self.line(of: error), zh: "不是有效的 YAML",
                en: "this is not valid YAML: \(Self.reason(error))")
            return nil
        }
    }

    private init?(_ node: Node, path: String, file: String, faults: FaultList) {
        guard case .mapping(let mapping) = node else {
            faults.fatal(
                .malformed, file, row: node.mark?.line, field: path.isEmpty ? nil : path, zh: "应为键值对",
                en: "expected keys and values")
            return nil
        }
        var pairs: [String: Node] = [:]
        for (key, value) in mapping { pairs[key.string ?? ""] = value }
        self.pairs = pairs
        self.path = path
        self.file = file
        self.faults = faults
        line = node.mark?.line ?? 1
    }

    // MARK: Values

    func text(_ key: String) -> String {
        guard let node = required(key) else { return "" }
        guard let text = node.scalar?.string.trimmed, !text.isEmpty else {
            malformed(key, node, zh: "应为文字", en: "expected a text")
            return ""
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int {
        guard let node = required(key) else { return range.lowerBound }
        guard let number = node.int else {
            malformed(key, node, zh: "应为整数", en: "expected a whole number")
            return range.lowerBound
        }
        guard range.contains(number) else {
            outOfRange(key, node, "\(range.lowerBound) … \(range.upperBound)")
            return range.lowerBound
        }
        return number
    }

    func decimal(_ key: String, in range: ClosedRange<Double>) -> Double {
        guard let node = required(key) else { return range.lowerBound }
        guard let number = node.float else {
            malformed(key, node, zh: "应为数字", en: "expected a number")
            return range.lowerBound
        }
        guard range.contains(number) else {
            outOfRange(key, node, "\(range.lowerBound) … \(range.upperBound)")
            return range.lowerBound
        }
        return number
    }

    func flag(_ key: String) -> Bool {
        guard let node = required(key) else { return false }
        guard let flag = node.bool else {
            malformed(key, node, zh: "应为 true 或 false", en: "expected true or false")
            return false
        }
        return flag
    }

    /// A value of an enumeration, named by its raw value.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, or standIn: Choice) -> Choice {
        let text = text(key)
        guard !text.isEmpty else { return standIn }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            malformed(key, pairs[key], zh: "应为其中之一：\(known)", en: "expected one of \(known)")
            return standIn
        }
        return choice
    }

    /// A name in both languages: `{zh: …, en: …}`.
    func localized(_ key: String) -> LocalizedText {
        guard let mapping = mapping(key) else { return LocalizedText(zh: "", en: "") }
        defer { mapping.finish() }
        return LocalizedText(zh: mapping.text("zh"), en: mapping.text("en"))
    }

    /// Absent means none.
    func texts(_ key: String) -> [String] {
        sequence(key).compactMap { node in
            guard let text = node.scalar?.string.trimmed, !text.isEmpty else {
                malformed(key, node, zh: "应为文字列表", en: "expected a list of texts")
                return nil
            }
            return text
        }
    }

    /// Absent means none.
    func integers(_ key: String) -> [Int] {
        sequence(key).compactMap { node in
            if node.int == nil { malformed(key, node, zh: "应为整数列表", en: "expected a list of whole numbers") }
            return node.int
        }
    }

    func has(_ key: String) -> Bool { pairs[key] != nil }

    // MARK: Structure

    func mapping(_ key: String) -> YAMLMapping? {
        guard let node = required(key) else { return nil }
        return YAMLMapping(node, path: joined(key), file: file, faults: faults)
    }

    /// Absent means none.
    func mappings(_ key: String) -> [YAMLMapping] {
        sequence(key).enumerated().compactMap { index, node in
            YAMLMapping(node, path: "\(joined(key))[\(index)]", file: file, faults: faults)
        }
    }

    /// Reports keys that nobody asked for: most often a slip of the pen.
    func finish() {
        for key in pairs.keys.sorted() where !asked.contains(key) {
            faults.fatal(
                .unknownKey, file, row: pairs[key]?.mark?.line, field: joined(key), zh: "未知的键", en: "unknown key")
        }
    }

    /// Reports a fault of a value that was well-formed but does not make sense.
    func malformed(_ key: String, zh: String, en: String) { malformed(key, pairs[key], zh: zh, en: en) }

    /// The line a key's value is on, for faults found later.
    func line(of key: String) -> Int { pairs[key]?.mark?.line ?? line }

    /// The full name of a key, such as `policy.rules[2].leadRole`.
    func joined(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func required(_ key: String) -> Node? {
        asked.insert(key)
        if pairs[key] == nil {
            faults.fatal(.missing, file, row: line, field: joined(key), zh: "缺少此项", en: "this is missing")
        }
        return pairs[key]
    }

    private func sequence(_ key: String) -> [Node] {
        asked.insert(key)
        guard let node = pairs[key] else { return [] }
        guard case .sequence(let sequence) = node else {
            malformed(key, node, zh: "应为列表", en: "expected a list")
            return []
        }
        return Array(sequence)
    }

    private func malformed(_ key: String, _ node: Node?, zh: String, en: String) {
        faults.fatal(.malformed, file, row: node?.mark?.line ?? line, field: joined(key), zh: zh, en: en)
    }

    private func outOfRange(_ key: String, _ node: Node, _ range: String) {
        faults.fatal(
            .outOfRange, file, row: node.mark?.line, field: joined(key), zh: "应在 \(range) 之间",
            en: "expected a number in \(range)")
    }

    private static func line(of error: any Error) -> Int? {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?: mark.line
        case .duplicatedKeysInMapping(_, let context)?: context.mark.line
        default: nil
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, _, _)?, .parser(_, let problem, _, _)?, .composer(_, let problem, _, _)?: problem
        case .duplicatedKeysInMapping(let keys, _)?: "a key occurs twice: \(keys)"
        default: "it cannot be read"
        }
    }
}
