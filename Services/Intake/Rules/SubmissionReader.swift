import City
import Crypto
import Messages

/// Turns a CloudEvent into a ``Submission``, or says all that is wrong with it.
///
/// Pure: knows a city and limits, no clock. Times are compared with "now" by ``AcceptanceRules``, in the lane.
struct SubmissionReader: Sendable {
    static let eventType = "wangge.report.submitted.v1"

    /// Longest texts, in Unicode scalars.
    enum Longest {
        static let sourceID = 128
        static let title = 200
        static let text = 4_000
        static let address = 500
        static let note = 1_000
        static let reference = 500
        static let references = 20
        static let contactBytes = 4_096
    }

    let city: City
    /// Sources the publisher may speak for; nil: any.
    let allowedSources: Set<SourceCode>?

    /// Reads one structured CloudEvent.
    func read(event bytes: ArraySlice<UInt8>, fallbackSource: SourceCode, traceparent: String?) -> Result<
        Submission, RefusedInput
    > {
        let document: JSONDocument
        do throws(JSONFault) {
            document = try JSONDocument(bytes)
        } catch {
            return .failure(RefusedInput(source: fallbackSource, reasons: [SubmissionFault(error)]))
        }
        let root = document.root
        guard root.isObject else {
            return .failure(RefusedInput(source: fallbackSource, reasons: [SubmissionFault("", .wrongType)]))
        }
        var fields = FieldReader()
        if fields.text(root, "specversion", "/specversion", longest: 8) ?? "1.0" != "1.0" {
            fields.fault("/specversion", .unknownVersion)
        }
        if let type = fields.text(root, "type", "/type", longest: 200), type != SubmissionReader.eventType {
            fields.fault("/type", .unknownType)
        }
        let id = fields.text(root, "id", "/id", longest: Longest.sourceID)
        let source = fields.text(root, "source", "/source", longest: 64)
        let data = root["data"]
        if data == nil { fields.fault("/data", .missing) }
        return read(
            data: data, id: id, source: source, fallbackSource: fallbackSource, traceparent: traceparent,
            fields: &fields)
    }

    /// Reads the data of a CloudEvent in binary mode; its attributes came beside it.
    func read(
        data bytes: [UInt8], type: String, id: String, source: String, fallbackSource: SourceCode, traceparent: String?
    ) -> Result<Submission, RefusedInput> {
        var fields = FieldReader()
        if type != SubmissionReader.eventType { fields.fault("/type", .unknownType) }
        let id = fields.checked(id, "/id", longest: Longest.sourceID)
        let source = fields.checked(source, "/source", longest: 64)
        do throws(JSONFault) {
            let document = try JSONDocument(bytes)
            return read(
                data: document.root, id: id, source: source, fallbackSource: fallbackSource, traceparent: traceparent,
                fields: &fields)
        } catch {
            return .failure(RefusedInput(source: fallbackSource, reasons: fields.faults + [SubmissionFault(error)]))
        }
    }

    private func read(
        data: JSONValue?, id: String?, source: String?, fallbackSource: SourceCode, traceparent: String?,
        fields: inout FieldReader
    ) -> Result<Submission, RefusedInput> {
        let known = source.flatMap { city.source(SourceCode(rawValue: $0)) }
        if source != nil, known == nil { fields.fault("/source", .unknownSource) }
        if let known, let allowedSources, !allowedSources.contains(known.code) {
            fields.fault("/source", .notYourSource)
        }
        let refusedAs = known?.code ?? fallbackSource
        guard let data else { return .failure(RefusedInput(source: refusedAs, reasons: fields.faults)) }
        guard data.isObject else {
            fields.fault("/data", .wrongType)
            return .failure(RefusedInput(source: refusedAs, reasons: fields.faults))
        }
        let occurredAt = fields.time(data, "occurredAt", "/data/occurredAt")
        let condition = condition(data, &fields)
        let title = fields.text(data, "title", "/data/title", longest: Longest.title)
        let text = fields.optionalText(data, "text", "/data/text", longest: Longest.text) ?? ""
        let address = fields.optionalText(data, "address", "/data/address", longest: Longest.address) ?? ""
        let site = site(data, source: known, &fields)
        let finder = post(data, "finder", &fields)
        let onTheSpot = onTheSpot(data, source: known, condition: condition, occurredAt: occurredAt, &fields)
        if onTheSpot != nil, data["finder"]?.isNull ?? true { fields.fault("/data/finder", .missing) }
        let contact = contact(data, &fields)
        guard fields.faults.isEmpty, let id, let known, let occurredAt, let condition, let title else {
            return .failure(RefusedInput(source: refusedAs, reasons: fields.faults))
        }
        return .success(
            Submission(
                source: known.code, sourceID: id, digest: SubmissionDigest.of(data), occurredAt: occurredAt,
                condition: condition.code, title: Scrubber.scrub(title), text: Scrubber.scrub(text),
                address: Scrubber.scrub(address), place: site.place, grid: site.grid,
                unlocatedReason: site.unlocatedReason, finder: finder, onTheSpot: onTheSpot, contact: contact,
                traceparent: traceparent))
    }

    private func condition(_ data: JSONValue, _ fields: inout FieldReader) -> FilingCondition? {
        guard let code = fields.text(data, "condition", "/data/condition", longest: 64) else { return nil }
        guard let condition = city.condition(ConditionCode(rawValue: code)) else {
            fields.fault("/data/condition", .unknownCondition)
            return nil
        }
        return condition
    }

    private func post(_ data: JSONValue, _ name: StaticString, _ fields: inout FieldReader) -> PostCode? {
        guard let code = fields.optionalText(data, name, "/data/\(name)", longest: 64) else { return nil }
        guard city.post(PostCode(rawValue: code)) != nil else {
            fields.fault("/data/\(name)", .unknownPost)
            return nil
        }
        return PostCode(rawValue: code)
    }

    private func onTheSpot(
        _ data: JSONValue, source: Source?, condition: FilingCondition?, occurredAt: Timestamp?,
        _ fields: inout FieldReader
    ) -> ReportAccepted.OnTheSpot? {
        guard let value = data["onTheSpot"], !value.isNull else { return nil }
        let pointer = "/data/onTheSpot"
        guard value.isObject else {
            fields.fault(pointer, .wrongType)
            return nil
        }
        if let source, !source.staffed { fields.fault(pointer, .notStaffed) }
        let handledAt = fields.time(value, "handledAt", pointer + "/handledAt")
        let note = fields.optionalText(value, "note", pointer + "/note", longest: Longest.note) ?? ""
        let evidence = fields.texts(
            value, "evidence", pointer + "/evidence", most: Longest.references, longest: Longest.reference)
        if let condition, condition.needsEvidence, evidence.isEmpty {
            fields.fault(pointer + "/evidence", .evidenceMissing)
        }
        if let handledAt, let occurredAt, handledAt < occurredAt {
            fields.fault(pointer + "/handledAt", .handledBeforeFound)
        }
        guard let handledAt else { return nil }
        return .init(handledAt: handledAt, note: Scrubber.scrub(note), evidence: evidence.map { Scrubber.scrub($0) })
    }

    private func contact(_ data: JSONValue, _ fields: inout FieldReader) -> [UInt8]? {
        guard let value = data["contact"], !value.isNull else { return nil }
        guard value.isObject else {
            fields.fault("/data/contact", .wrongType)
            return nil
        }
        guard value.rawBytes.count <= Longest.contactBytes else {
            fields.fault("/data/contact", .tooLong)
            return nil
        }
        return Array(value.rawBytes)
    }

    // MARK: Place

    private struct Site {
        var place: Coordinate?
        var grid: GridCode?
        var unlocatedReason: String?
    }

    /// Where it is: by coordinates, else by a grid's code, else it waits at the manual desk.
    private func site(_ data: JSONValue, source: Source?, _ fields: inout FieldReader) -> Site {
        if let location = data["location"], !location.isNull {
            guard location.isObject else {
                fields.fault("/data/location", .wrongType)
                return Site()
            }
            return located(location, source: source, &fields)
        }
        if let code = fields.optionalText(data, "grid", "/data/grid", longest: 64) {
            guard let grid = city.grid(GridCode(rawValue: code)) else {
                fields.fault("/data/grid", .unknownGrid)
                return Site()
            }
            return Site(grid: grid.code)
        }
        return Site(unlocatedReason: "no-coordinates")
    }

    private func located(_ location: JSONValue, source: Source?, _ fields: inout FieldReader) -> Site {
        let pointer = "/data/location"
        let longitude = fields.number(location, "longitude", pointer + "/longitude", -180...180)
        let latitude = fields.number(location, "latitude", pointer + "/latitude", -90...90)
        var datum = source?.datum ?? .wgs84
        if let text = fields.optionalText(location, "datum", pointer + "/datum", longest: 16) {
            guard let declared = Datum(rawValue: text) else {
                fields.fault(pointer + "/datum", .unknownDatum)
                return Site()
            }
            datum = declared
        }
        if longitude == nil || latitude == nil {
            // A latitude beyond 90° that would do as a longitude is the other way round.
            if let raw = location["latitude"]?.double, let other = location["longitude"]?.double,
                abs(raw) > 90, abs(raw) <= 180, abs(other) <= 90
            {
                fields.replaceFaults(under: pointer, with: SubmissionFault(pointer, .coordinatesSwapped))
            }
            return Site()
        }
        guard let longitude, let latitude else { return Site() }
        let place = Coordinate(longitude: longitude, latitude: latitude).toWGS84(from: datum)
        guard let grid = city.locate(place) else {
            let swapped = Coordinate(longitude: latitude, latitude: longitude).toWGS84(from: datum)
            fields.fault(pointer, city.locate(swapped) == nil ? .outsideCity : .coordinatesSwapped)
            return Site()
        }
        return Site(place: place.rounded, grid: grid.code)
    }
}

/// What is wrong with an input, and whose it is.
struct RefusedInput: Error, Equatable {
    var source: SourceCode
    var reasons: [SubmissionFault]
}

extension Coordinate {
    /// To seven decimals, about a centimetre: more is noise.
    var rounded: Coordinate {
        Coordinate(
            longitude: (longitude * 1e7).rounded() / 1e7, latitude: (latitude * 1e7).rounded() / 1e7)
    }
}
