#if DEBUG
import City
import EventLog
import Foundation
import Messages
import ServiceKit
import Testing

extension EndToEnd {
    /// The audit is itself audited: it finds each fault that is planted in running services, and nothing when the same
    /// befalls services without it.
    @Suite
    struct PlantedFaultTests {
        @Test(
            "the audit finds a fault in the services", .enabled(if: mayPlant, refusal), arguments: PlantedFault.allCases
        )
        func found(fault: PlantedFault) async throws {
            let provocation = Provocation.of(fault)
            let planted = [PlantedFault.variable: fault.name]
            try await Self.withSuite(provocation.log, fault.name, planted: planted) { suite in
                let truth = TruthFile()
                let expected = try await provocation.befall(suite, truth)
                var audit = try await AuditOutcome.of(suite, truth)
                // What went out in vain may still be on its way to those who believe it.
                for _ in 0..<5 where !expected.allSatisfy({ audit.names($0.id, for: $0.check) }) {
                    audit = try await AuditOutcome.of(suite, truth)
                }
                #expect(audit.ending == .exit(1))
                for (check, id) in expected {
                    #expect(audit.names(id, for: check), "\(check) does not name \(id): \(audit.findings)")
                }
            }
        }

        @Test(
            "the audit finds nothing where services without a fault go through the same",
            .enabled(if: mayPlant, refusal), arguments: EventLogChoice.allCases)
        func control(log: EventLogChoice) async throws {
            try await Self.withSuite(log, "no-fault-\(log.rawValue)", planted: [:]) { suite in
                let truth = TruthFile()
                // The clock does not go back, so it moves last.
                let last = PlantedFault.fireWithoutStateChange
                for fault in PlantedFault.allCases.filter({ $0 != last }) + [last] {
                    let provocation = Provocation.of(fault)
                    if provocation.log == log { _ = try await provocation.befall(suite, truth) }
                }
                try await suite.quiet()
                let audit = try await AuditOutcome.of(suite, truth)
                #expect(audit.ending == .exit(0) && audit.findings.isEmpty, "\(audit.findings)")
            }
        }

        /// Programs of a release build know no faults.
        private static let mayPlant = ProcessInfo.processInfo.environment["WANGGE_EXECUTABLES"] ?? "" == ""
        private static let refusal: Comment = "faults cannot be planted in the programs of WANGGE_EXECUTABLES"

        private static let beginning = Task {
            try await SuiteUnderTest.begin(
                durable: false, directory: NSTemporaryDirectory() + "wangge-e2e-\(getpid())-planted")
        }

        private static func withSuite(
            _ log: EventLogChoice, _ name: String, planted: [String: String],
            _ body: (SuiteUnderTest) async throws -> Void
        ) async throws {
            let suite = try await SuiteUnderTest.fresh(
                log, from: try await beginning.value, called: name, planted: planted)
            do {
                try await body(suite)
            } catch {
                await suite.end()
                throw error
            }
            await suite.end()
        }
    }
}

/// What the operator's audit found: ids by check.
struct AuditOutcome {
    let ending: ServiceProcess.Ending
    let findings: [String: [String]]

    /// Whether a check names an id that begins so.
    func names(_ id: String, for check: String) -> Bool { findings[check]?.contains { $0.hasPrefix(id) } == true }

    /// Runs the audit against a suite, with what its clients know and with its log files.
    static func of(_ suite: SuiteUnderTest, _ truth: TruthFile) async throws -> AuditOutcome {
        let path = "\(suite.directory)/truth.jsonl"
        try truth.text.write(toFile: path, atomically: true, encoding: .utf8)
        let (ending, output) = try await suite.gridctl(
            ["audit", "--json", "--wait", "2", "--truth", path, "--logs", suite.directory])
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("{") }, "\(output)")
        var findings: [String: [String]] = [:]
        for check in try JSONDocument(Array(line.utf8)).root["checks"]?.elements ?? [] {
            let ids = check["findings"]?.elements.compactMap { $0["id"]?.string } ?? []
            if let name = check["name"]?.string, !ids.isEmpty { findings[name] = ids }
        }
        return AuditOutcome(ending: ending, findings: findings)
    }
}
#endif
