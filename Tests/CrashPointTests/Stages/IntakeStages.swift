import City
import CityStore
import EventLog
import Messages
import Postgres

@testable import Intake

/// What intake does in this town.
enum IntakeStages {
    static let schema = (name: "intake", migrations: Intake.migrations)

    private static let sealing = Sealing(secret: "a secret of at least thirty-two bytes", version: 1)

    private static func acceptance(_ city: City) -> Acceptance {
        Acceptance(city: city, sealing: sealing, rules: AcceptanceRules())
    }

    /// Two requests of several events: new ones, a repeat, a conflict.
    static func submit(_ city: CityHolder) -> any Stage {
        let first = [
            event("h-1"),
            event("p-1", source: "patrol", micro: 2, more: handled + #","contact":{"phone":"13800138000"}"#),
            event("h-2", condition: "E0401-1", micro: 3), event("h-1"), event("h-2", condition: "E0101-1"),
        ]
        let second = [
            event("h-3", north: 110), event("h-4", micro: nil), event("h-5", condition: "S0101-1", micro: 2),
            event("h-6", condition: "C0101-2", micro: 1), event("h-1"),
        ]
        return RequestStage<SubmitHandler>(
            name: "intake, submitted events", service: "intake", moment: local("2025-11-03 09:00"),
            requests: { _ in [first, second].map { $0.map { item($0, city.current) } } },
            answer: { outcomes in
                outcomes.map { outcome in
                    switch outcome {
                    case .accepted: "accepted"
                    case .conflict: "conflict"
                    case .rejected: "rejected"
                    }
                }.joined(separator: " ")
            },
            makeHandler: { _ in SubmitHandler(city: city) { acceptance(city.current) } })
    }

    /// What a source wrote to its topic: an event, one whose time lies ahead, the first again, and no event at all.
    static func inbound(_ city: CityHolder) -> any Stage {
        let topic = Topic.inbound("patrol")
        return InputStage(
            name: "intake, inbound events", service: "intake", topic: topic, moments: [local("2025-11-03 09:02")],
            beforehand: { suite in
                for (id, data) in [
                    ("p-2", data(micro: 3, more: handled)), ("p-3", data(micro: 2, at: "11:00")),
                    ("p-2", data(micro: 3, more: handled)), ("p-4", "{"),
                ] {
                    let message = OutgoingMessage(
                        topic: topic, key: "", subject: "", type: SubmissionReader.eventType,
                        time: local("2025-11-03 09:01"), foreignID: id, payload: Array(data.utf8))
                    try suite.publish(message, by: "patrol")
                }
            },
            makeHandler: { _ in InboundHandler(city: city) { acceptance(city.current) } })
    }

    static func outcomes(_ city: CityHolder, at: Timestamp) -> any Stage {
        InputStage(
            name: "intake, outcomes", service: "intake", topic: .cases, moments: [at],
            makeHandler: { _ in OutcomeHandler(city: city) })
    }

    /// The event whose time lay ahead is acceptable by now.
    static func replay(_ city: CityHolder) -> any Stage {
        RequestStage<RejectionReplayHandler>(
            name: "intake, refused events again", service: "intake", moment: local("2025-11-03 11:30"),
            requests: { _ in [RejectionReplayHandler.Request(after: 0, source: nil)] },
            answer: { _ in "replayed" },
            makeHandler: { _ in
                RejectionReplayHandler(city: city.current, sealing: sealing, rules: AcceptanceRules())
            })
    }

    // MARK: Events

    private static let handled =
        #","onTheSpot":{"handledAt":"2025-11-03T08:50:00+08:00","note":"done","evidence":["a.jpg"]},"finder":"GW-M001""#

    private static func data(
        condition: String = "E0101-1", micro: Int? = 1, north: Double = 100, at: String = "08:45", more: String = ""
    ) -> String {
        let place = micro.map {
            #","location":{"longitude":\#(104 + (Double($0) - 0.5) / 1_000),"latitude":\#(30 + north / 111_195)}"#
        }
        return #"{"occurredAt":"2025-11-03T\#(at):00+08:00","condition":"\#(condition)","title":"井盖""#
            + (place ?? "") + more + "}"
    }

    private static func event(
        _ id: String, source: String = "hotline", condition: String = "E0101-1", micro: Int? = 1, north: Double = 100,
        more: String = ""
    ) -> String {
        #"{"specversion":"1.0","type":"\#(SubmissionReader.eventType)","id":"\#(id)","source":"\#(source)","data":"#
            + data(condition: condition, micro: micro, north: north, more: more) + "}"
    }

    private static func item(_ event: String, _ city: City) -> IntakeItem {
        let input = Array(event.utf8)
        let reader = SubmissionReader(city: city, allowedSources: nil)
        switch reader.read(event: input[...], fallbackSource: SourceCode("hotline"), traceparent: nil) {
        case .success(let submission): return .submission(submission, input: input)
        case .failure(let refused):
            return .refusal(Refusal(source: refused.source, input: input, reasons: refused.reasons))
        }
    }
}
