import City
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What Prometheus' client libraries tell of their process.
enum ProcessMetrics {
    static func read() -> [MetricSample] {
        var samples = [
            MetricSample(
                "process_cpu_seconds_total", .counter, help: "User and system CPU time spent, in seconds.",
                value: cpuSeconds()),
            MetricSample(
                "process_start_time_seconds", .gauge, help: "Start of the process, in seconds since the Unix epoch.",
                value: startTimeSeconds),
        ]
        if let bytes = residentBytes() {
            samples.append(
                MetricSample(
                    "process_resident_memory_bytes", .gauge, help: "Resident memory, in bytes.", value: bytes))
        }
        if let count = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            samples.append(
                // Reading the directory opened one more.
                MetricSample(
                    "process_open_fds", .gauge, help: "Open file descriptors.", value: Double(max(0, count - 1))))
        }
        var limit = rlimit()
        if getrlimit(openFilesLimit, &limit) == 0 {
            samples.append(
                MetricSample(
                    "process_max_fds", .gauge, help: "Most file descriptors it may open.",
                    value: Double(limit.rlim_cur)))
        }
        return samples
    }

    /// When this was first asked for, which the process's registry does as it is made: `/proc` knows the start only
    /// in ticks since boot.
    static let startTimeSeconds: Double = Double(Clocks.now().microseconds) / 1_000_000

    /// POSIX counts `clock()` in millionths of a second, whatever the resolution.
    private static func cpuSeconds() -> Double { Double(clock()) / 1_000_000 }

    private static func residentBytes() -> Double? {
        guard let statm = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let words = String(decoding: statm, as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Double(words[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    #if canImport(Glibc)
    private static let openFilesLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let openFilesLimit = RLIMIT_NOFILE
    #endif
}
