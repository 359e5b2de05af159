import FoundationEssentials
import Postgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the processes of a suite have used so far, and what the database has written.
///
/// Read from `/proc`; where there is none, or PostgreSQL is not ours, the figures are absent.
struct MachineUse: Sendable {
    /// Processor seconds by process: the five services, `postgres` with all its backends, `gridctl` which makes the load.
    var cpuSeconds: [String: Double] = [:]
    /// Resident memory in MiB.
    var memory: [String: Double] = [:]
    /// Bytes of write-ahead log since the cluster was made.
    var walBytes: Int64
    /// Bytes of the suite's database.
    var databaseBytes: Int64

    /// What was done since an earlier look.
    func work(since before: MachineUse) -> MachineWork {
        MachineWork(
            cpuSeconds: cpuSeconds.reduce(into: [:]) { $0[$1.key] = $1.value - (before.cpuSeconds[$1.key] ?? 0) },
            walBytes: walBytes - before.walBytes, databaseBytes: databaseBytes - before.databaseBytes)
    }

    static func now(_ record: SuiteRecord, session: PostgresSession) throws -> MachineUse {
        let sizes = try session.query(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, pg_database_size(current_database())
            """
        ).decode((Int64, Int64).self)
        var use = MachineUse(walBytes: sizes.first?.0 ?? 0, databaseBytes: sizes.first?.1 ?? 0)
        let processes = ProcessStatus.all()
        for process in processes {
            guard let name = name(of: process, record: record, all: processes) else { continue }
            use.cpuSeconds[name, default: 0] += process.cpuSeconds
            // Backends share most of their memory, so a sum would count it many times.
            if name != "postgres" { use.memory[name] = process.residentMiB }
        }
        return use
    }

    private static func name(of process: ProcessStatus, record: SuiteRecord, all: [ProcessStatus]) -> String? {
        if process.pid == record.pid { return "gridctl" }
        if let service = record.services.first(where: { $0.pid == process.pid }) { return service.name }
        guard process.name == "postgres" else { return nil }
        if process.parent == record.pid { return "postgres" }
        return all.contains { $0.pid == process.parent && $0.parent == record.pid } ? "postgres" : nil
    }
}

/// What the processes of a suite used and the database wrote between two looks, or several pairs of them.
struct MachineWork: Sendable {
    /// By process, as ``MachineUse/cpuSeconds``.
    private(set) var cpuSeconds: [String: Double] = [:]
    private(set) var walBytes: Int64 = 0
    private(set) var databaseBytes: Int64 = 0

    static func += (sum: inout MachineWork, other: MachineWork) {
        sum.cpuSeconds.merge(other.cpuSeconds, uniquingKeysWith: +)
        sum.walBytes += other.walBytes
        sum.databaseBytes += other.databaseBytes
    }
}

/// A process as `/proc` shows it.
private struct ProcessStatus {
    var pid: Int32
    var parent: Int32
    var name: String
    var cpuSeconds: Double
    var residentMiB: Double

    static func all() -> [ProcessStatus] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.compactMap { ProcessStatus(pid: $0) }
    }

    init?(pid: Int32) {
        // `pid (name) state parent …`; a name may hold spaces and parentheses.
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 21, let parent = Int32(fields[1]) else { return nil }
        self.pid = pid
        self.parent = parent
        name = String(text[text.index(after: open)..<close])
        // User, system, and those of children that have ended.
        let ticks = fields[11...14].compactMap { Double($0) }.reduce(0, +)
        cpuSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        residentMiB = (Double(fields[21]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}
