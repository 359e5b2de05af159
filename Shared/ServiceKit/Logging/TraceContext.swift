/// The W3C trace context of a piece of work: which trace it belongs to and which step it is.
public struct TraceContext: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, the same for all steps of a trace.
    public let traceID: String
    /// 16 lower-case hexadecimal digits of this step.
    public let spanID: String
    public let isSampled: Bool

    /// Reads a `traceparent` header; nil when it is not well-formed, as the specification asks.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D else { return nil }
        let version = String(decoding: bytes[0..<2], as: UTF8.self)
        // Version 00 is exactly this long; later versions may append fields after another dash.
        guard bytes.count == 55 || (version != "00" && bytes[55] == 0x2D) else { return nil }
        let hexadecimal = bytes[0..<2] + bytes[3..<35] + bytes[36..<52] + bytes[53..<55]
        guard version != "ff", hexadecimal.allSatisfy(Self.isLowerHexDigit) else { return nil }
        guard bytes[3..<35].contains(where: { $0 != 0x30 }), bytes[36..<52].contains(where: { $0 != 0x30 }) else {
            return nil
        }
        traceID = String(decoding: bytes[3..<35], as: UTF8.self)
        spanID = String(decoding: bytes[36..<52], as: UTF8.self)
        isSampled = UInt8(String(decoding: bytes[53..<55], as: UTF8.self), radix: 16).map { $0 & 1 == 1 } ?? false
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// No trace: what stands there until one is known.
    static let none = TraceContext(traceID: "", spanID: "", isSampled: false)

    /// The first step of a new trace.
    public static func root() -> TraceContext {
        TraceContext(
            traceID: RandomText.hexadecimal(digits: 32), spanID: RandomText.hexadecimal(digits: 16), isSampled: false)
    }

    /// The next step of the same trace.
    public func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: RandomText.hexadecimal(digits: 16), isSampled: isSampled)
    }

    /// The header to send on.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func isLowerHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
