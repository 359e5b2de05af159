#if canImport(Intake)
import City
import Messages
import Testing

@testable import Gridctl
@testable import Intake

/// Whether intake's own rules make of each simulated input what the plan expects.
@Suite struct SubmittedInputTests {
    private let city = SimulatedCity.city
    private let plan = SimulatedCity.plan

    private func read(_ one: Publication) -> Result<Submission, RefusedInput> {
        let reader = SubmissionReader(city: city, allowedSources: [one.source])
        if one.form == .binary {
            return reader.read(
                data: one.body, type: EventDraft.type, id: one.id, source: one.source.rawValue,
                fallbackSource: one.source, traceparent: nil)
        }
        return reader.read(event: one.body[...], fallbackSource: one.source, traceparent: nil)
    }

    @Test func `What should be accepted is, in the grid where it lies`() throws {
        for one in plan.publications {
            if case .rejected = one.expectation { continue }
            let submission = try read(one).get()
            let matter = try #require(one.matter.map { plan.matters[$0] })
            #expect(AcceptanceRules().faults(of: submission, now: one.at).isEmpty)
            #expect(submission.condition == matter.condition)
            switch matter.locating {
            case .coordinates, .grid: #expect(submission.grid == matter.grid, "\(one.id)")
            case .address: #expect(submission.grid == nil)
            }
            #expect((submission.onTheSpot != nil) == matter.isOnTheSpot)
        }
    }

    @Test func `What should be refused is, for the expected reason alone`() {
        for one in plan.publications {
            guard case .rejected(let slug) = one.expectation else { continue }
            switch read(one) {
            case .success(let submission):
                #expect(
                    AcceptanceRules().faults(of: submission, now: one.at).map(\.slug.rawValue) == [slug], "\(one.id)")
            case .failure(let refused):
                #expect(Set(refused.reasons.map(\.slug.rawValue)) == [slug], "\(one.id)")
            }
        }
    }

    @Test func `No personal number outlives the scrubber`() throws {
        #expect(plan.canaries.count > 50)
        for one in plan.publications {
            guard let submission = try? read(one).get() else { continue }
            let published = submission.title + submission.text + submission.address
            for canary in plan.canaries { #expect(!published.contains(canary), "\(one.id)") }
        }
    }
}
#endif
