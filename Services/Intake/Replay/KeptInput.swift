import City
import FoundationEssentials
import Messages

/// Input in the form in which it is kept when it is refused, so that it can be read again.
///
/// A structured event is kept as it came. What came in pieces, attributes beside data, is put together to one.
enum KeptInput {
    /// One structured event from attributes and data. Data that is not JSON is kept byte for byte.
    static func event(type: String, id: String, source: String, data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 256)
        writer.object {
            $0.field("specversion", "1.0")
            $0.field("type", type)
            $0.field("id", id)
            $0.field("source", source)
            if (try? JSONDocument(data)) != nil {
                $0.key("data")
                $0.raw(json: data)
            } else {
                $0.field("data_base64", Data(data).base64EncodedString())
            }
        }
        return writer.bytes
    }

    /// Reads what was kept, as the reader would have read it when it came.
    static func read(
        _ kept: [UInt8], with reader: SubmissionReader, fallbackSource: SourceCode
    ) -> Result<Submission, RefusedInput> {
        if let root = try? JSONDocument(kept).root, let text = root["data_base64"]?.string,
            let data = Data(base64Encoded: text)
        {
            return reader.read(
                data: Array(data), type: root["type"]?.string ?? "", id: root["id"]?.string ?? "",
                source: root["source"]?.string ?? "", fallbackSource: fallbackSource, traceparent: nil)
        }
        return reader.read(event: kept[...], fallbackSource: fallbackSource, traceparent: nil)
    }
}
