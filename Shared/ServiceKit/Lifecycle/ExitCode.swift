/// How a process ends; the numbers are those of `sysexits.h`.
public enum ExitCode: Int32, Sendable {
    case success = 0
    /// The command line asks for something that does not exist.
    case usage = 64
    /// Something it depends on was not there at start.
    case unavailable = 69
    /// A fault of the program.
    case internalError = 70
    /// The operating system refused, such as a port that is in use.
    case systemError = 71
    /// The configuration is wrong.
    case configuration = 78
}
