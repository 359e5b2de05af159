import Messages

@testable import EventLog

/// 500 case messages as one value of the log: written, and read again.
enum FramingBenchmark {
    private static let messages = 500

    static func run(_ figures: inout Figures) throws {
        let body = try CaseChanged(json: JSONDocument(BenchmarkCity.payload(CaseChanged.type)).root)
        let sent = (0..<messages).map {
            OutgoingMessage(body, on: .cases, key: "\($0)", subject: "\($0)", time: body.after.filedAt)
        }
        func frame() -> [UInt8] {
            var writer = RecordBatchWriter(source: "router")
            for message in sent { writer.append(message) }
            return writer.bytes
        }
        let bytes = frame()
        try figures.compare(
            [
                .init(name: "frame.append", run: { for _ in 0..<$0 { keep(frame()) } }, items: messages),
                .init(
                    name: "frame.read",
                    run: { count in
                        for _ in 0..<count {
                            keep(
                                try RecordBatch(decoding: bytes).messages(
                                    topic: .cases, partition: 0, baseOffset: 0, producer: 1, firstNumber: 1))
                        }
                    }, items: messages),
                // What copying the payloads alone costs.
                .init(
                    name: "frame.append.bareCopy",
                    run: { count in
                        for _ in 0..<count {
                            var copy: [UInt8] = []
                            for message in sent { copy.append(contentsOf: message.payload) }
                            keep(copy)
                        }
                    }, items: messages),
            ], ratios: [])
    }
}
