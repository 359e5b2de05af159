import City
import Foundation
import Messages

@testable import Intake

/// Reading and writing messages, beside `JSONDecoder`, `JSONEncoder` and orjson.
///
/// Ours checks the text, makes typed values and, for a submitted event, holds every rule of intake: known codes, place,
/// scrubbed texts, digest. Codable makes values of the same types; orjson makes dictionaries and is done.
enum DecodingBenchmark {
    static func run(_ figures: inout Figures) throws {
        let city = try BenchmarkCity.make()
        let reader = SubmissionReader(city: city, allowedSources: nil)
        let decoder = JSONDecoder()
        let event = BenchmarkCity.event(7, city: city)
        guard case .success = read(event, reader) else { throw PeerAbsent(description: "the event is refused") }
        let report = try BenchmarkCity.payload(ReportAccepted.type)
        let changed = try BenchmarkCity.payload(CaseChanged.type)
        let orjson = try? PythonPeer(needing: "orjson")

        try figures.compare(
            [
                .init(name: "decode.caseMessage", run: { try decode(changed, CaseChanged.self, $0) }),
                codable("decode.caseMessage", changed, CodableShapes.Changed.self, decoder),
            ] + (try orjson.map { [try peer("decode.caseMessage", changed, $0)] } ?? []),
            ratios: ["ratio.decodeToJSONDecoder", "ratio.decodeToOrjson"])
        try figures.compare(
            [
                .init(name: "decode.reportMessage", run: { try decode(report, ReportAccepted.self, $0) }),
                codable("decode.reportMessage", report, CodableShapes.Report.self, decoder),
            ] + (try orjson.map { [try peer("decode.reportMessage", report, $0)] } ?? []),
            ratios: ["ratio.decodeReportToJSONDecoder", "ratio.decodeReportToOrjson"])
        try figures.compare(
            [
                .init(name: "decode.submittedEvent", run: { for _ in 0..<$0 { keep(read(event, reader)) } }),
                codable("decode.submittedEvent", event, CodableShapes.Event.self, decoder),
            ] + (try orjson.map { [try peer("decode.submittedEvent", event, $0)] } ?? []),
            ratios: ["ratio.decodeEventToJSONDecoder", "ratio.decodeEventToOrjson"])
        try figures.compare(
            [
                .init(
                    name: "check.submittedEvent",
                    run: { for _ in 0..<$0 { keep(try JSONDocument(event)) } }),
                .init(
                    name: "check.caseMessage",
                    run: { for _ in 0..<$0 { keep(try JSONDocument(changed)) } }),
            ], ratios: [])
        try batches(city: city, reader: reader, decoder: decoder, &figures)
        try encoding(changed, &figures)
    }

    private static func batches(
        city: City, reader: SubmissionReader, decoder: JSONDecoder, _ figures: inout Figures
    ) throws {
        let items = (0..<100).map { BenchmarkCity.event($0, city: city) }
        let body = Array("[".utf8) + Array(items.joined(separator: [0x2C])) + Array("]".utf8)
        let data = Data(body)
        try figures.compare(
            [
                .init(
                    name: "decode.batchOf100PerReport",
                    run: { count in
                        for _ in 0..<count {
                            for item in try JSONSplitter.items(ofArray: body, limits: JSONLimits(bytes: 1 << 22)) {
                                keep(reader.read(event: item, fallbackSource: SourceCode(""), traceparent: nil))
                            }
                        }
                    }, items: 100),
                .init(
                    name: "decode.batchOf100PerReport.jsonDecoder",
                    run: { for _ in 0..<$0 { keep(try decoder.decode([CodableShapes.Event].self, from: data)) } },
                    items: 100),
            ], ratios: ["ratio.decodeBatchToJSONDecoder"])
    }

    private static func encoding(_ changed: [UInt8], _ figures: inout Figures) throws {
        let body = try CaseChanged(json: JSONDocument(changed).root)
        let codable = try JSONDecoder().decode(CodableShapes.Changed.self, from: Data(changed))
        let encoder = JSONEncoder()
        try figures.compare(
            [
                .init(
                    name: "encode.caseMessage",
                    run: { count in
                        for _ in 0..<count {
                            keep(OutgoingMessage(body, on: .cases, key: "1", subject: "1", time: body.after.filedAt))
                        }
                    }),
                .init(
                    name: "encode.caseMessage.jsonEncoder",
                    run: { for _ in 0..<$0 { keep(try encoder.encode(codable)) } }),
            ], ratios: ["ratio.encodeToJSONEncoder"])
    }

    private static func read(_ event: [UInt8], _ reader: SubmissionReader) -> Result<Submission, RefusedInput> {
        reader.read(event: event[...], fallbackSource: SourceCode("fallback"), traceparent: nil)
    }

    private static func decode<Body: MessageBody>(_ payload: [UInt8], _ type: Body.Type, _ count: Int) throws {
        let message = Message(
            topic: .cases, partition: 0, offset: 0, key: "", subject: "", type: Body.type, source: "bench",
            time: .earliest, producer: 1, number: 1, payload: payload)
        for _ in 0..<count { keep(try message.decode(Body.self)) }
    }

    private static func codable<Shape: Decodable>(
        _ name: String, _ payload: [UInt8], _ shape: Shape.Type, _ decoder: JSONDecoder
    ) -> Figures.Piece {
        let data = Data(payload)
        return .init(
            name: name + ".jsonDecoder", run: { for _ in 0..<$0 { keep(try decoder.decode(shape, from: data)) } })
    }

    private static func peer(_ name: String, _ payload: [UInt8], _ python: PythonPeer) throws -> Figures.Piece {
        let file = FileManager.default.temporaryDirectory.appending(path: "wangge-\(name).json")
        try Data(payload).write(to: file)
        return .init(
            name: name + ".orjson", reported: { try python.number("orjson \(file.path) \($0)") * Double($0) })
    }
}
