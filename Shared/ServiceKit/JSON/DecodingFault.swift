/// Tells what was wrong with a document and where, without quoting any of it.
enum DecodingFault {
    /// - Returns: A short slug and the JSON pointer (RFC 6901) of the place.
    static func describe(_ error: DecodingError) -> (slug: String, pointer: String) {
        switch error {
        case .keyNotFound(let key, let context): ("missing", pointer(context.codingPath + [key]))
        case .valueNotFound(_, let context): ("missing", pointer(context.codingPath))
        case .typeMismatch(_, let context): ("wrong-type", pointer(context.codingPath))
        case .dataCorrupted(let context):
            (context.codingPath.isEmpty ? "malformed" : "invalid", pointer(context.codingPath))
        @unknown default: ("invalid", "")
        }
    }

    static func pointer(_ path: [any CodingKey]) -> String {
        path.map { key in
            let step = key.intValue.map(String.init) ?? key.stringValue
            let escaped = step.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }
            return "/" + escaped.joined()
        }.joined()
    }
}
