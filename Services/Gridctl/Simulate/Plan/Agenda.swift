import City

/// What is still to happen, each with a window of time, and when the clock must next be stopped for it.
///
/// Nothing is done before its window opens. The clock jumps as far as the first window that closes, so that much is
/// done at one stop; nights cost nothing.
struct Agenda<Task> {
    private struct Entry {
        var order: Int
        var window: Window
    }

    /// Stops are at least this far apart, in seconds: actions may be dated so far ahead of the clock.
    static var leastStepSeconds: Int64 { 60 }

    private let end: Timestamp
    private var tasks: [Int: Task] = [:]
    private var count = 0
    private var opening = BinaryHeap<Entry> { ($0.window.opens, $0.order) < ($1.window.opens, $1.order) }
    private var closing = BinaryHeap<Entry> { ($0.window.closes, $0.order) < ($1.window.closes, $1.order) }
    private(set) var now: Timestamp

    /// - Parameter end: The last stop; what opens later never happens.
    init(begin: Timestamp, end: Timestamp) {
        now = begin
        self.end = end
    }

    var openTasks: Int { tasks.count }

    mutating func add(_ task: Task, _ window: Window) {
        let entry = Entry(order: count, window: window)
        count += 1
        tasks[entry.order] = task
        opening.insert(entry)
        closing.insert(entry)
    }

    /// Moves to the next stop and takes out what may be done there, earliest first; nil after the end.
    mutating func advance() -> (now: Timestamp, due: [Task])? {
        guard now < end else { return nil }
        while let least = closing.least, tasks[least.order] == nil { closing.removeLeast() }
        let wanted = closing.least.map { max($0.window.closes, $0.window.opens) } ?? end
        now = min(end, max(wanted, now.advanced(bySeconds: Self.leastStepSeconds)))
        var due: [Task] = []
        while let least = opening.least, least.window.opens <= now {
            opening.removeLeast()
            if let task = tasks.removeValue(forKey: least.order) { due.append(task) }
        }
        return (now, due)
    }
}

/// From when until when something should be done.
struct Window: Hashable, Sendable {
    var opens: Timestamp
    var closes: Timestamp
}
