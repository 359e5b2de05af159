import City
import JWTKit

/// What a person's token says. Times are seconds since the Unix epoch, as numbers of any kind.
struct PersonClaims: JWTPayload {
    var iss: String
    var aud: Audience
    /// Post code.
    var sub: String
    var exp: Double
    var nbf: Double?
    var iat: Double?
    var roles: [String]
    /// Grid codes.
    var jurisdiction: [String]
    var unit: String?

    /// Claims are checked by ``TokenVerifier``, which knows the time and whom to trust.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    var person: Person {
        Person(
            post: PostCode(sub), roles: Set(roles), jurisdiction: jurisdiction.map { GridCode($0) },
            unit: unit.map { UnitCode($0) })
    }
}

/// One audience or several; both spellings are allowed by RFC 7519.
struct Audience: Codable, Sendable {
    var values: [String]

    init(_ values: [String]) { self.values = values }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(String.self) {
            values = [one]
        } else {
            values = try container.decode([String].self)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if values.count == 1 { try container.encode(values[0]) } else { try container.encode(values) }
    }
}
