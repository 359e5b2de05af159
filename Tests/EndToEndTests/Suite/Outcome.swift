import Messages
import Postgres

/// What came of the reports that publishers were told are accepted, in numbers.
struct Outcome: Sendable {
    var acknowledged: Int
    var stored: Int
    var cases: Int
    var steps: Int
    /// Reports that were acknowledged and are not there, or in no case.
    var lost: Int
    /// Reports that are in several cases, or twice in one.
    var doubled: Int
    /// Steps of cases that do not begin where the last one ended.
    var outOfOrder: Int

    var isSound: Bool { lost == 0 && doubled == 0 && outOfOrder == 0 }
}

extension SuiteUnderTest {
    /// Waits until the suite is at rest and counts.
    func outcome(of told: [Acknowledged.Report]) async throws -> Outcome {
        try await quiet()
        // How often each report is in a case's history.
        let places = try await rows(
            """
            SELECT r.source, r.source_id, count(h.report_id)
            FROM intake.report r LEFT JOIN routing.history h ON h.report_id = r.id GROUP BY 1, 2
            """
        ) { rows in
            Dictionary(
                uniqueKeysWithValues: try rows.decode((String, String, Int64).self).map { ("\($0) \($1)", Int($2)) })
        }
        let names = Set(told.map { "\($0.source) \($0.id)" })
        let outOfOrder: [String] = try await query(Self.stepsOutOfOrder)
        return Outcome(
            acknowledged: names.count, stored: places.count,
            cases: Int(try await value("SELECT count(*) FROM routing.\"case\"", Int64.self) ?? 0),
            steps: Int(try await value("SELECT count(*) FROM routing.history", Int64.self) ?? 0),
            lost: names.count { places[$0, default: 0] == 0 }, doubled: places.values.count { $0 > 1 },
            outOfOrder: outOfOrder.count)
    }
}
