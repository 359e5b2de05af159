import City
import Dispatch
import Messages
import Synchronization
import Threads

/// Wakes waiting lanes of this process when something was appended for them, here or elsewhere.
final class WakeHub: Sendable {
    /// One waiting place. A signal that comes while nobody waits is remembered.
    final class Bell: Sendable {
        private let semaphore = MonotonicSemaphore(value: 0)
        private let rung = Mutex(false)
        /// When its lane has something to do by the suite's clock, in microseconds.
        fileprivate let tick = Atomic(Int64.max)

        func ring() {
            let first = rung.withLock { rung in
                defer { rung = true }
                return !rung
            }
            if first { semaphore.signal() }
        }

        /// Waits until rung, at most this long.
        func wait(milliseconds: Int) {
            _ = semaphore.wait(timeout: .now() + .milliseconds(milliseconds))
            rung.withLock { $0 = false }
        }
    }

    private let bells = Mutex<[TapeKey: [Bell]]>([:])
    /// What a replay's clock showed last, in microseconds.
    private let replayTime = Atomic(Int64.min)

    func bell(topic: Topic, partition: Int) -> Bell {
        let bell = Bell()
        bells.withLock { $0[TapeKey(topic: topic, partition: partition), default: []].append(bell) }
        return bell
    }

    /// Notes when the lane of a bell has something to do, and rings if a replay's clock has passed that already.
    func expectTick(_ bell: Bell, at moment: Timestamp?) {
        let microseconds = moment?.microseconds ?? .max
        guard bell.tick.exchange(microseconds, ordering: .sequentiallyConsistent) != microseconds else { return }
        if microseconds <= replayTime.load(ordering: .sequentiallyConsistent) { bell.ring() }
    }

    /// Wakes the lanes that have something to do now that a replay's clock has moved.
    private func ringTicks(at microseconds: Int64) {
        replayTime.store(microseconds, ordering: .sequentiallyConsistent)
        let due = bells.withLock { bells in
            bells.values.joined().filter { $0.tick.load(ordering: .sequentiallyConsistent) <= microseconds }
        }
        for bell in due { bell.ring() }
    }

    func remove(_ bell: Bell, topic: Topic, partition: Int) {
        bells.withLock { bells in
            bells[TapeKey(topic: topic, partition: partition)]?.removeAll { $0 === bell }
        }
    }

    func ring(topic: Topic, partition: Int) {
        let waiting = bells.withLock { $0[TapeKey(topic: topic, partition: partition)] ?? [] }
        for bell in waiting { bell.ring() }
    }

    func ringAll() {
        let waiting = bells.withLock { $0.values.flatMap { $0 } }
        for bell in waiting { bell.ring() }
    }

    /// What announces that a replay's clock shows another time.
    static func notice(ofReplayTime microseconds: Int64) -> String { "@\(microseconds)" }

    /// Understands the payload of a notice: `topic:partition,topic:partition`, `@` and a replay's time, or empty for
    /// everything.
    func ring(notice: String) {
        if notice.isEmpty { return ringAll() }
        if notice.first == "@", let microseconds = Int64(notice.dropFirst()) { return ringTicks(at: microseconds) }
        for item in notice.split(separator: ",") {
            let parts = item.split(separator: ":")
            guard parts.count == 2, let partition = Int(parts[1]) else { continue }
            ring(topic: Topic(name: String(parts[0])), partition: partition)
        }
    }
}
