import City
import Logging
import Testing

@testable import ServiceKit

@Suite struct SettingsTests {
    static let port = SettingKey(
        "http.port", default: 7100, rule: .range(0...65_535), help: LocalizedText(zh: "端口", en: "port"))
    static let url = SettingKey(
        "postgres.url", default: "postgres://a:pw@h/d", secrecy: .urlPassword,
        help: LocalizedText(zh: "地址", en: "where"))
    static let secret = SettingKey<String>(
        "auth.secret", presence: .optional, rule: .secret(bytes: 32), secrecy: .secret,
        help: LocalizedText(zh: "密钥", en: "secret"))
    static let city = SettingKey<String>(
        "city.name", presence: .required, help: LocalizedText(zh: "城市", en: "city"))
    static let declarations = [port.declaration, url.declaration, secret.declaration]

    func faults(
        _ declarations: [SettingDeclaration] = declarations, options: [String: String] = [:],
        environment: [String: String] = [:]
    ) -> [String] {
        do throws(SettingsError) {
            _ = try Settings(declarations, from: SettingSources(options: options, environment: environment))
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func strongerSourceWins() throws {
        let sources = SettingSources(
            options: ["http.port": "1"], environment: ["HTTP_PORT": "2", "POSTGRES_URL": "e"],
            file: ["HTTP_PORT": "3", "POSTGRES_URL": "f"])
        let settings = try Settings(Self.declarations, from: sources)
        #expect(settings[Self.port] == 1)
        #expect(settings[Self.url] == "e")
        #expect(settings[ifSet: Self.secret] == nil)
        #expect(settings.entries.map(\.source) == [.commandLine, .environment, .standard])
        #expect(try Settings(Self.declarations, from: SettingSources(file: ["HTTP_PORT": "3"]))[Self.port] == 3)
    }

    @Test func emptyMeansNotSet() throws {
        let settings = try Settings(Self.declarations, from: SettingSources(environment: ["HTTP_PORT": ""]))
        #expect(settings[Self.port] == 7100)
    }

    @Test(arguments: [
        (["HTTP_PORT": "abc"], ["HTTP_PORT: \"abc\": expected whole number (environment)"]),
        (["HTTP_PORT": "70000"], ["HTTP_PORT: \"70000\": must be 0…65535 (environment)"]),
        (["HTTP_PROT": "1"], ["HTTP_PROT: is not a setting; did you mean HTTP_PORT? (environment)"]),
        (["HTTPPORT": "1"], ["HTTPPORT: is not a setting; did you mean HTTP_PORT? (environment)"]),
        (["WANGGE_MODE": "1"], ["WANGGE_MODE: is not a setting (environment)"]),
        (["HTTP_PROXY": "http://proxy", "PATH": "/bin", "POSTGRES_PASSWORD": "x"], []),
        (
            ["AUTH_SECRET": "short", "HTTP_PORT": "-1"],
            [
                "HTTP_PORT: \"-1\": must be 0…65535 (environment)",
                "AUTH_SECRET: must be at least 32 random bytes, not a value from an example (environment)",
            ]
        ),
    ])
    func everyFaultIsOneLine(environment: [String: String], expected: [String]) {
        #expect(faults(environment: environment) == expected)
    }

    @Test func unknownOptionsAndMissingOnesAreFaults() {
        #expect(
            faults([Self.city.declaration], options: ["htp": "1"]) == [
                "CITY_NAME: must be set", "HTP: is not a setting (command line)",
            ])
    }

    @Test(arguments: [
        ("change-me-change-me-change-me-change-me", false), ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ("this-is-only-an-EXAMPLE-secret-0123456", false), ("Qx7-short", false),
        ("mB1qP0v7sKd93jf82LqzWcXe45TyUiOpAsDf", true),
    ])
    func placeholdersAreNoSecrets(secret: String, accepted: Bool) {
        #expect(faults(environment: ["AUTH_SECRET": secret]).isEmpty == accepted)
    }

    @Test func listingHidesSecrets() throws {
        let secret = "mB1qP0v7sKd93jf82LqzWcXe45TyUiOpAsDf"
        let settings = try Settings(
            Self.declarations, passOn: ["kafka"],
            from: SettingSources(
                environment: [
                    "AUTH_SECRET": secret, "HTTP_PORT": "7200", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                    "KAFKA_SASL_PASSWORD": "hunter2",
                ]))
        #expect(
            settings.listing() == """
                http.port = 7200  # environment HTTP_PORT; default 7100; port
                postgres.url = postgres://a:***@h/d  # default POSTGRES_URL; where
                auth.secret = ***  # environment AUTH_SECRET; secret
                kafka.sasl.password = ***  # environment KAFKA_SASL_PASSWORD; handed on unread
                kafka.security.protocol = SASL_SSL  # environment KAFKA_SECURITY_PROTOCOL; handed on unread

                """)
    }

    @Test func passesLibrarySettingsOn() throws {
        let settings = try Settings(
            [StandardSettings.kafkaBootstrapServers.declaration], passOn: ["kafka"],
            from: SettingSources(
                environment: [
                    "KAFKA_BOOTSTRAP_SERVERS": "k:9092", "KAFKA_SSL_CA_LOCATION": "/ca.pem", "KAFKA_A__B_C": "1",
                    "KAFKA_PORT": "tcp://10.0.0.1:9092", "KAFKA_SERVICE_HOST": "10.0.0.1",
                ], file: ["KAFKA_SSL_CA_LOCATION": "/other"]))
        #expect(settings.passedOn(prefix: "kafka") == ["ssl.ca.location": "/ca.pem", "a_b.c": "1"])
    }

    @Test func readsEnvironmentFiles() {
        let text = """
            # comment
            A=1
              export B = "two words"
            C='#not a comment'
            no equals sign
            D=a=b
            """
        #expect(
            SettingSources.parseEnvironmentFile(text) == [
                "A": "1", "B": "two words", "C": "#not a comment", "D": "a=b",
            ])
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("0s", .seconds(0)),
    ])
    func durations(text: String, value: Duration) {
        #expect(Duration(settingText: text) == value)
        #expect(value.settingText == text)
    }

    @Test(arguments: ["", "5", "5 s", "-1s", "s", "1d", "99999999999s"])
    func notDurations(text: String) { #expect(Duration(settingText: text) == nil) }

    @Test func markdownTable() {
        #expect(
            SettingsTable.markdown([Self.port.declaration, Self.city.declaration]) == """
                | Variable | Value | Default | Meaning |
                | -- | -- | -- | -- |
                | `HTTP_PORT` | whole number, 0…65535 | `7100` | port |
                | `CITY_NAME` | text | required | city |

                """)
    }

    @Test(arguments: [
        ("postgres://u:secret@h:5432/d?x=1", "postgres://u:***@h:5432/d?x=1"), ("postgres://u@h/d", "postgres://u@h/d"),
        ("host=h password=secret user=u", "host=h password=*** user=u"),
        ("postgres://u:p@ss@h/d", "postgres://u:***@h/d"),
        ("postgres://h/d?user=u&password=secret", "postgres://h/d?user=u&password=***"),
    ])
    func passwordsInURLsAreHidden(url: String, shown: String) {
        #expect(SettingName.hidingPassword(inURL: url) == shown)
    }

    @Test func standardSettingsAreValidByDefault() throws {
        let settings = try Settings(StandardSettings.all(httpPort: 7101), from: SettingSources())
        #expect(settings[StandardSettings.httpPort] == 7101)
        #expect(settings[StandardSettings.eventLog] == .postgres)
        #expect(settings[StandardSettings.shutdownTimeout] == .seconds(10))
    }
}
