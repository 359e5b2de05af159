import CLibpq

extension PostgresError {
    /// Reads an error result whole, before it is cleared.
    ///
    /// - Parameter wasCancelled: Whether this process asked for the running statement to be stopped.
    init(result: ResultHandle, connectionIsBad: Bool, wasCancelled: Bool) {
        func field(_ code: Int32) -> String? { PQresultErrorField(result.pointer, code).map { String(cString: $0) } }
        let state = field(DiagnosticField.sqlState)
        let message =
            field(DiagnosticField.primaryMessage)
            ?? PQresultErrorMessage(result.pointer).map { String(cString: $0) }
        let severity = field(DiagnosticField.severity)
        let isFatal = severity == "FATAL" || severity == "PANIC" || connectionIsBad
        guard let state else {
            // Without an SQLSTATE the error is libpq's own.
            self.init(
                isFatal ? .connectionLost : .protocolViolation,
                isFatal ? "the connection was lost" : "libpq reported an error", serverMessage: message)
            return
        }
        let code: Code =
            if isFatal {
                .connectionLost
            } else if state == SQLState.queryCanceled {
                // The statement timeout and a cancel request share one SQLSTATE.
                wasCancelled || message?.contains("user request") == true ? .cancelled : .timeout
            } else {
                .server
            }
        self.init(code, SQLState.name(of: state), serverMessage: message)
        sqlState = state
        constraint = field(DiagnosticField.constraint)
        table = field(DiagnosticField.table)
        isStalePlan =
            state == SQLState.invalidStatementName || field(DiagnosticField.sourceFunction) == "RevalidateCachedQuery"
        isTransient = isFatal || isStalePlan || code == .timeout || SQLState.isTransient(state)
    }
}

/// The field codes of `postgres_ext.h`, which are C character macros Swift does not import.
private enum DiagnosticField {
    private static func code(_ scalar: Unicode.Scalar) -> Int32 { Int32(scalar.value) }
    static let severity = code("V")
    static let sqlState = code("C")
    static let primaryMessage = code("M")
    static let table = code("t")
    static let constraint = code("n")
    static let sourceFunction = code("R")
}

/// The SQLSTATEs this library or its callers care about by name.
enum SQLState {
    static let queryCanceled = "57014"
    static let invalidStatementName = "26000"

    /// Whether the same statement may succeed later without anybody changing anything in it.
    static func isTransient(_ state: String) -> Bool {
        switch state {
        case "40001", "40P01", "55P03", "25006", "25P02", "25P03", "58030", "57P01", "57P02", "57P03", "57P05": true
        default: state.hasPrefix("08") || state.hasPrefix("53")
        }
    }

    static func name(of state: String) -> String { names[state] ?? "the server refused the statement" }

    private static let names: [String: String] = [
        "22001": "text too long for its column", "22003": "number out of range", "22021": "invalid text encoding",
        "22P02": "invalid text for its type", "22P03": "invalid binary data for its type",
        "22P05": "untranslatable text",
        "23502": "not-null violation", "23503": "foreign-key violation", "23505": "unique violation",
        "23514": "check violation", "23P01": "exclusion violation", "25006": "the transaction is read-only",
        "25P02": "the transaction is aborted by an earlier error", "25P03": "idle in transaction for too long",
        "28000": "authorisation refused", "28P01": "password refused", "3D000": "no such database",
        "3F000": "no such schema", "40001": "serialisation failure", "40P01": "deadlock",
        "42501": "permission denied", "42601": "syntax error", "42703": "no such column", "42804": "wrong data type",
        "42883": "no such function or operator", "42P01": "no such table", "42P07": "the table exists already",
        "53100": "the server's disk is full", "53200": "the server is out of memory",
        "53300": "the server has too many connections", "55P03": "lock not available in time",
        "57014": "the statement was stopped", "57P01": "the server is shutting down or ended the session",
        "57P02": "the server crashed", "57P03": "the server is starting up", "P0001": "raised by a database function",
    ]
}
