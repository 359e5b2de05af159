/// The map of the suite: which topics exist, who speaks on them, who listens.
///
/// `deploy/kafka/topics.yaml` and `docs/messages/asyncapi.yaml` say the same; a test compares them.
public struct Topic: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Letters, digits, dots, dashes and underscores; at most 200 bytes.
    public let name: String

    public init(name: String) { self.name = name }

    public var description: String { name }
    public static func < (left: Topic, right: Topic) -> Bool { left.name < right.name }

    /// Accepted reports, keyed by community, so that two reports of one problem meet in one lane.
    public static let reports = Topic(name: "reports")
    /// Refused input: the reasons, never the content.
    public static let rejected = Topic(name: "rejected")
    /// Every change of a case, keyed by case.
    public static let cases = Topic(name: "cases")
    /// Warnings and breaches of clocks, keyed by case.
    public static let clocks = Topic(name: "clocks")
    /// Claims and transfers of points, keyed by account owner.
    public static let points = Topic(name: "points")

    /// Where a source publishes its reports, when it does not use HTTP.
    public static func inbound(_ source: String) -> Topic { Topic(name: "inbound.\(source)") }

    /// Whether others than the suite's services write to the topic.
    public var isInbound: Bool { name.hasPrefix("inbound.") && !name.hasSuffix(".dead") }

    /// What became of a source's reports.
    public static func outcomes(_ source: String) -> Topic { Topic(name: "outcomes.\(source)") }

    /// Where messages of this topic go that could not be handled.
    public var dead: Topic { Topic(name: "\(name).dead") }

    /// Topics between the services; those of sources come from the city's profile.
    public static let core: [Topic] = [.reports, .rejected, .cases, .clocks, .points]

    /// Every topic of a suite whose city has these sources, with dead-letter topics.
    public static func all(sources: [String]) -> [Topic] {
        let consumed = [.reports, .rejected, .cases, .clocks, .points] + sources.map { Topic.inbound($0) }
        return consumed + consumed.map(\.dead) + sources.map { Topic.outcomes($0) }
    }
}
