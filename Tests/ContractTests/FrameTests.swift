import City
import Messages
import Testing

@testable import EventLog

@Suite("Frames, partitions and tapes")
struct FrameTests {
    private static func message(
        _ key: String, payload: [UInt8], foreignID: String? = nil, traceparent: String? = nil,
        attributes: [String: String] = [:]
    ) -> OutgoingMessage {
        OutgoingMessage(
            topic: .cases, key: key, subject: "s-\(key)", type: "wangge.test.v1",
            time: Timestamp(microseconds: -1_234_567_890_123_456), traceparent: traceparent, foreignID: foreignID,
            attributes: attributes, payload: payload)
    }

    private static func frame(_ messages: [OutgoingMessage]) -> [UInt8] {
        var writer = RecordBatchWriter(source: "路由")
        for message in messages { writer.append(message) }
        return writer.bytes
    }

    @Test("Messages come back as they were, numbered on from the first")
    func roundTrip() throws {
        let messages = [
            Self.message("", payload: []),
            Self.message("网格", payload: [0, 255, 10], foreignID: "outside-1", traceparent: "00-a-b-01"),
            Self.message(
                "k", payload: [UInt8](repeating: 7, count: 300_000), attributes: ["reason": "x", "a": "", "空": "值"]),
        ]
        let batch = try RecordBatch(decoding: Self.frame(messages))
        let read = batch.messages(topic: .cases, partition: 5, baseOffset: 1_000, producer: 9, firstNumber: 41)
        #expect(read.map(\.offset) == [1_000, 1_001, 1_002] && read.map(\.number) == [41, 42, 43])
        for (written, read) in zip(messages, read) {
            #expect(read.topic == .cases && read.partition == 5 && read.producer == 9 && read.source == "路由")
            #expect(read.key == written.key && read.subject == written.subject && read.type == written.type)
            #expect(read.time == written.time && read.payload == written.payload)
            #expect(read.foreignID == written.foreignID && read.traceparent == written.traceparent)
            #expect(read.attributes == written.attributes)
        }
        #expect(read.map(\.id) == ["9-cases-5-41", "outside-1", "9-cases-5-43"])
    }

    @Test("A message that was read is framed again as it was")
    func reframed() throws {
        let frame = Self.frame([Self.message("k", payload: [1, 2], foreignID: "f", attributes: ["a": "b"])])
        let read = try RecordBatch(decoding: frame).messages(
            topic: .cases, partition: 0, baseOffset: 0, producer: 1, firstNumber: 1)
        var writer = RecordBatchWriter(source: "路由")
        for message in read { writer.append(message) }
        #expect(writer.bytes == frame && writer.count == 1)
    }

    @Test("Messages from outside carry no numbers")
    func foreignProducer() throws {
        let batch = try RecordBatch(
            decoding: Self.frame([Self.message("a", payload: []), Self.message("b", payload: [])]))
        let read = batch.messages(topic: .cases, partition: 0, baseOffset: 7, producer: 0, firstNumber: 0)
        #expect(read.map(\.number) == [0, 0])
    }

    @Test("A frame cut short at any byte is refused, or is a shorter batch of whole messages")
    func truncated() throws {
        let messages = [
            Self.message("a", payload: [1, 2, 3]), Self.message("b", payload: [4], attributes: ["x": "y"]),
        ]
        let frame = Self.frame(messages)
        for length in 0..<frame.count {
            guard let batch = try? RecordBatch(decoding: Array(frame[..<length])) else { continue }
            #expect(batch.records.map(\.key) == ["a", "b"].prefix(batch.records.count).map { $0 })
            #expect(batch.records.count < 2)
        }
    }

    @Test("A damaged frame never brings the process down")
    func damaged() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("damaged frames: seed \(seed)")
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let frame = Self.frame([Self.message("key", payload: Array(0..<50), attributes: ["a": "b"])])
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = frame
            for _ in 0...next(3) { bytes[next(bytes.count)] = UInt8(next(256)) }
            do { _ = try RecordBatch(decoding: bytes) } catch {
                refused += 1
                #expect(error is MessageFault, "seed \(seed)")
            }
        }
        #expect(refused > 1_000)
        #expect(throws: MessageFault(reason: "unknown frame version")) { try RecordBatch(decoding: [2]) }
        #expect(throws: MessageFault(reason: "frame ends early")) { try RecordBatch(decoding: []) }
        #expect(throws: MessageFault(reason: "frame has an oversized length")) {
            try RecordBatch(decoding: [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        }
    }

    @Test(
        "Keys are hashed as Kafka's own clients hash them",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func murmur(key: String, hash: Int32) {
        let bytes = Array(key.utf8)
        #expect(Int32(bitPattern: bytes.withUnsafeBufferPointer { Partitioner.murmur2($0) }) == hash)
        // Positive part, then the remainder: org.apache.kafka.clients.producer.internals.BuiltInPartitioner.
        #expect(Partitioner.partition(of: key, count: 12) == Int(hash & 0x7FFF_FFFF) % 12)
    }

    @Test("Keys spread over all partitions, and one partition takes everything")
    func spread() {
        let hits = Set((0..<500).map { Partitioner.partition(of: "case-\($0)", count: 16) })
        #expect(hits == Set(0..<16))
        #expect((0..<50).allSatisfy { Partitioner.partition(of: "\($0)", count: 1) == 0 })
    }

    // MARK: Tapes

    private static func numbered(_ number: Int64, from producer: Int) -> Message {
        Message(
            topic: .cases, partition: 0, offset: 0, key: "", subject: "", type: "", source: "",
            time: Timestamp(seconds: 0), producer: producer, number: number, payload: [])
    }

    @Test("A tape knows the next number, a repeat and a gap, for each producer apart")
    func tape() {
        var tape = Tape([7: 3], acceptsLateStart: false)
        #expect(tape.verdict(on: Self.numbered(4, from: 7)) == .new)
        #expect(tape.verdict(on: Self.numbered(3, from: 7)) == .repeated)
        #expect(tape.verdict(on: Self.numbered(1, from: 7)) == .repeated)
        #expect(tape.verdict(on: Self.numbered(5, from: 7)) == .gap(expected: 4))
        #expect(tape.verdict(on: Self.numbered(1, from: 8)) == .new)
        #expect(tape.verdict(on: Self.numbered(2, from: 8)) == .gap(expected: 1))
        tape.note(Self.numbered(4, from: 7))
        tape.note(Self.numbered(1, from: 8))
        #expect(tape.verdict(on: Self.numbered(4, from: 7)) == .repeated)
        #expect(tape.verdict(on: Self.numbered(2, from: 8)) == .new)
        #expect(Set(tape.changed.keys) == [7, 8] && tape.lastNumber == [7: 4, 8: 1])
        tape.stored()
        #expect(tape.changed.isEmpty && tape.lastNumber == [7: 4, 8: 1])
    }

    @Test("What comes from outside is always new and leaves no trace")
    func outside() {
        var tape = Tape([:], acceptsLateStart: false)
        tape.note(Self.numbered(0, from: 0))
        #expect(tape.verdict(on: Self.numbered(0, from: 0)) == .new && tape.lastNumber.isEmpty && tape.changed.isEmpty)
    }

    @Test("Where the log's beginning is gone, an unknown producer may begin anywhere, a known one not")
    func lateStart() {
        let tape = Tape([7: 3], acceptsLateStart: true)
        #expect(tape.verdict(on: Self.numbered(90, from: 8)) == .new)
        #expect(tape.verdict(on: Self.numbered(90, from: 7)) == .gap(expected: 4))
    }
}
