internal import Dispatch

/// A moment on the clock that no one sets, until which something may take.
struct Deadline: Sendable {
    let time: DispatchTime

    init(afterMilliseconds milliseconds: Int) {
        time = .now() + .milliseconds(max(0, milliseconds))
    }

    var remainingMilliseconds: Int {
        let now = DispatchTime.now().uptimeNanoseconds
        return time.uptimeNanoseconds <= now ? 0 : Int((time.uptimeNanoseconds - now + 999_999) / 1_000_000)
    }

    var hasPassed: Bool { remainingMilliseconds == 0 }
}

/// A moment on the same clock, for asking how long ago something was.
struct Instant: Sendable {
    private let nanoseconds = DispatchTime.now().uptimeNanoseconds

    var ageMilliseconds: Int { Int((DispatchTime.now().uptimeNanoseconds - nanoseconds) / 1_000_000) }
}
