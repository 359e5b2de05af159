import Crypto
import FoundationEssentials

/// Encrypts what only intake may read: AES-256-GCM, one key version at a time, bound to its place.
///
/// The sealed form begins with an algorithm identifier, so that another (such as SM4) can be added beside it.
struct Sealing: Sendable {
    private static let aes256GCM: UInt8 = 1

    /// Which key; stored beside each sealed value, so that keys can be rotated.
    let keyVersion: Int16
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    init(key: [UInt8], version: Int16) {
        precondition(key.count == 32, "a sealing key has 32 bytes")
        self.key = SymmetricKey(data: key)
        keyVersion = version
    }

    /// Derives the key from a secret of at least 32 bytes.
    init(secret: String, version: Int16) {
        self.init(key: Array(SHA256.hash(data: Array(secret.utf8))), version: version)
    }

    /// Encrypts `plain` for one place of the database; opened at another place it fails.
    ///
    /// - Parameter place: table and column, such as `intake.contact.sealed`.
    func seal(_ plain: [UInt8], place: String, row: Int64) throws -> [UInt8] {
        let box = try AES.GCM.seal(plain, using: key, authenticating: Sealing.context(place, row))
        // A box made with the standard nonce always has a combined form.
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return [Sealing.aes256GCM] + combined
    }

    func open(_ sealed: [UInt8], place: String, row: Int64) throws -> [UInt8] {
        guard sealed.first == Sealing.aes256GCM else { throw CryptoKitError.incorrectParameterSize }
        let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
        return Array(try AES.GCM.open(box, using: key, authenticating: Sealing.context(place, row)))
    }

    private static func context(_ place: String, _ row: Int64) -> [UInt8] { Array("\(place)/\(row)".utf8) }
}
