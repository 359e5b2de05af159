#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much of this machine's memory a PostgreSQL cluster of the suite's own takes for its tables.
enum ServerMemory {
    /// A quarter, as PostgreSQL's own documentation advises, at least 128 MiB and at most 2 GiB: beyond that the
    /// system's cache of files does as well, and every session has a page table for what it touched.
    static let sharedBuffersMiB = sharedBuffersMiB(
        ofMemoryMiB: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 1_048_576)

    static func sharedBuffersMiB(ofMemoryMiB memory: Int) -> Int { min(max(memory / 4, 128), 2_048) }
}
