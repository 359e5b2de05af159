import City

/// Something wrong with a profile folder, where it is and why it matters.
///
/// A fatal fault keeps the profile from being loaded. Others are warnings: the profile works, but somebody should know.
struct ProfileFault: Hashable, Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case missingFile = "missing-file"
        case syntax
        case unknownColumn = "unknown-column"
        case unknownKey = "unknown-key"
        case missing
        case malformed
        case outOfRange = "out-of-range"
        case duplicate
        case inconsistent
        case unknownReference = "unknown-reference"
        case level
        case tree
        case geometry
        case cover
        case staffing
        case households
        case policy
        case calendar
    }

    var kind: Kind
    /// Name of the file inside the folder.
    var file: String
    /// Line of a YAML or CSV file, or the number of a GeoJSON feature, from 1.
    var row: Int?
    /// Column, key or property, such as `limit` or `policy.rules[2].leadRole`.
    var field: String?
    var reason: LocalizedText
    var isFatal: Bool
}

extension ProfileFault: Comparable {
    /// Fatal faults first, then by place.
    static func < (left: ProfileFault, right: ProfileFault) -> Bool {
        if left.isFatal != right.isFatal { return left.isFatal }
        return (left.file, left.row ?? 0, left.field ?? "", left.reason.en)
            < (right.file, right.row ?? 0, right.field ?? "", right.reason.en)
    }
}

extension ProfileFault: CustomStringConvertible {
    /// One line, such as `fatal: catalogue.csv:12: limit: … (malformed)`.
    var description: String { line(chinese: false) }

    func line(chinese: Bool) -> String {
        let weight = chinese ? (isFatal ? "错误" : "提醒") : (isFatal ? "fatal" : "warning")
        let place = file + (row.map { ":\($0)" } ?? "")
        let subject = field.map { "\($0): " } ?? ""
        return "\(weight): \(place): \(subject)\(chinese ? reason.zh : reason.en) (\(kind.rawValue))"
    }
}

/// Collects what is wrong while a folder is read and checked, so that all of it is reported at once.
final class FaultList {
    /// A set: what two rules notice is said once.
    private var faults: Set<ProfileFault> = []

    var hasFatal: Bool { faults.contains(where: \.isFatal) }
    var sorted: [ProfileFault] { faults.sorted() }

    func fatal(
        _ kind: ProfileFault.Kind, _ file: String, row: Int? = nil, field: String? = nil, zh: String, en: String
    ) {
        add(kind, file, row, field, LocalizedText(zh: zh, en: en), isFatal: true)
    }

    func warning(
        _ kind: ProfileFault.Kind, _ file: String, row: Int? = nil, field: String? = nil, zh: String, en: String
    ) {
        add(kind, file, row, field, LocalizedText(zh: zh, en: en), isFatal: false)
    }

    private func add(
        _ kind: ProfileFault.Kind, _ file: String, _ row: Int?, _ field: String?, _ reason: LocalizedText, isFatal: Bool
    ) {
        faults.insert(
            ProfileFault(kind: kind, file: file, row: row, field: field, reason: reason, isFatal: isFatal))
    }
}

/// A value and the line (or feature) it was read from.
struct Located<Value: Sendable>: Sendable {
    var value: Value
    var row: Int
}
