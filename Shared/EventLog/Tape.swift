import Messages

/// What a lane remembers of the numbered messages it has seen: the last number of each producer.
///
/// A lower or equal number is a repeat; the next one is new; a higher one means that something is missing.
struct Tape {
    private(set) var lastNumber: [Int: Int64] = [:]
    /// Producers whose number changed since the tape was last stored.
    private(set) var changed: Set<Int> = []
    /// Messages before the lane's first offset are gone: an unknown producer may begin with any number.
    let acceptsLateStart: Bool

    enum Verdict: Equatable {
        case new
        case repeated
        case gap(expected: Int64)
    }

    init(_ lastNumber: [Int: Int64], acceptsLateStart: Bool) {
        self.lastNumber = lastNumber
        self.acceptsLateStart = acceptsLateStart
    }

    func verdict(on message: Message) -> Verdict {
        // Messages from outside carry no number: their own ids make them idempotent.
        guard message.producer != 0 else { return .new }
        guard let last = lastNumber[message.producer] else {
            return message.number == 1 || acceptsLateStart ? .new : .gap(expected: 1)
        }
        if message.number <= last { return .repeated }
        return message.number == last + 1 ? .new : .gap(expected: last + 1)
    }

    mutating func note(_ message: Message) {
        guard message.producer != 0 else { return }
        lastNumber[message.producer] = message.number
        changed.insert(message.producer)
    }

    mutating func stored() { changed.removeAll(keepingCapacity: true) }
}
