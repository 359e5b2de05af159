import Messages

/// Which messages of a batch are handled and which are set aside, so that those of one subject keep their order.
struct Parking {
    private(set) var toHandle: [Message] = []
    /// Nothing is wrong with them, but an earlier one of their subject was set aside.
    private(set) var parked: [Message] = []
    /// Those that are to be rejected, and are the first of their subject.
    private(set) var rejected: [Message] = []
    private let subjects: Set<String>

    /// - Parameters:
    ///   - subjects: of which messages were set aside before.
    ///   - rejecting: offsets that are not to be handled.
    init(_ messages: [Message], behind subjects: Set<String>, rejecting: [Int64: String]) {
        self.subjects = subjects
        var behind = subjects
        for message in messages {
            if behind.contains(message.subject), !message.subject.isEmpty {
                parked.append(message)
            } else if rejecting[message.offset] != nil {
                behind.insert(message.subject)
                rejected.append(message)
            } else {
                toHandle.append(message)
            }
        }
    }

    /// When a handler sets a message aside, later ones of its subject in the same batch were already handled; the batch
    /// is cut there, so that they are parked instead.
    func refuseOvertaking(of failed: [LaneOutput.DeadLetter]) throws {
        for (message, reason) in failed where !message.subject.isEmpty && !subjects.contains(message.subject) {
            let overtaken = toHandle.contains { $0.subject == message.subject && $0.offset > message.offset }
            if overtaken { throw MessageRejected(offset: message.offset, reason: reason) }
        }
    }
}
