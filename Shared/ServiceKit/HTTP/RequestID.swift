public import HTTPTypes

/// Ids of requests.
enum RequestID {
    /// A caller's id is taken if it is short and plain; anything else could forge log lines or fill them.
    static func text(_ header: String?) -> String {
        guard let header, (1...64).contains(header.utf8.count), header.utf8.allSatisfy(isPlain) else {
            return RandomText.base32(characters: 26)
        }
        return header
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
        default: false
        }
    }
}

extension HTTPField.Name {
    /// The request's id, given by a caller or a proxy.
    public static let xRequestID = HTTPField.Name("X-Request-Id")!
    /// A publisher's key, for clients that cannot set `Authorization`.
    public static let xAPIKey = HTTPField.Name("X-API-Key")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
