import EventLog
import Postgres
import Testing

/// Every handler of every service over a real database, cut at every step once.
///
/// The steps are counted in a run without a crash and then struck one by one; whoever takes over must bring the suite to
/// the very state of that run.
@Suite("Crash points", .serialized)
struct CrashPointTests {
    @Test(arguments: LogKind.allCases)
    func everyStepOfEveryHandler(kind: LogKind) async throws {
        let town = try await Self.town.value
        var world = try World(kind: kind, database: town.database).copy()
        var total = 0
        for stage in Self.stages(town) {
            let result = try await Enumeration(stage: stage, before: world).run()
            print("crash points over \(kind.rawValue): \(stage.name): \(result.points)")
            #expect(result.points > 0, "\(stage.name) has no crash point")
            for finding in result.findings.prefix(3) { Issue.record("\(finding)") }
            try world.drop()
            world = result.after
            total += result.points
        }
        print("crash points over \(kind.rawValue): \(total) in all")
        let session = try world.session()
        defer { session.close() }
        #expect(try Invariants.unfiled(session).isEmpty)
    }

    static let town = Task {
        try await NewTown(schemas: [
            IntakeStages.schema, RouterStages.schema, ClockStages.schema, RewardsStages.schema, AnalyticsStages.schema,
        ])
    }

    /// A day in the town, from the first report to the last fact.
    private static func stages(_ town: NewTown) -> [any Stage] {
        let city = town.city
        return [
            IntakeStages.submit(city), IntakeStages.inbound(city), RouterStages.filing(town.withoutLamps),
            RouterStages.filingAgain(city),
            ClockStages.watch(
                "clocks armed", city, from: local("2025-11-03 09:07"), until: local("2025-11-03 09:07")),
            IntakeStages.outcomes(city, at: local("2025-11-03 09:07")), RouterStages.caseWork(city),
            ClockStages.watch(
                "clocks stopped and fired", city, from: local("2025-11-03 09:13"), until: local("2025-11-03 10:00")),
            RouterStages.escalation(city), RewardsStages.claims(city), RewardsStages.review(city),
            IntakeStages.replay(city), RouterStages.filingTheRest(city), RewardsStages.expiry(city),
        ] + AnalyticsStages.all
    }
}
