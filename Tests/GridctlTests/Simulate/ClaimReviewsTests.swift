import City
import Testing

@testable import Gridctl

/// How simulated reviewers decide.
@Suite struct ClaimReviewsTests {
    private let city = SimulatedCity.city

    private func claims(_ count: Int) -> [CaseLookup.OpenClaim] {
        let grids = city.leaves
        return (0..<count).map { index in
            let grid = city.community(of: grids[index % grids.count].code)?.code ?? city.root.code
            return CaseLookup.OpenClaim(
                transfer: Int64(index + 1), caseID: CaseID(Int64(index)), kind: "valid-report", reviewGrid: grid)
        }
    }

    @Test func `Each claim is decided once or forgotten, by the reviewer of its grid`() {
        var reviews = ClaimReviews(city: city)
        let claims = claims(2_000)
        let decisions = reviews.decide(claims) { Int($0.value) }
        let decided = decisions.flatMap(\.transfers)
        #expect(Set(decided).count == decided.count)
        #expect((1_880...1_920).contains(decided.count))
        #expect((1_840...1_880).contains(decisions.filter(\.isPosted).flatMap(\.transfers).count))
        for decision in decisions {
            let reviewer = city.post(decision.reviewer)
            #expect(reviewer?.role == city.profile.tariff.reviewerRole)
            for transfer in decision.transfers {
                #expect(claims[Int(transfer) - 1].reviewGrid == reviewer?.grid)
            }
        }
    }

    @Test func `A forgotten claim stays forgotten`() {
        var reviews = ClaimReviews(city: city)
        let claims = claims(1_000)
        let decided = Set(reviews.decide(claims) { Int($0.value) }.flatMap(\.transfers))
        let left = claims.filter { !decided.contains($0.transfer) }
        #expect(!left.isEmpty)
        #expect(reviews.decide(left) { _ in 0 }.isEmpty)
    }

    @Test func `All nodes have confirmed a command by the last wave, and most at once`() {
        let nodes = (0..<244).map { "GL\($0)" }
        let waves = CommandReceipts.waves.indices.map { wave in
            nodes.count { CommandReceipts.confirms($0, CaseID(7), byWave: wave) }
        }
        #expect(waves == waves.sorted())
        #expect((180...220).contains(waves[0]))
        #expect(waves.last == 244)
    }
}
