import City
import Foundation
import HTTPTypes
import Synchronization

@testable import ServiceKit

extension FuzzTarget {
    static let accessTargets = [
        FuzzTarget("credentials") { try Credentials.check($0) },
        FuzzTarget("token") { try Tokens.check($0) },
        FuzzTarget("headers") { try Headers.check($0) },
    ]
}

/// One value has one text: no second spelling of a key or of base 64 is accepted.
private enum Credentials {
    static func check(_ bytes: [UInt8]) throws {
        let text = bytes.text
        if let key = APIKey(text) {
            try promise(key.text == text && key.id.utf8.count == 12 && key.hash.count == 32, "a key is another")
        }
        if let decoded = Base64URL.decode(bytes) {
            try promise(Array(Base64URL.encode(decoded).utf8) == bytes, "base 64 with two spellings")
            var padded = text.replacing("-", with: "+").replacing("_", with: "/")
            padded += String(repeating: "=", count: (4 - bytes.count % 4) % 4)
            try promise(Data(base64Encoded: padded).map(Array.init) == decoded, "Foundation decodes it otherwise")
        }
        try promise(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes, "base 64 is not read back")
    }
}

/// Nobody is let in who has no secret: whatever the token or the header says.
private enum Tokens {
    private static let now = Timestamp(seconds: 1_800_000_000)

    static func check(_ bytes: [UInt8]) throws {
        let (choice, rest) = bytes.split
        let identity = Mutex<Identity?>(nil)
        let done = DispatchSemaphore(value: 0)
        // The fuzzer calls from its own thread and waits for each answer.
        Task {
            let keys = APIKeyDirectory { _ in nil }
            let tokens = try await TokenVerifier(
                secret: "mB1qP0v7sKd93jf82LqzWcXe45TyUiOpAsDf", publicKeyPEM: nil,
                policy: TokenPolicy(issuer: "wangge", audience: "wangge"))
            let authenticator = Authenticator(keys: keys, tokens: tokens, now: { now })
            var headers = HTTPFields()
            let text = rest.text
            if choice % 4 == 3 { headers[.xAPIKey] = text }
            if choice % 4 != 3 { headers[.authorization] = choice % 4 == 0 ? text : "Bearer " + text }
            if let found = try? await authenticator.identity(of: headers) { identity.withLock { $0 = found } }
            done.signal()
        }
        done.wait()
        let found = identity.withLock { $0 }
        try promise(
            found == nil || found == .anonymous && choice % 4 == 0, "somebody was let in: \(String(describing: found))")
    }
}

/// Headers about trace and language.
private enum Headers {
    static func check(_ bytes: [UInt8]) throws {
        let text = bytes.text
        if let trace = TraceContext(traceparent: text) {
            try promise(TraceContext(traceparent: trace.traceparent) == trace, "a trace is not read back")
            try promise(text.contains(trace.traceID) && text.contains(trace.spanID), "a trace of another text")
        }
        let language = Language.best(for: text)
        try promise(Language.best(for: language.rawValue) == language, "a language is not read back")
    }
}
