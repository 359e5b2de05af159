import City
import CityStore
import EventLog
import Logging
import Postgres
import ServiceKit

/// The command `intake replay-rejections`: submits refused input again, from a request lane of its own.
///
/// Joins the service as one more process while it works, which has no partitions: those it would have wait for its
/// few seconds.
enum RejectionReplay {
    static let source = SettingKey<String>(
        "replay.source", presence: .optional,
        help: LocalizedText(zh: "replay-rejections 只重放此来源", en: "the one source that replay-rejections takes"))

    static let command = ServiceCommand(
        "replay-rejections",
        help: LocalizedText(
            zh: "重新提交曾被拒绝的上报（--replay-source=…）", en: "submit refused input again; --replay-source=…")
    ) { settings, _, logger in
        try await run(settings, logger: logger)
    }

    private static func run(_ settings: Settings, logger: Logger) async throws {
        let postgres = try SuiteSettings.postgres(settings, service: Intake.contract.name)
        let pool = PostgresPool(postgres, size: 1, maxWaiters: 4, acquireTimeoutMilliseconds: 5_000, logger: logger)
        let city = try await DependencyUnavailable.wait(for: "a city profile", patience: .seconds(10)) {
            try await CityHolder(pool, logger: logger).current
        }
        await pool.shutdown()
        let eventLog = EventLog(
            EventLog.Settings(
                service: Intake.contract.name, kind: SuiteSettings.log(settings), postgres: postgres,
                kafka: try SuiteSettings.kafka(settings, service: Intake.contract.name)),
            logger: logger)
        let sealing = Sealing(secret: settings[Intake.contactsKey], version: 1)
        let rules = AcceptanceRules(
            futureMinutes: settings[Intake.futureMinutes], oldestDays: settings[Intake.oldestDays])
        let lane = eventLog.requests { _ in RejectionReplayHandler(city: city, sealing: sealing, rules: rules) }
        try eventLog.start()
        let result: Result<RejectionReplayHandler.Response, any Error>
        do {
            try await DependencyUnavailable.wait(for: "a lane", patience: .seconds(30)) {
                if let problem = eventLog.problems.first { throw LaneError(.unavailable, problem) }
            }
            result = .success(try await replayAll(lane, source: settings[ifSet: source], logger: logger))
        } catch {
            result = .failure(error)
        }
        await eventLog.stop()
        log(try result.get(), as: "replayed", logger: logger)
    }

    private static func replayAll(
        _ lane: RequestLane<RejectionReplayHandler>, source: String?, logger: Logger
    ) async throws -> RejectionReplayHandler.Response {
        var total = RejectionReplayHandler.Response()
        var after: Int64 = 0
        while true {
            let response = try await lane.submit(.init(after: after, source: source))
            guard let last = response.last else { return total }
            after = last
            total.add(response)
            log(total, as: "replaying", logger: logger)
        }
    }

    private static func log(
        _ response: RejectionReplayHandler.Response, as message: Logger.Message, logger: Logger
    ) {
        logger.notice(
            message,
            metadata: [
                "accepted": "\(response.accepted)", "still_refused": "\(response.stillRefused)",
                "conflicts": "\(response.conflicts)", "not_replayable": "\(response.notReplayable)",
            ])
    }
}

extension RejectionReplayHandler.Response {
    fileprivate mutating func add(_ other: Self) {
        last = other.last
        accepted += other.accepted
        conflicts += other.conflicts
        stillRefused += other.stillRefused
        notReplayable += other.notReplayable
    }
}
