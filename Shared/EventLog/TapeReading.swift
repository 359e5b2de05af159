import Messages

/// What of a batch, as it was read, is to be handled: repeats are dropped, and nothing behind a gap is touched.
struct TapeReading {
    /// In order, each seen for the first time.
    private(set) var fresh: [Message] = []
    private(set) var repeats = 0
    /// The first message behind a gap, and the number that is missing before it.
    private(set) var gap: (message: Message, expected: Int64)?
    /// The lane's position once all this is done.
    let next: Int64

    /// - Parameter messages: At least one.
    init(_ messages: [Message], tape: Tape) {
        var seen = tape
        reading: for message in messages {
            switch seen.verdict(on: message) {
            case .new:
                seen.note(message)
                fresh.append(message)
            case .repeated:
                repeats += 1
            case .gap(let expected):
                gap = (message, expected)
                break reading
            }
        }
        next = gap.map(\.message.offset) ?? messages[messages.count - 1].offset + 1
    }
}
