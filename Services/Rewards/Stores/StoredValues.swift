import City
import Postgres

/// A name this program has stored itself.
///
/// - Throws: ``UnreadableRow`` when it is of another program version.
func stored<Choice: RawRepresentable<String>>(_ name: String) throws -> Choice {
    guard let choice = Choice(rawValue: name) else { throw UnreadableRow(type: "\(Choice.self)") }
    return choice
}

/// A row holds a name this version of the program does not know.
struct UnreadableRow: Error, CustomStringConvertible {
    let type: String
    var description: String { "a stored \(type) is not known to this version" }
}

extension CivilDay {
    init(_ stored: PostgresDate) { self.init(daysSinceEpoch: Int(stored.daysSinceEpoch)) }
}

extension PostgresDate {
    init(_ day: CivilDay) { self.init(daysSinceEpoch: Int32(day.daysSinceEpoch)) }
}
