import City

/// One input to be published, and what must become of it.
struct Publication: Sendable {
    /// How it travels over HTTP.
    enum Form: Hashable, Sendable {
        /// One of a JSON array, or of lines, whichever the request is.
        case batched
        /// A line of its own in NDJSON: input that would break an array.
        case line
        /// A request of its own.
        case single
        /// A request of its own, attributes in headers.
        case binary
    }

    /// What intake must answer.
    enum Expectation: Hashable, Sendable {
        case accepted
        /// The same content again: the same answer.
        case repeated
        /// The same id for other content.
        case conflict
        /// Refused, with this reason among others.
        case rejected(slug: String)
    }

    /// When it is ready to be published.
    let at: Timestamp
    /// When it should be published at the latest.
    let latest: Timestamp
    /// Whose key publishes it.
    let source: SourceCode
    /// The source's id for it; what refused input calls itself.
    let id: String
    let body: [UInt8]
    let form: Form
    let expectation: Expectation
    /// The matter it tells of, if any.
    let matter: Int?
}
