import City
import Crypto
import Foundation
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct APIKeyTests {
    @Test func generatedKeysReadBack() throws {
        let keys = (0..<500).map { _ in APIKey.generate() }
        #expect(Set(keys.map(\.text)).count == 500)
        for key in keys {
            let read = try #require(APIKey(key.text))
            #expect(read == key && key.text.utf8.count == 60 && key.text.hasPrefix("wgk_\(key.id)_"))
        }
    }

    @Test(arguments: [
        "", "wgk_", "wgk_aaaaaaaaaaaa_short", "xyz_aaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "wgk_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "wgk_aaaaaaaaaaaa-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "wgk_aaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "wgk_aaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
    ])
    func otherShapesAreNoKeys(text: String) { #expect(APIKey(text) == nil) }

    @Test func theHashIsSHA256OfTheWholeText() throws {
        let key = try #require(APIKey("wgk_aaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        #expect(key.hash == Array(SHA256.hash(data: Data(key.text.utf8))))
        #expect(key.hash.count == 32)
    }

    @Test func base64URLMatchesFoundation() {
        for count in 0..<70 {
            let bytes = RandomText.bytes(count)
            let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
            #expect(Base64URL.encode(bytes) == expected)
            #expect(Base64URL.decode(expected.utf8) == bytes)
        }
    }
}

@Suite struct APIKeyDirectoryTests {
    let publisher = Publisher(name: "hotline", sources: [SourceCode("hotline-12345")])
    let clock = HealthTests.TestClock()

    @Test func findsRightKeysOnly() async throws {
        let (right, other, revoked) = (APIKey.generate(), APIKey.generate(), APIKey.generate())
        let publisher = publisher
        let directory = APIKeyDirectory { id in
            switch id {
            case right.id: StoredAPIKey(hash: right.hash, publisher: publisher)
            // Somebody knows the id but not the secret.
            case other.id: StoredAPIKey(hash: right.hash, publisher: publisher)
            case revoked.id: StoredAPIKey(hash: revoked.hash, publisher: publisher, isRevoked: true)
            default: nil
            }
        }
        #expect(try await directory.publisher(for: right) == publisher)
        #expect(try await directory.publisher(for: other) == nil)
        #expect(try await directory.publisher(for: revoked) == nil)
        #expect(try await directory.publisher(for: .generate()) == nil)
    }

    @Test func remembersForAWhile() async throws {
        let key = APIKey.generate()
        let asked = Mutex(0)
        let stored = StoredAPIKey(hash: key.hash, publisher: publisher)
        let directory = APIKeyDirectory(timeToLive: .seconds(15), now: clock.now) { id in
            asked.withLock { $0 += 1 }
            return id == key.id ? stored : nil
        }
        let unknown = APIKey.generate()
        for _ in 0..<3 {
            #expect(try await directory.publisher(for: key) != nil)
            #expect(try await directory.publisher(for: unknown) == nil)
        }
        #expect(asked.withLock { $0 } == 2)
        clock.advance(.seconds(15))
        _ = try await directory.publisher(for: key)
        #expect(asked.withLock { $0 } == 3)
        directory.forgetAll()
        _ = try await directory.publisher(for: key)
        #expect(asked.withLock { $0 } == 4)
    }

    @Test func aLostDatabaseIsNoAnswer() async {
        struct Lost: Error {}
        let directory = APIKeyDirectory { _ in throw Lost() }
        await #expect(throws: Lost.self) { try await directory.publisher(for: .generate()) }
    }
}
