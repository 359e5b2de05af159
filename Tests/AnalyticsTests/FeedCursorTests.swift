import NIOCore
import TestSupport
import Testing

@testable import Analytics

@Suite("Feed cursor and hub")
struct FeedCursorTests {
    private func read(_ cursor: inout FeedCursor, _ ids: [Int64], now: Int64 = 0) -> [Int64] {
        let fresh = ids.filter { cursor.isNew($0) }
        cursor.advance(now: now)
        return fresh
    }

    @Test("A line that becomes visible late is read, and nothing twice")
    func late() {
        var cursor = FeedCursor(after: 5)
        #expect(read(&cursor, [6, 8, 9]) == [6, 8, 9])
        #expect(cursor.base == 6)
        #expect(read(&cursor, [7, 8, 9, 10]) == [7, 10])
        #expect(cursor.base == 10)
        #expect(read(&cursor, [10]) == [])
    }

    @Test("A number that was never used is given up after a while")
    func gap() {
        let patience = FeedCursor.patienceNanoseconds
        var cursor = FeedCursor(after: 0)
        #expect(read(&cursor, [2, 3, 7], now: 100) == [2, 3, 7])
        #expect(read(&cursor, [], now: 99 + patience) == [])
        #expect(cursor.base == 0)
        #expect(read(&cursor, [], now: 100 + patience) == [])
        #expect(cursor.base == 3)
        #expect(read(&cursor, [4], now: 101 + patience) == [4])
        #expect(read(&cursor, [], now: 101 + 2 * patience) == [])
        #expect(cursor.base == 7)
    }

    @Test("A gap does not hold back a flood")
    func flood() {
        var cursor = FeedCursor(after: 0)
        let ids = Array(2...Int64(FeedCursor.mostAhead + 2))
        #expect(read(&cursor, ids) == ids)
        #expect(cursor.base == ids.last)
    }

    @Test("Numbers committed in any order are each read once", arguments: [21, 22, 23] as [UInt64])
    func anyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var cursor = FeedCursor(after: 0)
        var visible: Set<Int64> = []
        var told: [Int64] = []
        // Commits overtake each other by at most 20 lines.
        let order = (1...Int64(500)).map { ($0, $0 + Int64.random(in: 0...20, using: &random)) }.sorted { $0.1 < $1.1 }
        for (id, _) in order {
            visible.insert(id)
            guard Bool.random(using: &random) else { continue }
            told += read(&cursor, visible.filter { $0 > cursor.base }.sorted())
        }
        told += read(&cursor, visible.filter { $0 > cursor.base }.sorted())
        #expect(told.count == 500)
        #expect(Set(told).count == 500, "seed \(seed)")
    }

    @Test("Every listener hears everything; one that does not listen is hung up on")
    func hub() async throws {
        let hub = LiveHub()
        #expect(!hub.hasListeners)
        let quick = try hub.listen()
        let slow = try hub.listen()
        var heard = quick.makeAsyncIterator()
        for number in 0..<LiveHub.mostWaiting + 1 {
            hub.send(ByteBuffer(integer: number))
            #expect(await heard.next() == ByteBuffer(integer: number))
        }
        // The slow one gets what was kept for it, and then the end.
        var count = 0
        for await _ in slow { count += 1 }
        #expect(count == LiveHub.mostWaiting)
        hub.send(ByteBuffer(integer: 1))
        #expect(hub.hasListeners)
    }

    @Test("A listener that is gone is forgotten, and there are not too many")
    func limits() throws {
        let hub = LiveHub()
        do {
            let listeners = try (0..<LiveHub.mostListeners).map { _ in try hub.listen() }
            #expect(throws: (any Error).self) { _ = try hub.listen() }
            #expect(listeners.count == LiveHub.mostListeners)
        }
        #expect(!hub.hasListeners)
    }
}
