import City
import Messages

/// What a batch of case messages leaves to be stored: each case as it now stands, and what the feed tells of it.
///
/// A message whose version is known already says nothing new. One that jumps ahead carries the whole case, so its state
/// is taken; its own steps are told, those it jumped over are not.
struct CaseDigest {
    /// More lines than this from one batch nobody can read: only the newest are kept, as when the service catches up.
    static let mostLines = 200

    /// Cases whose state is newer than what is stored, by number.
    private(set) var cases: [PublicCase] = []
    private(set) var lines: ArraySlice<FeedLine> = []

    /// - Parameter known: Versions that are stored; a case that is not has none.
    init(_ changes: [CaseChanged], known: [CaseID: Int]) {
        var newest: [CaseID: PublicCase] = [:]
        var told: [FeedLine] = []
        for change in changes {
            let id = change.after.id
            let version = newest[id]?.version ?? known[id] ?? 0
            guard change.after.version > version else { continue }
            newest[id] = change.after
            told += FeedLine.lines(of: change, after: version)
        }
        cases = newest.values.sorted { $0.id < $1.id }
        lines = told.suffix(Self.mostLines)
    }
}
