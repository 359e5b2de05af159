import City
import ServiceKit

/// Tokens of the posts that act, each made when it is first needed.
actor StaffTokens {
    private static let hours = 12

    private let city: City
    private let directory: SuiteDirectory
    private var tokens: [PostCode: String] = [:]

    init(city: City, directory: SuiteDirectory) {
        self.city = city
        self.directory = directory
    }

    /// - Throws: ``CommandFailure`` when no secret to sign with is known, or the city has no such post.
    func token(of post: PostCode) async throws -> String {
        if let token = tokens[post] { return token }
        guard let found = city.post(post) else {
            throw CommandFailure.data(zh: "没有岗位 \(post)", en: "there is no post \(post)")
        }
        let person = Person(post: found.code, roles: [found.role], jurisdiction: [found.grid], unit: found.unit)
        let token = try await PersonToken.issue(for: person, hours: Self.hours, directory: directory)
        tokens[post] = token
        return token
    }
}
