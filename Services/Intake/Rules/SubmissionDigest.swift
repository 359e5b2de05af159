import Crypto
import Messages

/// A fingerprint of a submission's content, by which a repeat is told from a conflict.
///
/// Members are taken in the order of their keys and numbers as they are written, so that spacing and the order of keys
/// do not matter. The encoding begins with a version: digests are stored, so it may only change with a new one.
enum SubmissionDigest {
    static let version: UInt8 = 1

    static func of(_ data: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = [version]
        append(data, to: &bytes)
        return Array(SHA256.hash(data: bytes).prefix(16))
    }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        if value.isObject {
            bytes.append(UInt8(ascii: "{"))
            for (key, member) in value.memberBytes.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                append(length: key.count, key, to: &bytes)
                append(member, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        } else if value.isArray {
            bytes.append(UInt8(ascii: "["))
            for element in value.elements { append(element, to: &bytes) }
            bytes.append(UInt8(ascii: "]"))
        } else if let text = value.stringBytes {
            bytes.append(UInt8(ascii: "\""))
            append(length: text.count, text, to: &bytes)
        } else {
            bytes.append(UInt8(ascii: "#"))
            append(length: value.rawBytes.count, value.rawBytes, to: &bytes)
        }
    }

    private static func append(length: Int, _ content: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(length).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: content)
    }
}
