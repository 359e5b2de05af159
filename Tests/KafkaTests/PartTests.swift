@testable import Kafka
import Testing

/// Parts whose behaviour cannot be provoked at will from outside.
@Suite struct PartTests {
    @Test func statisticsAreReadFromTheLibrarysDocument() throws {
        let document = """
            { "name": "rdkafka#producer-1", "msg_cnt": 3, "txmsgs": 70, "rxmsgs": 5, "brokers": {
              "a:9092/1": { "nodeid": 1, "state": "UP", "rtt": { "min": 1, "avg": 1500, "p99": 2000 } },
              "b:9092/bootstrap": { "nodeid": -1, "state": "DOWN", "rtt": { "avg": 0 } } }, "topics": {} }
            """
        let statistics = try #require(Array(document.utf8).withUnsafeBytes { ClientStatistics(json: $0) })
        #expect(statistics.queued == 3 && statistics.sent == 70 && statistics.received == 5)
        #expect(statistics.hasConnection)
        #expect(statistics.brokers["a:9092/1"]?.rtt.avg == 1500)
        #expect(Array("{}".utf8).withUnsafeBytes { ClientStatistics(json: $0) } == nil)
    }

    @Test(arguments: [(1, 0), (1, SendTickets.capacity - 1), (7_000_000_000, 12_345)])
    func aMessageRemembersItsCallAndPlace(number: Int, index: Int) {
        #expect(SendTickets.untag(SendTickets.tag(number, index)) == (number, index))
    }

    @Test func aLostConnectionCastsDoubtOnTheEnd() {
        var end = EndOfPartition()
        #expect(!end.isReached(disruptions: 0) && !end.needsConfirmation(disruptions: 0))
        end.queueWasEmpty()
        end.heard(disruptions: 0)
        #expect(end.isReached(disruptions: 0) && !end.needsConfirmation(disruptions: 0))
        #expect(!end.isReached(disruptions: 1) && end.needsConfirmation(disruptions: 1))
        end.confirmationFailed()
        #expect(!end.isReached(disruptions: 1) && !end.needsConfirmation(disruptions: 1), "asked again at once")
        end.confirmed(isAtEnd: true, disruptions: 1)
        #expect(end.isReached(disruptions: 1))
        end.messageFollows()
        #expect(!end.isReached(disruptions: 1))
    }

    @Test func theLibraryIsWokenWhenItMayHaveStopped() {
        var refill = Refill()
        refill.limit = 1000
        let questions: [(waiting: Int, unread: Int64, isDue: Bool, why: String)] = [
            (10, 500, false, "nothing suggests a stop"),
            (900, 500, false, "enough is left"),
            (100, 0, false, "there is nothing more"),
            (100, 500, true, "it may have stopped"),
            (100, 500, false, "it was just asked"),
        ]
        for question in questions {
            let isDue = refill.isDue(waiting: question.waiting, batch: 100, unread: question.unread)
            #expect(isDue == question.isDue, "\(question.why)")
        }
    }
}
