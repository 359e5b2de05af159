/// What became of one message that was sent.
public enum KafkaDelivery: Hashable, Sendable {
    /// In the log, on all replicas in sync, at this offset.
    case delivered(offset: Int64)
    /// Perhaps in the log, perhaps not, perhaps only later: the answer was lost or is still awaited.
    case unconfirmed(KafkaError)
    /// Not in the log, and it will not appear there.
    case notSent(KafkaError)

    /// Why the message is not known to be in the log; `nil` if it is.
    public var error: KafkaError? {
        switch self {
        case .delivered: nil
        case .unconfirmed(let error), .notSent(let error): error
        }
    }

    /// The message's place in its partition, if it is known to be there.
    public var offset: Int64? {
        if case .delivered(let offset) = self { offset } else { nil }
    }
}
