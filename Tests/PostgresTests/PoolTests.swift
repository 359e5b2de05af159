import Dispatch
import Postgres
import Synchronization
import TestSupport
import Testing

/// Order, limits, cancellation and healing.
@Suite struct PoolTests {
    @Test func manyCallersShareFewSessions() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 3)
        let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await pool.withSession { session in
                        let echoed = try session.query("SELECT \(number)").decode(Int.self)
                        #expect(echoed == [number])
                        return session.backendPID
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(pids.count <= 3)
        await pool.shutdown()
    }

    @Test func transactionsCommitAndRollBack() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        try await pool.withSession { try $0.executeScript("CREATE TABLE t (id int8)") }
        let count = try await pool.withTransaction { transaction in
            try transaction.enqueue("INSERT INTO t VALUES (1)")
            return try transaction.query("SELECT * FROM t").count
        }
        #expect(count == 1)
        await #expect(throws: TransactionError.self) {
            try await pool.withTransaction { try $0.execute("SELECT 1 / 0") }
        }
        // A job that forgets its transaction does not burden the next.
        try await pool.withSession { try $0.executeScript("BEGIN; DELETE FROM t") }
        #expect(try await pool.withSession { try $0.query("SELECT * FROM t").count } == 1)
        await pool.shutdown()
    }

    /// Keeps a pool's only session busy until told otherwise.
    private final class Plug: Sendable {
        private let started = DispatchSemaphore(value: 0)
        private let finish = DispatchSemaphore(value: 0)
        private let state: Mutex<Task<Void, any Error>?> = Mutex(nil)

        init(_ pool: PostgresPool) async throws {
            let (started, finish) = (started, finish)
            let task = Task {
                try await pool.withSession { _ in
                    started.signal()
                    finish.wait()
                }
            }
            state.withLock { $0 = task }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    started.wait()
                    continuation.resume()
                }
            }
        }

        func pull() async throws {
            finish.signal()
            try await state.withLock { $0 }?.value
        }
    }

    private final class Order: Sendable {
        private let served = Mutex<[Int]>([])
        var numbers: [Int] { served.withLock { $0 } }
        func append(_ number: Int) { served.withLock { $0.append(number) } }
    }

    private final class Flag: Sendable {
        private let raised = Atomic(false)
        var isRaised: Bool { raised.load(ordering: .sequentiallyConsistent) }
        func raise() { raised.store(true, ordering: .sequentiallyConsistent) }
    }

    private func error<Value: Sendable>(_ body: () async throws -> Value) async -> PostgresError? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? PostgresError }
    }

    @Test func tooManyWaitersAreRefused() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1, maxWaiters: 1)
        let plug = try await Plug(pool)
        let waiter = Task { try await pool.withSession { try $0.query("SELECT 1").count } }
        #expect(await Fixture.eventually { pool.status.waitingCallers == 1 })
        let refused = await error { try await pool.withSession { $0.backendPID } }
        #expect(refused?.code == .poolExhausted)
        #expect(refused?.isTransient == true)
        try await plug.pull()
        #expect(try await waiter.value == 1)
        await pool.shutdown()
    }

    @Test func waitingEndsInTime() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1, timeout: 100)
        let plug = try await Plug(pool)
        let refused = await error { try await pool.withSession { $0.backendPID } }
        #expect(refused?.code == .poolExhausted && refused?.reason == "no session became free in time")
        try await plug.pull()
        #expect(try await pool.withSession { try $0.query("SELECT 1").count } == 1)
        await pool.shutdown()
    }

    @Test func callersAreServedInOrder() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        let plug = try await Plug(pool)
        let order = Order()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<20 {
            let before = await waiting(pool)
            let task = Task {
                _ = try await pool.withSession { _ in order.append(number) }
            }
            tasks.append(task)
            #expect(await Fixture.eventually { await waiting(pool) > before })
        }
        try await plug.pull()
        for task in tasks { try await task.value }
        #expect(order.numbers == Array(0..<20))
        await pool.shutdown()
    }

    private func waiting(_ pool: PostgresPool) async -> Int { pool.status.waitingCallers }

    @Test func aCancelledWaiterLeavesTheQueue() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        let plug = try await Plug(pool)
        let ran = Flag()
        let waiter = Task {
            try await pool.withSession { _ in ran.raise() }
        }
        #expect(await Fixture.eventually { await waiting(pool) == 1 })
        waiter.cancel()
        let failure = await error { try await waiter.value }
        #expect(failure?.code == .cancelled)
        #expect(await waiting(pool) == 0)
        try await plug.pull()
        try await pool.withSession { try $0.ping() }
        #expect(!ran.isRaised)
        await pool.shutdown()
    }

    @Test func aCancelledTaskStopsItsStatement() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        let running = Flag()
        let task = Task {
            try await pool.withSession { session in
                running.raise()
                try session.execute("SELECT pg_sleep(30)")
            }
        }
        #expect(await Fixture.eventually { running.isRaised })
        let start = ContinuousClock.now
        task.cancel()
        #expect(await error { try await task.value }?.code == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(10))
        // The session is good for others, and the request to stop does not reach them.
        for _ in 0..<50 { try await pool.withSession { try $0.execute("SELECT pg_sleep(0.001)") } }
        await pool.shutdown()
    }

    @Test func aCancelledTransactionIsRolledBack() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        try await pool.withSession { try $0.executeScript("CREATE TABLE t (id int8)") }
        let running = Flag()
        let task = Task {
            try await pool.withTransaction { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                running.raise()
                // Between statements: the next one must not start.
                for _ in 0..<100_000 { try transaction.execute("SELECT pg_sleep(0)") }
            }
        }
        #expect(await Fixture.eventually { running.isRaised })
        task.cancel()
        do {
            try await task.value
            Issue.record("the task went on")
        } catch let error as TransactionError {
            #expect(error.postgresError?.code == .cancelled && error.rollbackError == nil && !error.commitAmbiguous)
        }
        #expect(try await pool.withSession { try $0.query("SELECT * FROM t").isEmpty })
        await pool.shutdown()
    }

    @Test func aTaskCancelledBeforehandNeverRuns() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.withSession { _ in Issue.record("it ran") }
        }
        #expect(await error { try await task.value }?.code == .cancelled)
        await pool.shutdown()
    }

    @Test func afterShutdownNobodyIsServed() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 2)
        let plug = try await Plug(pool)
        async let shutdown: Void = pool.shutdown()
        #expect(await Fixture.eventually { await error { try await pool.withSession { _ in } }?.code == .poolClosed })
        try await plug.pull()
        await shutdown
        #expect(await pool.health().isHealthy == false)
    }

    @Test func aSessionLostAtRestIsReplacedUnnoticed() async throws {
        let settings = try Fixture.settings()
        let pool = Fixture.pool(settings, size: 1)
        let pid = try await pool.withSession { $0.backendPID }
        let other = try PostgresSession(settings, logger: Fixture.logger)
        try Fixture.kill(pid, through: other)
        let next = try await pool.withSession { session in
            try session.ping()
            return session.backendPID
        }
        #expect(next != pid)
        await pool.shutdown()
    }

    @Test func aSessionLostInUseIsReplacedForTheNext() async throws {
        let pool = try Fixture.pool(Fixture.settings(), size: 1)
        let lost = await error {
            try await pool.withSession { try $0.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)") }
        }
        #expect(lost?.isConnectionLost == true && lost?.isTransient == true)
        #expect(try await pool.withSession { try $0.query("SELECT 1").count } == 1)
        await pool.shutdown()
    }

    @Test func itFailsFastWhileTheServerIsAwayAndHealsByItself() async throws {
        let server = try PrivatePostgres()
        let pool = try Fixture.pool(PostgresSettings(url: server.url()), size: 4)
        try await pool.withSession { try $0.ping() }
        #expect(await pool.health().isHealthy)
        for immediate in [true, false] {
            try server.stop(immediate: immediate)
            let start = ContinuousClock.now
            #expect(await error { try await pool.withSession { try $0.ping() } }?.isTransient == true)
            #expect(
                await Fixture.eventually {
                    await error { try await pool.withSession { try $0.ping() } }?.code == .connectionFailed
                })
            #expect(ContinuousClock.now - start < .seconds(5))
            let health = await pool.health()
            #expect(!health.isHealthy && health.reason?.contains("connectionFailed") == true)
            try server.start()
            #expect(await Fixture.eventually(within: 5) { await pool.health().isHealthy })
            #expect(try await pool.withSession { try $0.query("SELECT 1").count } == 1)
        }
        await pool.shutdown()
        try server.stop(immediate: true)
    }

    @Test func aFullServerDoesNotStopThePool() async throws {
        // The role may have one connection; the pool's second cannot be made, yet everybody is served.
        let admin = try Fixture.session()
        let role = "one_\(admin.backendPID)"
        try admin.executeScript("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 1")
        let url = "postgres://\(role)@\(admin.settings.host):\(admin.settings.port)/\(admin.settings.database ?? "")"
        let pool = try Fixture.pool(PostgresSettings(url: url), size: 3)
        try await pool.withSession { try $0.ping() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { _ = try await pool.withSession { try $0.execute("SELECT pg_sleep(0.005)") } }
            }
            try await group.waitForAll()
        }
        await pool.shutdown()
    }
}
