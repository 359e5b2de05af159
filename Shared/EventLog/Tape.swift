import Messages

/// What a lane remembers of the numbered messages it has seen: the last number of each producer.
///
/// A lower or equal number is a repeat; the next one is new; a higher one means that something is missing.
struct Tape {
    private(set) var lastNumber: [Int: Int64] = [:]
    /// What was noted since the tape was last stored, by producer.
    private(set) var changed: [Int: Progress] = [:]
    /// Messages before the lane's first offset are gone: an unknown producer may begin with any number.
    let acceptsLateStart: Bool

    /// Messages of one producer that were noted one after another.
    ///
    /// Counted for whoever audits the suite: numbers say how many there are, the count how many were handled.
    struct Progress: Equatable {
        var firstNumber: Int64
        var count: Int64
    }

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
        if PlantedFault.noTapeCheck.isActive { return .new }
        guard let last = lastNumber[message.producer] else {
            return message.number == 1 || acceptsLateStart ? .new : .gap(expected: 1)
        }
        if message.number <= last { return .repeated }
        return message.number == last + 1 ? .new : .gap(expected: last + 1)
    }

    mutating func note(_ message: Message) {
        guard message.producer != 0 else { return }
        lastNumber[message.producer] = message.number
        changed[message.producer, default: Progress(firstNumber: message.number, count: 0)].count += 1
    }

    mutating func stored() { changed.removeAll(keepingCapacity: true) }
}
