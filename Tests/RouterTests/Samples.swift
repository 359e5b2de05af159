import City
import Messages

@testable import Router

/// Reports as intake publishes them.
enum Sample {
    static let morning = local("2025-11-03 09:00")

    /// - Parameters:
    ///   - micro: number of the micro grid it lies in; nil: it names no place.
    ///   - north: metres north of the middle of the micro grid's southern border.
    static func report(
        _ id: Int64, condition: String = "E0101-1", micro: Int? = 1, north: Double = 100, source: String = "hotline",
        finder: String? = nil, handledAt: Timestamp? = nil, at: Timestamp = morning
    ) -> ReportAccepted {
        let place = micro.map {
            Coordinate(longitude: 104 + (Double($0) - 0.5) / 1_000, latitude: 30 + north / 111_195)
        }
        return ReportAccepted(
            id: ReportID(id), trackingNumber: "SMP-\(id)", source: SourceCode(source), sourceID: "s-\(id)",
            occurredAt: at,
            receivedAt: at, condition: ConditionCode(condition), title: "井盖", text: "", address: "", place: place,
            grid: micro.map { StreetCity.micro($0) }, unlocatedReason: micro == nil ? "no-coordinates" : nil,
            finder: finder.map { PostCode($0) },
            onTheSpot: handledAt.map { .init(handledAt: $0, note: "已处理", evidence: ["a.jpg"]) })
    }

    /// A case in any state, given to GW-M001 with GL-M001 assisting, in M001 unless it waits at the manual desk.
    static func publicCase(
        _ state: CaseState, id: Int64 = 7, condition: String = "E0101-1", handler: String? = nil, grid: String? = "M001"
    ) -> PublicCase {
        let isWithSomebody = [.dispatched, .accepted, .handling, .handled].contains(state)
        return PublicCase(
            id: CaseID(id), number: "SMP-20251103-\(id)", version: 5, state: state, source: SourceCode("hotline"),
            condition: ConditionCode(condition), category: CategoryCode(String(condition.prefix(5))),
            severity: .general,
            path: .finder, title: "井盖", grid: state == .reported ? nil : grid.map { GridCode($0) }, place: nil,
            assignee: isWithSomebody ? PostCode("GW-M001") : nil, finder: nil, handler: handler.map { PostCode($0) },
            assisting: [PostCode("GL-M001")], onTheSpot: false, reports: 1, returns: 0, reworks: 0, escalations: 0,
            reportedAt: morning, filedAt: morning, dispatchedAt: nil, acceptedAt: nil, handledAt: nil, closedAt: nil,
            policyVersion: 1)
    }

    static func working(_ state: CaseState, handler: String? = nil) -> WorkingCase {
        WorkingCase(stored: publicCase(state, handler: handler), changedAt: morning)
    }

    static func actor(_ post: String, roles: Set<String> = [], in jurisdiction: String...) -> Actor {
        Actor(post: PostCode(post), roles: roles, jurisdiction: jurisdiction.map { GridCode($0) })
    }
}
