import City
import Messages

@testable import Intake

extension FuzzTarget {
    static let intakeTargets = [
        FuzzTarget("submission") { try Submissions.check($0) },
        FuzzTarget("tracking") { try TrackingNumbers.check($0) },
    ]
}

/// An event becomes a submission within the limits, or is refused with reasons; read twice it is the same.
private enum Submissions {
    private static let reader = SubmissionReader(city: FuzzCity.city, allowedSources: nil)
    private static let fallback = SourceCode("fallback")

    /// The first byte picks the form: a structured event, a batch, or the data of an event in binary mode.
    static func check(_ bytes: [UInt8]) throws {
        let (choice, text) = bytes.split
        switch choice % 3 {
        case 0: try check(text[...])
        case 1:
            let items = (try? JSONSplitter.items(ofArray: text, limits: JSONLimits(bytes: 1 << 20))) ?? []
            for item in items { try check(item) }
        default:
            let result = reader.read(
                data: text, type: SubmissionReader.eventType, id: "b-1", source: "patrol", fallbackSource: fallback,
                traceparent: nil)
            try judge(result)
        }
    }

    private static func check(_ event: ArraySlice<UInt8>) throws {
        let result = reader.read(event: event, fallbackSource: fallback, traceparent: nil)
        try judge(result)
        guard case .success(let submission) = result else { return }
        // Order of members and spacing are no content.
        let document = try JSONDocument(event)
        var writer = JSONWriter()
        writer.object { writer in
            for (key, member) in document.root.members.reversed() {
                writer.key(dynamic: key)
                writer.raw(json: Array(" ".utf8) + member.rawBytes)
            }
        }
        let again = try reader.read(event: writer.bytes[...], fallbackSource: fallback, traceparent: nil).get()
        try promise(again.digest == submission.digest && again.sourceID == submission.sourceID, "it is another content")
    }

    private static func judge(_ result: Result<Submission, RefusedInput>) throws {
        switch result {
        case .failure(let refused): try promise(!refused.reasons.isEmpty, "refused without a reason")
        case .success(let submission):
            try promise(
                !submission.sourceID.isEmpty && submission.sourceID.unicodeScalars.count <= 128
                    && !submission.title.isEmpty && (submission.contact?.count ?? 0) <= 4_096,
                "a text is empty or too long")
            try promise(
                (submission.grid == nil) == (submission.unlocatedReason != nil),
                "it has both a grid and a reason, or none")
            if let place = submission.place {
                try promise(place.longitude.isFinite && place.latitude.isFinite, "it lies nowhere")
            }
            let texts = [submission.title, submission.text, submission.address]
            try promise(texts.allSatisfy { !$0.utf8.contains(0) }, "a text holds U+0000")
        }
    }
}

/// A number that is read is the one that was given; a number mistyped in one place is none.
private enum TrackingNumbers {
    static func check(_ bytes: [UInt8]) throws {
        let text = bytes.text
        if let report = TrackingNumber.report(text, prefix: "XHG") {
            try promise(TrackingNumber.text(of: report, prefix: "XHG") == text, "two numbers stand for one report")
        }
        guard bytes.count >= 10 else { return }
        let value = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) } & .max
        let number = Array(TrackingNumber.text(of: ReportID(value), prefix: "XHG").utf8)
        try promise(TrackingNumber.report(number.text, prefix: "XHG") == ReportID(value), "a number is not read back")
        var mistyped = number
        let place = 4 + Int(bytes[8]) % (number.count - 6)
        mistyped[place] = 0x30 + bytes[9] % 10
        if mistyped != number {
            try promise(TrackingNumber.report(mistyped.text, prefix: "XHG") == nil, "one wrong digit goes through")
        }
        var swapped = number
        swapped.swapAt(place, min(place + 1, number.count - 3))
        if swapped != number {
            try promise(TrackingNumber.report(swapped.text, prefix: "XHG") == nil, "two swapped digits go through")
        }
    }
}
