import City
import Testing

@testable import Gridctl

/// When the simulated clock stops.
@Suite struct AgendaTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    /// All stops until the end.
    private func stops<Task>(_ agenda: inout Agenda<Task>) -> [(now: Timestamp, due: [Task])] {
        var stops: [(now: Timestamp, due: [Task])] = []
        while let stop = agenda.advance() { stops.append(stop) }
        return stops
    }

    @Test func `The clock jumps to the first window that closes and takes all that are open`() {
        var agenda = Agenda<String>(begin: at(0), end: at(10_000))
        agenda.add("late", Window(opens: at(4_000), closes: at(9_000)))
        agenda.add("first", Window(opens: at(100), closes: at(500)))
        agenda.add("open", Window(opens: at(400), closes: at(8_000)))
        let stops = stops(&agenda)
        #expect(stops.map(\.now) == [at(500), at(9_000), at(10_000)])
        #expect(stops.map(\.due) == [["first", "open"], ["late"], []])
    }

    @Test func `Stops keep their distance`() {
        var agenda = Agenda<Int>(begin: at(0), end: at(1_000))
        agenda.add(1, Window(opens: at(5), closes: at(6)))
        let first = agenda.advance()
        #expect(first?.now == at(60))
        agenda.add(2, Window(opens: at(61), closes: at(61)))
        let next = agenda.advance()
        #expect(next?.now == at(120))
        #expect(next?.due == [2])
    }

    @Test func `What opens after the end never happens`() {
        var agenda = Agenda<Int>(begin: at(0), end: at(100))
        agenda.add(1, Window(opens: at(101), closes: at(200)))
        #expect(stops(&agenda).map(\.due) == [[]])
        #expect(agenda.openTasks == 1)
    }

    @Test(arguments: 1...20) func `A heap gives its elements in order`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var heap = BinaryHeap<Int>(by: <)
        var numbers: [Int] = []
        var taken: [Int] = []
        for _ in 0..<200 {
            let number = random.integer(in: 0...50)
            heap.insert(number)
            numbers.append(number)
        }
        while let least = heap.removeLeast() { taken.append(least) }
        #expect(taken == numbers.sorted())
    }
}
