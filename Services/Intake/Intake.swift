import City
import CityStore
import EventLog
import Messages
import Postgres
import ServiceKit

/// Takes reports in, once each, and tells their publishers what became of them.
///
/// Consumes `inbound.<source>` (reports that come by Kafka) and `cases` (to know what became of reports). Produces
/// `reports`, `rejected` and `outcomes.<source>`. Owns schema `intake`: reports, contact data, rejections, publishers'
/// keys. HTTP: submit events, track reports.
@main
enum Intake {
    static let contract = ServiceContract(
        name: "intake", version: "0.1.0", consumes: ["inbound.*", "cases"],
        produces: ["reports", "rejected", "outcomes.*"], schema: "intake", defaultPort: 7100,
        settings: SuiteSettings.declarations(.prompt) + [
            contactsKey.declaration, batchItems.declaration, futureMinutes.declaration, oldestDays.declaration,
            publisherRate.declaration, publisherBurst.declaration, RejectionReplay.source.declaration,
        ])

    static let contactsKey = SettingKey<String>(
        "contacts.key", presence: .required, rule: .secret(bytes: 32), secrecy: .secret,
        help: LocalizedText(zh: "加密联系方式的密钥", en: "secret that contact data is encrypted with"))
    static let batchItems = SettingKey(
        "batch.items", default: 5_000, rule: .range(1...50_000),
        help: LocalizedText(zh: "一批最多多少条", en: "most events of one batch"))
    static let futureMinutes = SettingKey(
        "report.future.minutes", default: 10, rule: .range(0...1_440),
        help: LocalizedText(zh: "发现时间最多超前多少分钟", en: "minutes a report may lie in the future"))
    static let oldestDays = SettingKey(
        "report.oldest.days", default: 400, rule: .range(1...36_500),
        help: LocalizedText(zh: "发现时间最多早于多少天", en: "days a report may lie in the past"))

    static let publisherRate = SettingKey(
        "publisher.rate", default: 50_000, rule: .range(1...1_000_000),
        help: LocalizedText(zh: "每个来源系统每秒最多多少条", en: "events a second one publisher may send, on average"))
    static let publisherBurst = SettingKey(
        "publisher.burst", default: 100_000, rule: .range(1...10_000_000),
        help: LocalizedText(zh: "每个来源系统一时最多多少条", en: "events one publisher may send at once"))

    static let migrations = [
        PostgresMigration(number: 1, name: "init", sql: String(decoding: PackageResources._001_init_sql, as: UTF8.self))
    ]

    static func main() async {
        await GridService.run(contract, migrations: migrations, commands: [RejectionReplay.command]) {
            context, service in
            let sealing = Sealing(secret: context.settings[contactsKey], version: 1)
            let rules = AcceptanceRules(
                futureMinutes: context.settings[futureMinutes], oldestDays: context.settings[oldestDays])
            let city = service.city
            let numbers = ReportNumbers()
            @Sendable func acceptance() -> Acceptance {
                Acceptance(city: city.current, sealing: sealing, rules: rules, numbers: numbers)
            }

            let submit = service.eventLog.requests { _ in SubmitHandler(city: city, makeAcceptance: acceptance) }
            for source in city.current.profile.sources {
                service.eventLog.consume(.inbound(source.code.rawValue)) { _ in
                    InboundHandler(city: city, makeAcceptance: acceptance)
                }
            }
            service.eventLog.consume(.cases) { _ in OutcomeHandler(city: city) }

            context.acceptAPIKeys(
                APIKeyDirectory { id in
                    try await service.pool.withSession { try PublisherKeyStore.find(keyID: id, session: $0) }
                })
            let limiter = RateLimiter(
                ratePerSecond: Double(context.settings[publisherRate]), burst: Double(context.settings[publisherBurst]))
            let api = API(
                city: city, pool: service.pool, submit: submit, limiter: limiter,
                batchItems: context.settings[batchItems])
            context.routes(api.register)
        }
    }
}
