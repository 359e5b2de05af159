public import City
import FoundationEssentials
public import HTTPTypes

/// Tells who asks, from the headers of a request.
public struct Authenticator: Sendable {
    private let keys: APIKeyDirectory?
    private let tokens: TokenVerifier?
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - keys: Publishers' keys; without them no key is accepted.
    ///   - tokens: People's tokens; without them no token is accepted.
    public init(
        keys: APIKeyDirectory? = nil, tokens: TokenVerifier? = nil,
        now: @escaping @Sendable () -> Timestamp = Clocks.now
    ) {
        self.keys = keys
        self.tokens = tokens
        self.now = now
    }

    /// Accepts nobody.
    public static let none = Authenticator()

    /// Reads who signs people's tokens from the settings.
    ///
    /// - Throws: ``SettingsError`` when neither a secret nor a public key is set, or the key file cannot be used.
    public init(_ settings: Settings, keys: APIKeyDirectory? = nil) async throws {
        let secret = settings[ifSet: StandardSettings.jwtSecret]
        let file = settings[ifSet: StandardSettings.jwtPublicKeyFile]
        guard secret != nil || file != nil else {
            throw SettingsError([
                SettingFault(
                    StandardSettings.jwtSecret.declaration.environmentName,
                    LocalizedText(
                        zh: "必须设置（或设置 AUTH_JWT_PUBLIC_KEY_FILE）",
                        en: "must be set, or AUTH_JWT_PUBLIC_KEY_FILE instead"), source: nil)
            ])
        }
        let policy = TokenPolicy(
            issuer: settings[StandardSettings.jwtIssuer], audience: settings[StandardSettings.jwtAudience])
        do {
            let pem = try file.map { path in
                guard let data = FileManager.default.contents(atPath: path) else { throw TokenFault.malformed }
                return String(decoding: data, as: UTF8.self)
            }
            let tokens = try await TokenVerifier(secret: secret, publicKeyPEM: pem, policy: policy)
            self.init(keys: keys, tokens: tokens)
        } catch {
            throw SettingsError([
                SettingFault(
                    StandardSettings.jwtPublicKeyFile.declaration.environmentName,
                    LocalizedText(zh: "不是可读的 P-256 公钥（PEM）文件", en: "is not a readable P-256 public key (PEM)"),
                    source: nil)
            ])
        }
    }

    /// Who asks: anonymous without credentials.
    ///
    /// - Throws: ``Problem`` 401 when there are credentials but they are not accepted; what the key lookup throws.
    public func identity(of headers: HTTPFields) async throws -> Identity {
        let apiKey = headers[.xAPIKey]
        let authorization = headers[.authorization]
        // Two different credentials: whichever were chosen, somebody would be surprised.
        if apiKey != nil, authorization != nil { throw Self.refused("invalid_request") }
        if let apiKey { return try await publisher(apiKey) }
        guard let authorization else { return .anonymous }
        // By bytes: to find where characters end takes longer than to verify the key.
        let words = authorization.utf8.split(separator: UInt8(ascii: " ")).map { Substring($0) }
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw Self.refused("invalid_request") }
        let credential = String(words[1])
        return credential.hasPrefix(APIKey.prefix) ? try await publisher(credential) : try await person(credential)
    }

    private func publisher(_ text: String) async throws -> Identity {
        guard let keys, let key = APIKey(text), let publisher = try await keys.publisher(for: key) else {
            throw Self.refused("invalid_token")
        }
        return .publisher(publisher)
    }

    private func person(_ token: String) async throws -> Identity {
        guard let tokens else { throw Self.refused("invalid_token") }
        do {
            return .person(try await tokens.verify(token, now: now()))
        } catch {
            throw Self.refused("invalid_token", fault: error)
        }
    }

    /// 401 with the challenge of RFC 6750. That a token has expired is said, because the caller can act on it.
    static func refused(_ code: String? = nil, fault: TokenFault? = nil) -> Problem {
        var challenge = "Bearer realm=\"wangge\""
        if let code { challenge += ", error=\"\(code)\"" }
        var detail: LocalizedText?
        if fault == .expired { detail = LocalizedText(zh: "令牌已过期", en: "the token has expired") }
        return Problem(.unauthorized, detail: detail, headers: [.wwwAuthenticate: challenge])
    }
}
