import ServiceKit
import Testing

@Suite("What a body says it is")
struct MediaTypeTests {
    @Test(
        arguments: [
            (nil, "", true, false),
            ("application/json", "application/json", true, true),
            ("Application/JSON ; charset=UTF-8", "application/json", true, true),
            ("application/cloudevents+json;charset=\"utf-8\"", "application/cloudevents+json", true, true),
            ("application/json; v=2; charset=utf8", "application/json", true, true),
            ("application/json; charset=us-ascii", "application/json", true, true),
            ("application/json; charset=gb18030", "application/json", false, true),
            ("application/json; charset=utf-16", "application/json", false, true),
            ("text/plain", "text/plain", true, false),
            ("application/x-ndjson", "application/x-ndjson", true, false),
        ] as [(String?, String, Bool, Bool)])
    func reading(header: String?, name: String, isUTF8: Bool, isJSON: Bool) {
        let type = MediaType(header)
        #expect(type.name == name && type.isUTF8 == isUTF8 && type.isJSON == isJSON)
    }
}
