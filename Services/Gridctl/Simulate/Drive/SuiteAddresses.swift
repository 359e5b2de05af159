/// Where the HTTP APIs of a running suite are.
struct SuiteAddresses: Sendable, Equatable {
    var intake: String
    var router: String
    var rewards: String
    var analytics: String

    /// The services' own ports on this machine.
    static let standard = SuiteAddresses(
        intake: "http://127.0.0.1:7100", router: "http://127.0.0.1:7101", rewards: "http://127.0.0.1:7103",
        analytics: "http://127.0.0.1:7104")

    init(intake: String, router: String, rewards: String, analytics: String) {
        self.intake = intake
        self.router = router
        self.rewards = rewards
        self.analytics = analytics
    }

    /// The addresses of a suite that runs on this machine.
    init(_ record: SuiteRecord) {
        let standard = SuiteAddresses.standard
        intake = record.url(of: "intake") ?? standard.intake
        router = record.url(of: "router") ?? standard.router
        rewards = record.url(of: "rewards") ?? standard.rewards
        analytics = record.url(of: "analytics") ?? standard.analytics
    }
}
