import Dispatch
import Messages
import Synchronization

/// Wakes waiting lanes of this process when something was appended for them, here or elsewhere.
final class WakeHub: Sendable {
    /// One waiting place. A signal that comes while nobody waits is remembered.
    final class Bell: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private let rung = Mutex(false)

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

    func bell(topic: Topic, partition: Int) -> Bell {
        let bell = Bell()
        bells.withLock { $0[TapeKey(topic: topic, partition: partition), default: []].append(bell) }
        return bell
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

    /// Understands the payload of a notice: `topic:partition,topic:partition`, or empty for everything.
    func ring(notice: String) {
        if notice.isEmpty { return ringAll() }
        for item in notice.split(separator: ",") {
            let parts = item.split(separator: ":")
            guard parts.count == 2, let partition = Int(parts[1]) else { continue }
            ring(topic: Topic(name: String(parts[0])), partition: partition)
        }
    }
}
