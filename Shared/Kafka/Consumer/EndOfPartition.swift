/// What is known about having read everything, and since when.
///
/// The library says once that the end is reached and then keeps silent for as long as nothing comes, be it because
/// there is nothing or because the broker cannot be reached. A lane that lets its clocks run while it believes to
/// have caught up needs to know the difference; so the belief grows old and has to be renewed by asking the leader.
struct EndOfPartition {
    /// Older knowledge is no knowledge.
    static let maxAgeMilliseconds = 5000
    private static let retryMilliseconds = 1000

    private var isAtEnd = false
    /// At this moment the end was still where we are.
    private var knownSince = Instant()
    private var knownAtDisruption = 0
    private var lastEmpty = Instant()
    private var lastFailure: Instant?

    /// Nothing waits to be read: whatever the queue says next was heard later than this.
    mutating func queueWasEmpty() { lastEmpty = Instant() }

    /// The queue says that the end is reached.
    mutating func heard(disruptions: Int) {
        isAtEnd = true
        knownSince = lastEmpty
        knownAtDisruption = disruptions
    }

    /// The leader has answered a question asked when `disruptions` connections had been lost.
    mutating func confirmed(isAtEnd: Bool, disruptions: Int) {
        self.isAtEnd = isAtEnd
        knownSince = Instant()
        knownAtDisruption = disruptions
        lastFailure = nil
    }

    mutating func confirmationFailed() { lastFailure = Instant() }

    mutating func messageFollows() { isAtEnd = false }

    func isReached(disruptions: Int) -> Bool {
        isAtEnd && knownAtDisruption == disruptions && knownSince.ageMilliseconds <= EndOfPartition.maxAgeMilliseconds
    }

    /// Whether to ask the leader now. Renews while the old knowledge still holds, and does not ask a silent leader
    /// again and again.
    func needsConfirmation(disruptions: Int) -> Bool {
        if let lastFailure, lastFailure.ageMilliseconds < EndOfPartition.retryMilliseconds { return false }
        let isOld = knownSince.ageMilliseconds > EndOfPartition.maxAgeMilliseconds * 4 / 5
        return isAtEnd && (isOld || knownAtDisruption != disruptions)
    }
}
