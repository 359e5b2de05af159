import Testing

/// The network between the suite's programs.
extension SuiteUnderTest {
    /// Cuts the broker off from everybody.
    func withoutBroker(seconds: Double) async throws {
        broker?.goAway()
        defer { broker?.comeBack() }
        try await Task.sleep(for: .seconds(seconds))
    }

    /// Loses a share of all packets between the services and PostgreSQL; no connection is closed.
    func withoutPackets(share: Double, delayMilliseconds: Int = 0, seconds: Double) async throws {
        let network = try #require(network, "the services reach PostgreSQL over a network of their own")
        try network.lose(share: share, delayMilliseconds: delayMilliseconds)
        defer { try? network.lose(share: 0) }
        try await Task.sleep(for: .seconds(seconds))
    }
}
