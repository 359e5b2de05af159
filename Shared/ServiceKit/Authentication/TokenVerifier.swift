public import City
import FoundationEssentials
import JWTKit

/// Why a token is not accepted. Told to the log, not to the caller.
public enum TokenFault: String, Error, Sendable, CaseIterable {
    case malformed
    /// Not one of the algorithms there is a key for.
    case algorithmNotAllowed
    /// The `typ` header is not that of an access token, or the header asks for an extension.
    case wrongType
    case wrongSignature
    case wrongIssuer
    case wrongAudience
    case expired
    case notYetValid
}

/// What tokens must say to be accepted.
public struct TokenPolicy: Sendable {
    public var issuer: String
    public var audience: String
    /// How far clocks of issuer and verifier may differ, in seconds.
    public var leewaySeconds: Int64

    public init(issuer: String, audience: String, leewaySeconds: Int64 = 30) {
        self.issuer = issuer
        self.audience = audience
        self.leewaySeconds = leewaySeconds
    }
}

/// Checks people's tokens: signature, algorithm, type, issuer, audience and times.
///
/// The algorithms are exactly those a key was given for, HS256 and ES256, and each has its own set of keys. So a
/// token cannot pass a public key off as a shared secret, nor ask for no signature at all.
public struct TokenVerifier: Sendable {
    private static let maximumLength = 8_192

    private let keys: [String: JWTKeyCollection]
    private let policy: TokenPolicy

    /// - Parameters:
    ///   - secret: Shared secret for HS256.
    ///   - publicKeyPEM: Public key of the identity provider for ES256.
    /// - Throws: When the public key cannot be read.
    public init(secret: String?, publicKeyPEM: String?, policy: TokenPolicy) async throws {
        var keys: [String: JWTKeyCollection] = [:]
        if let secret {
            keys["HS256"] = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        }
        if let publicKeyPEM {
            keys["ES256"] = await JWTKeyCollection().add(ecdsa: try ES256PublicKey(pem: publicKeyPEM))
        }
        self.keys = keys
        self.policy = policy
    }

    /// The person a token speaks for.
    ///
    /// - Throws: ``TokenFault``.
    public func verify(_ token: String, now: Timestamp) async throws(TokenFault) -> Person {
        guard token.utf8.count <= Self.maximumLength else { throw .malformed }
        let header = try Self.header(of: token)
        guard let keys = keys[header.alg] else { throw .algorithmNotAllowed }
        let types = ["jwt", "at+jwt", "application/at+jwt"]
        guard types.contains(header.typ?.lowercased() ?? ""), header.crit == nil else { throw .wrongType }
        let claims: PersonClaims
        do {
            claims = try await keys.verify(token, as: PersonClaims.self)
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw .wrongSignature
        } catch {
            throw .malformed
        }
        try check(claims, now: now)
        return claims.person
    }

    private func check(_ claims: PersonClaims, now: Timestamp) throws(TokenFault) {
        let now = Double(now.microseconds) / 1_000_000
        let leeway = Double(policy.leewaySeconds)
        guard claims.iss == policy.issuer else { throw .wrongIssuer }
        guard claims.aud.values.contains(policy.audience) else { throw .wrongAudience }
        guard now < claims.exp + leeway else { throw .expired }
        guard max(claims.nbf ?? 0, claims.iat ?? 0) <= now + leeway else { throw .notYetValid }
        guard !claims.sub.isEmpty else { throw .malformed }
    }

    private struct Header: Decodable {
        let alg: String
        let typ: String?
        let crit: [String]?
    }

    private static func header(of token: String) throws(TokenFault) -> Header {
        let parts = token.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes))
        else { throw .malformed }
        return header
    }
}
