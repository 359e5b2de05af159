import City
import Kafka
import Messages
import Testing

@testable import EventLog

@Suite("What a record of Kafka says as a message")
struct KafkaEnvelopeTests {
    private static func record(
        _ topic: Topic, value: String? = "{}", stamp: Int64 = 1_000, _ headers: [String: String] = [:]
    ) -> KafkaRecord {
        KafkaRecord(
            topic: topic.name, partition: 1, offset: 7, timestampMilliseconds: stamp, key: Array("k".utf8),
            value: value.map { Array($0.utf8) }, headers: headers.map { KafkaHeader(name: $0.key, value: $0.value) })
    }

    @Test("Where others write, nobody's numbers are believed")
    func forgedNumbers() {
        let headers = [
            "wangge_lane": "3", "wangge_number": "1000000", "ce_source": "/wangge/intake", "ce_id": "x", "ce_type": "t",
        ]
        let foreign = KafkaEnvelope.message(from: Self.record(.inbound("patrol"), headers))
        #expect(foreign.producer == 0 && foreign.number == 0)
        #expect(foreign.source == "/wangge/intake" && foreign.foreignID == "x")
        let own = KafkaEnvelope.message(from: Self.record(.reports, headers))
        #expect(own.producer == 3 && own.number == 1_000_000)
        #expect(own.source == "intake" && own.foreignID == nil)
        // Set aside by us, not written by others.
        #expect(KafkaEnvelope.message(from: Self.record(Topic.inbound("patrol").dead, headers)).producer == 3)
    }

    @Test("A stamp may be anything", arguments: [.min, -1, 0, 1_700_000_000_000, .max] as [Int64])
    func stamps(stamp: Int64) {
        let message = KafkaEnvelope.message(from: Self.record(.inbound("patrol"), stamp: stamp))
        #expect((0...253_402_300_799_999_000).contains(message.time.microseconds))
        if stamp == 1_700_000_000_000 { #expect(message.time.microseconds == stamp * 1_000) }
    }

    @Test("Binary and structured mode say the same")
    func modes() {
        let time = "2026-11-21T08:00:00Z"
        let binary = KafkaEnvelope.message(
            from: Self.record(
                .inbound("patrol"), value: #"{"a":1}"#,
                [
                    "CE_Type": "t", "ce_id": "i", "ce_source": "patrol", "ce_time": time,
                    "content-type": "application/json",
                ]))
        let structured = KafkaEnvelope.message(
            from: Self.record(
                .inbound("patrol"),
                value: #"{"specversion":"1.0","type":"t","id":"i","source":"patrol","time":"\#(time)","data":{"a":1}}"#,
                ["content-type": "application/cloudevents+json; charset=utf-8"]))
        for message in [binary, structured] {
            #expect(message.type == "t" && message.foreignID == "i" && message.source == "patrol")
            #expect(message.time.rfc3339 == time && message.payload == Array(#"{"a":1}"#.utf8))
        }
    }

    @Test("What is no event has no type, whatever it holds", arguments: [nil, "", "[]", "{", "\u{0}"] as [String?])
    func noEvent(value: String?) {
        for headers in [[:], ["content-type": "application/cloudevents+json"]] {
            let message = KafkaEnvelope.message(from: Self.record(.inbound("patrol"), value: value, headers))
            #expect(message.type.isEmpty && message.key == "k" && message.offset == 7)
        }
    }
}
