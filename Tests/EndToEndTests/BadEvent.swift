import City
import Foundation
import Messages
import Testing

/// An event that must be refused, and for what.
struct BadEvent: Sendable, CustomTestStringConvertible {
    var name: String
    var body: [UInt8]
    /// `pointer slug` of each fault.
    var faults: [String]

    var testDescription: String { name }

    init(_ name: String, _ body: String, _ faults: String...) {
        self.init(name, Array(body.utf8), faults)
    }

    init(_ name: String, _ body: [UInt8], _ faults: [String]) {
        self.name = name
        self.body = body
        self.faults = faults
    }
}

extension BadEvent {
    /// An event with some of its parts replaced; all of it is right otherwise.
    static func event(
        id: String = "\"bad-1\"", source: String = "\"hotline-12345\"", occurredAt: String? = nil,
        condition: String = "\"C0101-1\"", title: String = "\"井盖缺失\"",
        location: String = #"{"longitude":103.975,"latitude":30.53,"datum":"WGS84"}"#, more: String = ""
    ) -> String {
        let time = occurredAt ?? "\"\(Timestamp.now.advanced(bySeconds: -60).rfc3339)\""
        return """
            {"specversion":"1.0","type":"wangge.report.submitted.v1","id":\(id),"source":\(source),"data":{\
            "occurredAt":\(time),"condition":\(condition),"title":\(title),"location":\(location)\(more)}}
            """
    }

    static let all: [BadEvent] = [
        BadEvent("empty body", "", " not-json"),
        BadEvent("not JSON", "报告：井盖缺失", " not-json"),
        BadEvent("half a document", String(event().dropLast(9)), " not-json"),
        BadEvent("a list", "[\(event())]", " wrong-type"),
        BadEvent("a number", "42", " wrong-type"),
        BadEvent("two documents", event() + event(), " not-json"),
        BadEvent("deep nesting", String(repeating: "[", count: 10_000), " too-deep"),
        BadEvent(
            "deep nesting inside", event(more: ",\"x\":" + String(repeating: "{\"a\":", count: 5_000)), " too-deep"),
        BadEvent("duplicate key", event(more: ",\"title\":\"另一个\""), " duplicate-key"),
        BadEvent("U+0000 escaped", event(title: #""井盖\u0000缺失""#), " nul-character"),
        BadEvent("half a surrogate pair", event(title: #""井盖\ud83d缺失""#), " not-json"),
        BadEvent(
            "invalid UTF-8", Array(event().utf8).replacing(Array("井".utf8), with: [0xE4, 0xBA]), [" invalid-utf-8"]),
        BadEvent(
            "overlong UTF-8", Array(event().utf8).replacing(Array("井".utf8), with: [0xC0, 0xAF]), [" invalid-utf-8"]
        ),
        BadEvent(
            "UTF-16", [0xFF, 0xFE] + event().utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, [" not-json"]),
        BadEvent("NaN", event(location: #"{"longitude":NaN,"latitude":30.53}"#), " not-json"),
        BadEvent(
            "nothing", "{}", "/specversion missing", "/type missing", "/id missing", "/source missing",
            "/data missing"),
        BadEvent(
            "no data",
            #"{"specversion":"1.0","type":"wangge.report.submitted.v1","id":"a","source":"hotline-12345","data":null}"#,
            "/data wrong-type"),
        BadEvent("id of the wrong type", event(id: "7"), "/id wrong-type"),
        BadEvent("id empty", event(id: "\"\""), "/id empty"),
        BadEvent("id too long", event(id: "\"\(String(repeating: "x", count: 129))\""), "/id too-long"),
        BadEvent("unknown source", event(source: "\"moon\""), "/source unknown-source"),
        BadEvent("another's source", event(source: "\"city-management\""), "/source not-your-source"),
        BadEvent("unknown condition", event(condition: "\"C9999-1\""), "/data/condition unknown-condition"),
        BadEvent("condition of the wrong type", event(condition: "[1]"), "/data/condition wrong-type"),
        BadEvent("title missing", event(title: "null"), "/data/title missing"),
        BadEvent("title blank", event(title: "\"  \""), "/data/title empty"),
        BadEvent(
            "title too long", event(title: "\"\(String(repeating: "长", count: 201))\""), "/data/title too-long"),
        BadEvent("control characters", event(title: #""井盖\u001b[2J缺失""#), "/data/title control-character"),
        BadEvent(
            "a date that is none", event(occurredAt: "\"2025-02-30T08:00:00+08:00\""), "/data/occurredAt bad-time"),
        BadEvent(
            "a date without offset", event(occurredAt: "\"2025-11-03T08:00:00\""), "/data/occurredAt bad-time"),
        BadEvent("a date as a number", event(occurredAt: "1762128000"), "/data/occurredAt wrong-type"),
        BadEvent("the year 1970", event(occurredAt: "\"1970-01-01T00:00:00Z\""), "/data/occurredAt time-too-old"),
        BadEvent("the year 9999", event(occurredAt: "\"9999-12-31T23:59:59Z\""), "/data/occurredAt bad-time"),
        BadEvent("the year 2099", event(occurredAt: "\"2099-12-31T23:59:59Z\""), "/data/occurredAt time-in-future"),
        BadEvent(
            "coordinates swapped", event(location: #"{"longitude":30.53,"latitude":103.975}"#),
            "/data/location coordinates-swapped"),
        BadEvent(
            "outside the city", event(location: #"{"longitude":116.4,"latitude":39.9}"#),
            "/data/location outside-city"),
        BadEvent(
            "not on earth", event(location: #"{"longitude":1039.75,"latitude":30.53}"#),
            "/data/location/longitude out-of-range"),
        BadEvent(
            "an infinite number", event(location: #"{"longitude":1e999,"latitude":30.53}"#),
            "/data/location/longitude out-of-range"),
        BadEvent(
            "coordinates as text", event(location: #"{"longitude":"103.975","latitude":30.53}"#),
            "/data/location/longitude wrong-type"),
        BadEvent("half a place", event(location: #"{"longitude":103.975}"#), "/data/location/latitude missing"),
        BadEvent(
            "unknown datum", event(location: #"{"longitude":103.975,"latitude":30.53,"datum":"MARS2000"}"#),
            "/data/location/datum unknown-datum"),
        BadEvent("unknown finder", event(more: ",\"finder\":\"XX9999\""), "/data/finder unknown-post"),
        BadEvent(
            "contact of the wrong type", event(more: ",\"contact\":\"13812345678\""), "/data/contact wrong-type"),
        BadEvent(
            "contact too long", event(more: ",\"contact\":{\"name\":\"\(String(repeating: "张", count: 2_000))\"}"),
            "/data/contact too-long"),
    ]
}
