import Messages
import Testing

@testable import Router

@Suite("The table of transitions")
struct CaseTableTests {
    /// All there is: state before, then change:state after. `-` is the beginning.
    private static let written = """
        -          received:reported filed:filed
        reported   located:filed declined:declined
        filed      dispatched:dispatched handled-on-the-spot:handled declined:declined
        dispatched dispatched:dispatched accepted:accepted handled:handled returned:returned
        accepted   started:handling handled:handled returned:returned
        handling   handled:handled returned:returned
        handled    closed:closed reopened:accepted
        returned   dispatched:dispatched declined:declined
        closed
        declined
        void
        """

    private static let open: [CaseState] = [.reported, .filed, .dispatched, .accepted, .handling, .handled, .returned]

    /// The table as a dictionary, with what holds for every open state.
    private static let expected: [String: CaseState] = {
        var table: [String: CaseState] = [:]
        for line in written.split(separator: "\n") {
            let words = line.split(separator: " ")
            for word in words.dropFirst() {
                let parts = word.split(separator: ":").map { String($0) }
                table["\(words[0]) \(parts[0])"] = CaseState(rawValue: parts[1])
            }
        }
        for state in open {
            table["\(state.rawValue) voided"] = .void
            for change in ["merged", "escalated", "commanded", "acknowledged"] {
                table["\(state.rawValue) \(change)"] = state
            }
        }
        return table
    }()

    @Test("Every change after every state, and as a beginning", arguments: CaseChange.allCases)
    func exhaustive(change: CaseChange) {
        for state in [nil] + CaseState.allCases.map({ $0 as CaseState? }) {
            let expected = Self.expected["\(state?.rawValue ?? "-") \(change.rawValue)"]
            #expect(CaseTable.next(after: state, change: change) == expected, "\(state?.rawValue ?? "-")")
        }
    }

    @Test("The table has as many entries as are written here")
    func size() {
        let all = CaseState.allCases.map { $0 as CaseState? } + [nil]
        let count = all.reduce(0) { count, state in
            count + CaseChange.allCases.count { CaseTable.next(after: state, change: $0) != nil }
        }
        #expect(count == 20 + 5 * Self.open.count && count == Self.expected.count)
    }

    @Test("A final state is never left, and every open one can reach an end")
    func ends() {
        for state in CaseState.allCases {
            var reached: Set<CaseState> = [state]
            var frontier = [state]
            while let next = frontier.popLast() {
                for to in CaseChange.allCases.compactMap({ CaseTable.next(after: next, change: $0) })
                where reached.insert(to).inserted { frontier.append(to) }
            }
            #expect(state.isFinal ? reached == [state] : reached.contains(.closed), "\(state)")
        }
    }
}
