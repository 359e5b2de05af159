import Messages

/// How a batch is tried again that failed for one of its messages.
enum FaultSearch {
    /// The message is named: again without it.
    case again(rejecting: [Int64: String])
    /// Only this is left that can be at fault: once more without it, and not again.
    case finally(rejecting: [Int64: String])
    /// Some message is at fault: each half apart, the second from this place on.
    case halves(middle: Int)
    /// No message is at fault.
    case none

    init(after verdict: FailureVerdict, of messages: [Message], rejecting: [Int64: String]) {
        switch verdict {
        case .reject(let offset, let reason) where rejecting[offset] == nil:
            self = .again(rejecting: rejecting.merging([offset: reason]) { $1 })
        case .bisect(let reason), .reject(_, let reason):
            let open = messages.filter { rejecting[$0.offset] == nil }
            self =
                open.count > 1
                ? .halves(middle: messages.count / 2)
                : .finally(rejecting: open.reduce(into: rejecting) { $0[$1.offset] = reason })
        default:
            self = .none
        }
    }
}
