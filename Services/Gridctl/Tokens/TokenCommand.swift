import ArgumentParser
import City
import Postgres
import ServiceKit

/// `gridctl token`: a token with which a person of the street works.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Issue a token that speaks for a post, where there is no identity provider.",
        discussion: """
            Signed with AUTH_JWT_SECRET, of the environment or of the suite's directory. Role, grid and unit are the \
            post's own in the profile in force, unless given. The token alone is printed to standard output.
            """)

    @OptionGroup var suite: SuiteOptions

    @Option(help: "Code of the post, such as ST0001.")
    var post: String

    @Option(help: "A role instead of the post's own; can be given several times.")
    var role: [String] = []

    @Option(help: "A grid instead of the post's own; can be given several times.")
    var grid: [String] = []

    @Option(help: "A unit instead of the post's own.")
    var unit: String?

    @Option(help: "Hours until the token expires, 1 to 720.")
    var hours = 8

    func validate() throws {
        guard (1...720).contains(hours) else { throw ValidationError("--hours lies between 1 and 720") }
    }

    func run() async throws {
        let person = try person()
        let token = try await PersonToken.issue(for: person, hours: hours, directory: suite.directory)
        Terminal.say(token)
        let roles = person.roles.sorted().joined(separator: ", ")
        let grids = person.jurisdiction.map(\.rawValue).joined(separator: ", ")
        suite.remark(
            zh: "\(person.post)：\(roles)，网格 \(grids)，\(hours) 小时内有效",
            en: "\(person.post): \(roles) in \(grids), valid for \(hours) h")
    }

    private func person() throws -> Person {
        if !role.isEmpty, !grid.isEmpty {
            return Person(
                post: PostCode(rawValue: post), roles: Set(role), jurisdiction: grid.map { GridCode(rawValue: $0) },
                unit: unit.map { UnitCode(rawValue: $0) })
        }
        let session = try suite.session()
        defer { session.close() }
        let city = try suite.city(session)
        guard let found = city.post(PostCode(rawValue: post)) else {
            throw CommandFailure(
                .data, zh: "没有岗位 \(post)", en: "there is no post \(post)")
        }
        for code in grid where city.grid(GridCode(rawValue: code)) == nil {
            throw CommandFailure(
                .data, zh: "没有网格 \(code)", en: "there is no grid \(code)")
        }
        return Person(
            post: found.code, roles: role.isEmpty ? [found.role] : Set(role),
            jurisdiction: grid.isEmpty ? [found.grid] : grid.map { GridCode(rawValue: $0) },
            unit: unit.map { UnitCode(rawValue: $0) } ?? found.unit)
    }
}

/// Tokens signed with the secret of the suite in a directory.
enum PersonToken {
    /// - Throws: ``CommandFailure`` when no secret is known.
    static func issue(for person: Person, hours: Int, directory: SuiteDirectory) async throws -> String {
        guard let secret = SuiteSecrets.known(directory)[SuiteSecrets.jwtSecret] else {
            throw CommandFailure(
                .configuration, zh: "不知道签名密钥：请设置 AUTH_JWT_SECRET，或用 --dir 指定 gridctl up 的目录",
                en: "no secret to sign with: set AUTH_JWT_SECRET, or name the directory of gridctl up with --dir")
        }
        let environment = Terminal.environment
        let policy = TokenPolicy(
            issuer: environment["AUTH_JWT_ISSUER"] ?? "wangge", audience: environment["AUTH_JWT_AUDIENCE"] ?? "wangge")
        return try await TokenIssuer(secret: secret, policy: policy).issue(
            person, lifetimeSeconds: Int64(hours) * 3_600, now: Clocks.now())
    }
}
