import City
import Messages

@testable import Intake

/// An event with everything in it; tests change pieces of its text.
enum SampleEvent {
    static let text = """
        {"specversion":"1.0","type":"wangge.report.submitted.v1","id":"p-1","source":"patrol","data":{\
        "occurredAt":"2025-11-03T09:00:00+08:00","condition":"C0101-1","title":"井盖破损","text":"路口井盖",\
        "address":"5号楼4单元","location":{"longitude":104.005,"latitude":30.005,"datum":"WGS84"},"finder":"W1",\
        "onTheSpot":{"handledAt":"2025-11-03T09:20:00+08:00","note":"已更换","evidence":["a.jpg"]},\
        "contact":{"phone":"13800138000"}}}
        """

    /// The event with pieces of its text replaced.
    static func replacing(_ changes: [(String, String)]) -> [UInt8] {
        var text = text
        for (old, new) in changes {
            precondition(text.contains(old), "the event has no \(old)")
            text = text.replacing(old, with: new)
        }
        return Array(text.utf8)
    }

    static func read(
        _ bytes: [UInt8], city: City, allowed: Set<SourceCode>? = nil
    ) -> Result<Submission, RefusedInput> {
        SubmissionReader(city: city, allowedSources: allowed).read(
            event: bytes[...], fallbackSource: SourceCode("fallback"), traceparent: "00-trace")
    }

    /// A submission that is well formed, read from the event with pieces replaced.
    static func submission(_ changes: [(String, String)] = [], city: City) throws -> Submission {
        try read(replacing(changes), city: city).get()
    }
}
