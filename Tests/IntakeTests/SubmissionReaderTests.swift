import TestSupport
import City
import Foundation
import Messages
import Testing

@testable import Intake

@Suite("Reading what publishers submit")
struct SubmissionReaderTests {
    let city: City

    init() throws { city = try SampleStreet.make() }

    private func read(_ changes: [(String, String)]) throws -> Submission {
        try SampleEvent.submission(changes, city: city)
    }

    @Test("A full event is read as it says")
    func full() throws {
        let read = try read([])
        let expected = Submission(
            source: SourceCode("patrol"), sourceID: "p-1", digest: read.digest, occurredAt: local("2025-11-03 09:00"),
            condition: ConditionCode("C0101-1"), title: "井盖破损", text: "路口井盖", address: "5号楼4单元",
            place: Coordinate(longitude: 104.005, latitude: 30.005), grid: GridCode("T-1-1"), unlocatedReason: nil,
            finder: PostCode("W1"),
            onTheSpot: .init(handledAt: local("2025-11-03 09:20"), note: "已更换", evidence: ["a.jpg"]),
            contact: Array(#"{"phone":"13800138000"}"#.utf8), traceparent: "00-trace")
        #expect(read == expected && read.digest.count == 16)
    }

    @Test("What is optional may be absent, null or empty")
    func minimal() throws {
        let text = """
            {"specversion":"1.0","type":"wangge.report.submitted.v1","id":"p-1","source":"patrol","data":{
            "occurredAt":"2025-11-03T01:00:00Z","condition":"C0101-1","title":" 井盖 ","text":"","address":null,
            "location":null,"grid":null,"finder":null,"onTheSpot":null,"contact":null,"more":{"a":1}}}
            """
        let read = try SampleEvent.read(Array(text.utf8), city: city).get()
        #expect(read.title == " 井盖 " && read.text.isEmpty && read.address.isEmpty)
        #expect(read.place == nil && read.grid == nil && read.unlocatedReason == "no-coordinates")
        #expect(read.finder == nil && read.onTheSpot == nil && read.contact == nil)
    }

    @Test("Binary mode says the same as structured mode, content and digest")
    func binary() throws {
        let structured = try read([])
        let root = try JSONDocument(SampleEvent.replacing([])).root
        let data = try #require(root["data"])
        let binary = SubmissionReader(city: city, allowedSources: nil).read(
            data: Array(data.rawBytes), type: SubmissionReader.eventType, id: "p-1", source: "patrol",
            fallbackSource: SourceCode("fallback"), traceparent: "00-trace")
        #expect(try binary.get() == structured)
    }

    @Test("Spacing between the parts does not matter")
    func spacing() throws {
        let pretty = SampleEvent.text.replacing(",", with: ",\n\t").replacing(":{", with: " : {\r\n")
        #expect(try SampleEvent.read(Array(pretty.utf8), city: city).get().sourceID == "p-1")
    }

    @Test("The event that documentation shows is read")
    func fixture() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/messages/wangge.report.submitted.v1.json")
        let text = try String(contentsOf: file, encoding: .utf8).replacing("GW0001", with: "W1")
        let read = try SampleEvent.read(Array(text.utf8), city: SampleStreet.make(west: 103.98, south: 30.53)).get()
        #expect(read.sourceID == "p-20251103-17" && read.onTheSpot?.evidence.count == 2 && read.contact != nil)
    }

    // MARK: Place

    @Test("Coordinates are converted from their datum; the source's holds where none is declared")
    func datums() throws {
        // The datums lie up to a kilometre apart; this city has all of their places.
        let city = try SampleStreet.make(west: 103.9, south: 29.9, side: 0.2)
        func read(_ changes: [(String, String)]) throws -> Submission {
            try SampleEvent.submission(changes, city: city)
        }
        let place = Coordinate(longitude: 104.005, latitude: 30.005)
        for datum in Datum.allCases {
            let read = try read([("\"WGS84\"", "\"\(datum.rawValue)\"")])
            #expect(read.place == place.toWGS84(from: datum).rounded, "\(datum)")
        }
        // The patrol's datum is GCJ-02, some hundred metres off.
        let undeclared = try read([(",\"datum\":\"WGS84\"", "")])
        #expect(undeclared.place == place.toWGS84(from: .gcj02).rounded)
        #expect(try #require(undeclared.place).distanceMetres(to: place) > 100)
        let hotline = try read(
            [(",\"datum\":\"WGS84\"", ""), ("\"patrol\"", "\"hotline\""), ("\"onTheSpot\":{", "\"somethingElse\":{")])
        #expect(hotline.place == place)
    }

    @Test("Places are kept to seven decimals")
    func rounding() throws {
        let read = try read([("104.005", "104.00512345678901")])
        #expect(read.place?.longitude == 104.0051235)
    }

    @Test(
        "Each micro grid is found",
        arguments: [("104.0099", "T-1-1"), ("104.0101", "T-1-2"), ("104.0299", "T-2-1"), ("104", "T-1-1")])
    func located(longitude: String, grid: String) throws {
        #expect(try read([("104.005", longitude)]).grid == GridCode(grid))
    }

    @Test("Without coordinates a grid's code of any level locates it")
    func gridCode() throws {
        let location = "\"location\":{\"longitude\":104.005,\"latitude\":30.005,\"datum\":\"WGS84\"}"
        for code in ["T-2-1", "T-1", "T"] {
            let read = try read([(location, "\"grid\":\"\(code)\"")])
            #expect(read.grid == GridCode(code) && read.place == nil && read.unlocatedReason == nil)
        }
        // Coordinates say more than a code beside them.
        #expect(try read([("\"finder\"", "\"grid\":\"T-2-1\",\"finder\"")]).grid == GridCode("T-1-1"))
    }

    @Test("Swapped coordinates are recognised, also where both would be possible")
    func swapped() throws {
        let swappedText = [("\"longitude\":104.005,\"latitude\":30.005", "\"longitude\":30.005,\"latitude\":104.005")]
        let faults = SampleEvent.read(SampleEvent.replacing(swappedText), city: city).faults
        #expect(faults == [SubmissionFault("/data/location", .coordinatesSwapped)])
        let west = try SampleStreet.make(west: 80, south: 41)
        let possible = SampleEvent.replacing([("104.005", "41.005"), ("30.005", "80.005")])
        #expect(
            SampleEvent.read(possible, city: west).faults == [SubmissionFault("/data/location", .coordinatesSwapped)])
    }

    // MARK: Privacy

    @Test("Free text is scrubbed; contact data is carried apart, as it came")
    func scrubbing() throws {
        let read = try read([
            ("井盖破损", "找13900001111"), ("路口井盖", "川A12345"), ("5号楼4单元", "5号楼，028-85551234"), ("已更换", "回电13900001111"),
            ("{\"phone\":\"13800138000\"}", "{ \"phone\" : \"13800138000\" }"),
        ])
        #expect(read.title == "找[手机号]" && read.text == "[车牌号]" && read.address == "5号楼，[电话号码]")
        #expect(read.onTheSpot?.note == "回电[手机号]")
        #expect(read.contact.map { String(decoding: $0, as: UTF8.self) } == "{ \"phone\" : \"13800138000\" }")
    }
}

extension Result<Submission, RefusedInput> {
    /// What is wrong, in the order it was found; empty when nothing is.
    var faults: [SubmissionFault] {
        if case .failure(let refused) = self { refused.reasons } else { [] }
    }
}
