import ArgumentParser
import City
import EventLog
import Postgres
import ServiceKit

/// `gridctl key`: keys of the systems that publish reports.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Create, list and revoke the keys of publishing systems.",
        subcommands: [Create.self, List.self, Revoke.self], defaultSubcommand: List.self)

    /// `gridctl key create`
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a key; it is shown once, on standard output.",
            discussion: "A publisher has at most two live keys, so that one can replace the other without a gap.")

        @OptionGroup var suite: SuiteOptions
        @Option(help: "Who will use the key, such as hotline-gateway.")
        var publisher: String
        @Option(help: "A source it may publish for; can be given several times.")
        var source: [String]

        func run() async throws {
            let session = try suite.session()
            defer { session.close() }
            let city = try suite.city(session)
            for code in source where city.source(SourceCode(rawValue: code)) == nil {
                let known = city.profile.sources.map(\.code.rawValue).joined(separator: ", ")
                throw CommandFailure(
                    .data, zh: "没有来源 \(code)；有 \(known)", en: "there is no source \(code); there are \(known)")
            }
            let key = try PublisherKeys.create(publisher: publisher, sources: source.sorted(), session: session)
            Terminal.say(key.text)
            suite.remark(
                zh: "密钥 \(key.id) 只显示这一次；发布方 \(publisher)，来源 \(source.sorted().joined(separator: ", "))",
                en: "key \(key.id) is shown this once; \(publisher) for \(source.sorted().joined(separator: ", "))")
        }
    }

    /// `gridctl key list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all keys; the keys themselves are not stored.")

        @OptionGroup var suite: SuiteOptions

        func run() async throws {
            let session = try suite.session()
            defer { session.close() }
            let rows = try PublisherKeys.all(session).map { row in
                [
                    row.id, row.publisher, row.sources.joined(separator: ","), Timestamp(row.createdAt).rfc3339,
                    row.revokedAt.map { Timestamp($0).rfc3339 } ?? "",
                ]
            }
            let header =
                suite.language == .zh
                ? ["密钥", "发布方", "来源", "创建", "撤销"] : ["key", "publisher", "sources", "created", "revoked"]
            Terminal.say(TextTable(header: header, rows: rows).text)
        }
    }

    /// `gridctl key revoke`
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key; services stop accepting it within 15 s.")

        @OptionGroup var suite: SuiteOptions
        @Argument(help: "The key's id, as listed.")
        var key: String

        func run() async throws {
            let session = try suite.session()
            defer { session.close() }
            guard try PublisherKeys.revoke(key, session: session) else {
                throw CommandFailure(
                    .incomplete, zh: "没有有效的密钥 \(key)", en: "there is no live key \(key)")
            }
            suite.say(zh: "已撤销 \(key)", en: "revoked \(key)")
        }
    }
}
