/// What functions of schema `eventlog` refuse, by SQLSTATE.
enum LogState {
    /// A message goes to a topic or partition that does not exist.
    static let unknownTopic = "WG001"
    /// The lane has another owner.
    static let fenced = "WG002"
    /// The suite's time is not what a step assumed.
    static let wrongTime = "WG003"
    /// Something was stored before that a step took for new.
    static let notNew = "WG004"
}
