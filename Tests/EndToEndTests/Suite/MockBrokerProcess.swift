import Foundation
import Messages

/// A broker that speaks Kafka's protocol, as a process of its own.
struct MockBrokerProcess: Sendable {
    let bootstrapServers: String
    private let process: ServiceProcess

    /// - Parameter partitions: Of each topic but those of dead letters, which have one.
    static func start(topics: [Topic], partitions: Int, directory: String) async throws -> MockBrokerProcess {
        let list = topics.map { "\($0.name):\($0.name.hasSuffix(".dead") ? 1 : partitions)" }
        let file = "\(directory)/broker-\(UInt32.random(in: 0...(.max))).address"
        let process = try await ServiceProcess.start(
            Executables.path("MockBroker"), ["--port-file", file, "--topics", list.joined(separator: ",")],
            log: "\(directory)/broker.log")
        try await require("the broker says where it is") { FileManager.default.fileExists(atPath: file) }
        let address = try String(contentsOfFile: file, encoding: .utf8)
        return MockBrokerProcess(
            bootstrapServers: address.trimmingCharacters(in: .whitespacesAndNewlines), process: process)
    }

    /// Cuts all connections and refuses new ones, until ``comeBack()``. What it holds stays.
    func goAway() { process.send(SIGUSR1) }

    func comeBack() { process.send(SIGUSR2) }

    /// Ends it, and with it all it holds.
    func end() async {
        process.send(SIGKILL)
        _ = await process.ending
    }
}
