/// A statement written as a string literal whose interpolations become parameters.
///
/// ```swift
/// let overdue: SQL = "SELECT id FROM clock WHERE grid = \(grid) AND due < \(now)"
/// let page: SQL = "\(overdue) ORDER BY due LIMIT \(50)"
/// ```
///
/// A value never becomes part of the text: it travels beside it as `$1`, `$2`, … in binary. `\(unescaped:)` is the only
/// way to splice text and `\(identifier:)` the way to splice a name. Another `SQL` is spliced with its parameters
/// renumbered. The literal text must not contain `$n` of its own.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text the server sees, with `$1`, `$2`, … for the parameters.
    public private(set) var text: String
    /// Where each `$` of a parameter stands in `text`, in UTF-8 bytes.
    private var parameterOffsets: [Int] = []
    private(set) var parameters = Parameters()

    public init(stringLiteral text: String) { self.text = text }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    /// A statement without parameters, from text that is not a literal, such as a file. Nothing is escaped.
    public init(unescaped text: String) { self.text = text }

    /// How many parameters the statement has.
    public var parameterCount: Int { parameters.count }

    /// `name` as a quoted SQL identifier.
    public static func quoted(identifier name: String) -> String {
        var quoted = "\""
        for character in name.unicodeScalars {
            if character == "\"" { quoted.append("\"") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    private mutating func appendPlaceholder(_ number: Int) {
        parameterOffsets.append(text.utf8.count)
        text += "$"
        text += String(number)
    }

    fileprivate mutating func append(_ other: SQL) {
        guard other.parameters.count > 0 else {
            text += other.text
            return
        }
        var rest = Substring(other.text)
        var consumed = 0
        for offset in other.parameterOffsets {
            let placeholder = rest.utf8.index(rest.startIndex, offsetBy: offset - consumed)
            text += rest[..<placeholder]
            let afterNumber = rest[placeholder...].dropFirst().drop { ("0"..."9").contains($0) }
            consumed = offset + rest[placeholder..<afterNumber.startIndex].utf8.count
            appendPlaceholder(parameterOffsets.count + 1)
            rest = afterNumber
        }
        text += rest
        parameters.append(other.parameters)
    }
}

extension SQL {
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var sql = SQL(unescaped: "")

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.text.reserveCapacity(literalCapacity + interpolationCount * 3)
            sql.parameters.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { sql.text += literal }

        /// Binds `value` as the next parameter.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            sql.appendPlaceholder(sql.parameters.count + 1)
            sql.parameters.append(value)
        }

        /// Binds `value`, or null of its type, as the next parameter.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            sql.appendPlaceholder(sql.parameters.count + 1)
            sql.parameters.append(value)
        }

        /// Splices whole columns that are read side by side: one row for each of their elements, as in
        /// `INSERT INTO fact SELECT \(rows: ids, grids)`. A shorter column goes on with nulls.
        ///
        /// `FROM unnest(ids, grids)` gives the same rows at three times the price: it keeps each column in a store of
        /// its own before the first row is read.
        public mutating func appendInterpolation<each Element: PostgresArrayElement>(
            rows columns: repeat [each Element]
        ) {
            var separator = ""
            for column in repeat each columns {
                sql.text += separator
                sql.text += "unnest("
                appendInterpolation(column)
                sql.text += ")"
                separator = ", "
            }
        }

        mutating func append(_ cell: PostgresKeptCell) {
            sql.appendPlaceholder(sql.parameters.count + 1)
            sql.parameters.append(cell)
        }

        /// Splices another statement or fragment; its parameters are renumbered.
        public mutating func appendInterpolation(_ other: SQL) { sql.append(other) }

        /// Splices `text` as it is. Dangerous with anything that came from outside.
        public mutating func appendInterpolation(unescaped text: String) { sql.text += text }

        /// Splices a quoted name, such as a schema or channel.
        public mutating func appendInterpolation(identifier name: String) { sql.text += SQL.quoted(identifier: name) }
    }
}

extension SQL: CustomStringConvertible {
    /// The text with placeholders; never a value.
    public var description: String { text }
}

extension Sequence<SQL> {
    /// The fragments one after another with `separator` between them.
    public func joined(separator: SQL) -> SQL {
        var whole = SQL(unescaped: "")
        var isFirst = true
        for fragment in self {
            if !isFirst { whole.append(separator) }
            whole.append(fragment)
            isFirst = false
        }
        return whole
    }
}
