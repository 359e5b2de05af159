import City
import Crypto
import Foundation
import JWTKit
import Testing

@testable import ServiceKit

@Suite struct TokenTests {
    static let secret = "mB1qP0v7sKd93jf82LqzWcXe45TyUiOpAsDf"
    static let policy = TokenPolicy(issuer: "wangge", audience: "wangge")
    static let now = Timestamp(seconds: 1_800_000_000)
    static let person = Person(
        post: PostCode("P-01"), roles: ["grid-worker"], jurisdiction: [GridCode("110105-01")], unit: UnitCode("U1"))

    func verifier() async throws -> TokenVerifier {
        try await TokenVerifier(secret: Self.secret, publicKeyPEM: nil, policy: Self.policy)
    }

    func fault(_ token: String, now: Timestamp = now) async throws -> TokenFault? {
        let verifier = try await verifier()
        do throws(TokenFault) {
            _ = try await verifier.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }

    /// A token of any header and claims, rightly signed with the shared secret.
    static func token(header: String, claims: String, secret: String = secret) -> String {
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return signed + "." + Base64URL.encode(code)
    }

    static func claims(_ changes: [String: Any?] = [:]) throws -> String {
        var claims: [String: Any] = [
            "iss": "wangge", "aud": "wangge", "sub": "P-01", "exp": 1_800_000_600, "nbf": 1_799_999_000,
            "roles": ["dispatcher"], "jurisdiction": ["110105"],
        ]
        for (name, value) in changes { claims[name] = value }
        return String(decoding: try JSONSerialization.data(withJSONObject: claims), as: UTF8.self)
    }

    static let header = #"{"alg":"HS256","typ":"JWT"}"#

    @Test func issuedTokensAreAccepted() async throws {
        let token = try await TokenIssuer(secret: Self.secret, policy: Self.policy)
            .issue(Self.person, lifetimeSeconds: 600, now: Self.now)
        #expect(try await verifier().verify(token, now: Self.now) == Self.person)
        #expect(try await verifier().verify(token, now: Self.now.advanced(bySeconds: 629)) == Self.person)
        #expect(try await fault(token, now: Self.now.advanced(bySeconds: 630)) == .expired)
        #expect(try await fault(token, now: Self.now.advanced(bySeconds: -31)) == .notYetValid)
    }

    @Test func otherSpellingsAreAccepted() async throws {
        let changes: [[String: Any?]] = [
            ["aud": ["other", "wangge"]], ["exp": 1_800_000_600.5], ["nbf": nil], ["unit": "U9"], ["roles": [String]()],
        ]
        for change in changes {
            #expect(try await fault(Self.token(header: Self.header, claims: try Self.claims(change))) == nil)
        }
        let header = #"{"typ":"at+JWT","alg":"HS256","kid":"unknown"}"#
        #expect(try await fault(Self.token(header: header, claims: try Self.claims())) == nil)
    }

    @Test func wrongClaimsAreRefused() async throws {
        let cases: [([String: Any?], TokenFault)] = [
            (["iss": "other"], .wrongIssuer), (["aud": "other"], .wrongAudience), (["aud": [String]()], .wrongAudience),
            (["exp": 1_799_999_970], .expired), (["exp": nil], .malformed), (["exp": "never"], .malformed),
            (["exp": -1e300], .expired), (["nbf": 1_800_000_031], .notYetValid), (["iat": 1_900_000_000], .notYetValid),
            (["sub": ""], .malformed), (["sub": nil], .malformed), (["roles": nil], .malformed),
            (["jurisdiction": "110105"], .malformed),
        ]
        for (changes, expected) in cases {
            let token = Self.token(header: Self.header, claims: try Self.claims(changes))
            #expect(try await fault(token) == expected, "\(changes)")
        }
    }

    @Test(arguments: [
        (#"{"alg":"none","typ":"JWT"}"#, TokenFault.algorithmNotAllowed),
        (#"{"alg":"HS384","typ":"JWT"}"#, .algorithmNotAllowed),
        (#"{"alg":"ES256","typ":"JWT"}"#, .algorithmNotAllowed),
        (#"{"alg":"hs256","typ":"JWT"}"#, .algorithmNotAllowed), (#"{"alg":"HS256"}"#, .wrongType),
        (#"{"alg":"HS256","typ":"JOSE"}"#, .wrongType), (#"{"alg":"HS256","typ":"JWT","crit":["b64"]}"#, .wrongType),
        (#"{"typ":"JWT"}"#, .malformed), ("rubbish", .malformed),
    ])
    func otherHeadersAreRefused(header: String, expected: TokenFault) async throws {
        #expect(try await fault(Self.token(header: header, claims: try Self.claims())) == expected)
    }

    @Test func forgedTokensAreRefused() async throws {
        let claims = try Self.claims()
        let good = Self.token(header: Self.header, claims: claims)
        let parts = good.split(separator: ".").map(String.init)
        let raised = Base64URL.encode(try Self.claims(["roles": ["administrator"]]).utf8)
        #expect(
            try await fault(Self.token(header: Self.header, claims: claims, secret: "x" + Self.secret))
                == .wrongSignature)
        #expect(try await fault("\(parts[0]).\(raised).\(parts[2])") == .wrongSignature)
        #expect(try await fault("\(parts[0]).\(parts[1]).") == .wrongSignature)
        for token in ["", "a.b", "a.b.c.d", good + ".x", String(repeating: "a", count: 10_000)] {
            #expect(try await fault(token) == .malformed)
        }
    }

    @Test func publicKeysAreNoSharedSecrets() async throws {
        let key = P256.Signing.PrivateKey()
        let pem = key.publicKey.pemRepresentation
        let verifier = try await TokenVerifier(secret: nil, publicKeyPEM: pem, policy: Self.policy)
        let signed =
            Base64URL.encode(#"{"alg":"ES256","typ":"JWT"}"#.utf8) + "." + Base64URL.encode(try Self.claims().utf8)
        let signature = try key.signature(for: Data(signed.utf8)).rawRepresentation
        let person = try await verifier.verify(signed + "." + Base64URL.encode(signature), now: Self.now)
        #expect(person.post == PostCode("P-01"))
        let forged = Self.token(header: Self.header, claims: try Self.claims(), secret: pem)
        await #expect(throws: TokenFault.algorithmNotAllowed) { try await verifier.verify(forged, now: Self.now) }
    }
}
