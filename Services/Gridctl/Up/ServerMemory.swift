import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much memory a PostgreSQL cluster of the suite's own takes for its tables.
enum ServerMemory {
    /// A quarter of what there is, as PostgreSQL's own documentation advises, at least 128 MiB and at most 2 GiB: beyond
    /// that the system's cache of files does as well, and every session has a page table for what it touched.
    static func sharedBuffersMiB(ofMemoryMiB memory: Int) -> Int { min(max(memory / 4, 128), 2_048) }

    static let sharedBuffersMiB = sharedBuffersMiB(ofMemoryMiB: memoryMiB(limits: limits))

    /// This machine's memory, or what a container or a unit of the system may have of it.
    ///
    /// - Parameter limits: Bytes as the system writes them; what is no number is no limit.
    static func memoryMiB(limits: [String]) -> Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return limits.compactMap { Int($0.filter(\.isNumber)) }.reduce(machine, min) / 1_048_576
    }

    /// What control groups of both versions say inside a container.
    private static var limits: [String] {
        ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap {
            FileManager.default.contents(atPath: $0).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
