/// What protects lanes. Each can be taken away, to see that it is missed.
enum Mechanism: String, CaseIterable, Sendable {
    /// Repeats are known by their numbers.
    case tapes
    /// Who was replaced can commit nothing.
    case epochs
    /// Nothing is published before it is committed.
    case commitBeforePublishing
    /// What is in the outbox is unsent, wherever others are.
    case outboxWithoutCursor
    /// What cannot be handled is kept, and what follows it waits.
    case parking
    /// While messages wait, it is no later than the last one read.
    case logTime
}
