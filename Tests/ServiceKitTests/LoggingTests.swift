import City
import Foundation
import Logging
import Synchronization
import Testing

@testable import ServiceKit

/// Keeps log lines for a test to look at.
final class CollectedLines: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    var sink: LogSink { LogSink { [self] line in state.withLock { $0.append(String(decoding: line, as: UTF8.self)) } } }
    func logger(_ format: LogFormat = .json, level: Logger.Level = .trace) -> Logger {
        Logger(label: "wangge.test") { LoggingStart.handler(label: $0, format: format, level: level, sink: self.sink) }
    }
}

@Suite struct LoggingTests {
    let collected = CollectedLines()

    func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func writesOneLineOfJSON() throws {
        var logger = collected.logger()
        logger[metadataKey: "lane"] = "reports/3"
        logger.notice("batch stored", metadata: ["count": .stringConvertible(12), "ok": .stringConvertible(true)])
        let line = try #require(collected.lines.first)
        #expect(line.hasSuffix("\n") && line.dropLast().contains("\n") == false)
        #expect(
            line.drop { $0 != "," } == """
                ,"level":"notice","logger":"wangge.test","msg":"batch stored","count":12,"lane":"reports/3","ok":true}

                """)
        let time = try #require(try object(line)["ts"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
    }

    @Test func dataCannotForgeLines() throws {
        let nasty = "a\nb\u{1B}[31m\"\\\u{7F}\u{0}\t街道"
        collected.logger().info("x", metadata: ["text": .string(nasty), "msg": "forged"])
        let line = try #require(collected.lines.first)
        #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect(try object(line)["text"] as? String == nasty)
        #expect(try object(line)["msg"] as? String == "x")
        #expect(try object(line)["field.msg"] as? String == "forged")
    }

    @Test func longValuesAreCutAtACharacter() throws {
        collected.logger().info("x", metadata: ["text": .string(String(repeating: "网", count: 4_000))])
        let text = try #require(try object(collected.lines[0])["text"] as? String)
        #expect(text == String(repeating: "网", count: 2_730) + "…[+3810 bytes]")
    }

    @Test func contextFollowsTheWork() async throws {
        let logger = collected.logger()
        let trace = TraceContext.root()
        await LogContext.with(LogContext(requestID: "r1", trace: trace, eventID: "e1")) {
            await withTaskGroup(of: Void.self) { group in group.addTask { logger.info("inside") } }
        }
        logger.info("outside")
        let inside = try object(collected.lines[0])
        #expect(inside["request.id"] as? String == "r1")
        #expect(inside["trace.id"] as? String == trace.traceID)
        #expect(inside["event.id"] as? String == "e1")
        #expect(try object(collected.lines[1])["request.id"] == nil)
    }

    @Test func errorsAreFields() throws {
        struct Lost: Error, CustomStringConvertible { let description = "connection lost" }
        collected.logger().error("failed", error: Lost())
        let line = try object(collected.lines[0])
        #expect(line["error"] as? String == "connection lost")
        #expect((line["error.type"] as? String)?.contains("Lost") == true)
    }

    @Test func decodingErrorsQuoteNoInput() throws {
        struct Report: Decodable { let phones: [Int] }
        let input = Data(#"{"phones":[1,"13812345678"]}"#.utf8)
        do {
            _ = try JSONDecoder().decode(Report.self, from: input)
            Issue.record("decoded")
        } catch {
            collected.logger().error("failed", error: error)
        }
        #expect(try object(collected.lines[0])["error"] as? String == "wrong-type at /phones/1")
        #expect(!collected.lines[0].contains("13812345678"))
    }

    @Test func loggersAreValues() {
        var one = collected.logger(level: .debug)
        one[metadataKey: "k"] = "1"
        var two = one
        two.logLevel = .error
        two[metadataKey: "k"] = "2"
        #expect(one.logLevel == .debug && two.logLevel == .error)
        #expect(one[metadataKey: "k"] == "1" && two[metadataKey: "k"] == "2")
    }

    @Test func textForPeople() throws {
        collected.logger(.text).warning("slow", metadata: ["a": "1\n2", "b": "x"])
        let line = try #require(collected.lines.first)
        #expect(line.wholeMatch(of: /\d\d:\d\d:\d\d\.\d{3} WARNING  wangge\.test  slow  a=1 2  b=x\n/) != nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
        (1_767_225_599_999_999, "2025-12-31T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    ])
    func moments(microseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        UTCText.append(Timestamp(microseconds: microseconds), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}

@Suite struct TraceContextTests {
    @Test func readsAndContinuesATrace() throws {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let trace = try #require(TraceContext(traceparent: header))
        #expect(trace.traceparent == header && trace.isSampled)
        let child = trace.child()
        #expect(child.traceID == trace.traceID && child.spanID != trace.spanID && child.isSampled)
        #expect(TraceContext(traceparent: TraceContext.root().traceparent) != nil)
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
    ])
    func refusesOthers(header: String) { #expect(TraceContext(traceparent: header) == nil) }

    @Test func laterVersionsMayBeLonger() {
        #expect(TraceContext(traceparent: "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more") != nil)
    }
}
