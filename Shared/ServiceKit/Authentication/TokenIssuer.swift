public import City
import JWTKit

/// Issues people's tokens where there is no identity provider: small offices, tests, the operator's command line.
public struct TokenIssuer: Sendable {
    private let secret: String
    private let policy: TokenPolicy

    /// - Parameter secret: The same as the services' `AUTH_JWT_SECRET`.
    public init(secret: String, policy: TokenPolicy) {
        self.secret = secret
        self.policy = policy
    }

    /// A token that speaks for the person until `lifetimeSeconds` after `now`.
    public func issue(_ person: Person, lifetimeSeconds: Int64, now: Timestamp) async throws -> String {
        let claims = PersonClaims(
            iss: policy.issuer, aud: Audience([policy.audience]), sub: person.post.rawValue,
            exp: Double(now.seconds + lifetimeSeconds), nbf: Double(now.seconds), iat: Double(now.seconds),
            roles: person.roles.sorted(), jurisdiction: person.jurisdiction.map(\.rawValue),
            unit: person.unit?.rawValue)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        var header = JWTHeader()
        header.typ = "JWT"
        return try await keys.sign(claims, header: header)
    }
}
