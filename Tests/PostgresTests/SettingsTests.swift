import Postgres
import Testing
import TestSupport

@Suite struct SettingsTests {
    @Test func aURLIsUnderstoodAndItsPasswordHidden() throws {
        let settings = try PostgresSettings(url: "postgres://grid:s3cret@db.example:5544/city?sslmode=require")
        #expect(settings.host == "db.example" && settings.port == "5544")
        #expect(settings.user == "grid" && settings.database == "city")
        #expect(settings.description == "postgres://grid@db.example:5544/city")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("s3cret") && !String(reflecting: settings).contains("s3cret"))
    }

    @Test(arguments: ["", "postgres://x:s3cret@h/d?colour=s3cret", "s3cret", "postgres://h:s3cret%zz@x/", "a\0b"])
    func aBadURLIsRefusedWithoutRepeatingIt(_ url: String) throws {
        let error = try #require(postgresError { _ = try PostgresSettings(url: url) })
        #expect(error.code == .settings && !error.description.contains("s3cret"))
    }

    @Test func settingsReachTheServer() throws {
        var settings = try PostgresSettings(url: PrivatePostgres.shared().socketURL())
        settings.searchPath = ["a b", "public"]
        settings.applicationName = "测试 app"
        settings.statementTimeoutMilliseconds = 1_234
        settings.lockTimeoutMilliseconds = 2_345
        settings.idleInTransactionTimeoutMilliseconds = 3_456
        settings.parameters["jit"] = "off"
        let session = try PostgresSession(settings, logger: Fixture.logger)
        func show(_ name: String) throws -> String {
            try session.query("SELECT current_setting(\(name))").decode(String.self)[0]
        }
        #expect(try show("search_path") == #""a b","public""#)
        #expect(try show("statement_timeout") == "1234ms")
        #expect(try show("lock_timeout") == "2345ms")
        #expect(try show("idle_in_transaction_session_timeout") == "3456ms")
        #expect(try show("jit") == "off")
        #expect(try show("TimeZone") == "UTC")
        #expect(try show("client_encoding") == "UTF8")
    }

    @Test func aServerThatIsNotThereIsATransientError() throws {
        let settings = try PostgresSettings(url: "postgres://grid:s3cret@127.0.0.1:1/city")
        let error = try #require(postgresError { _ = try PostgresSession(settings, logger: Fixture.logger) })
        #expect(error.code == .connectionFailed && error.isTransient && !error.isConnectionLost)
        #expect(!error.description.contains("s3cret"))
    }

    @Test func aMissingDatabaseSaysSo() throws {
        let settings = try PostgresSettings(url: PrivatePostgres.shared().url(database: "nowhere"))
        let error = try #require(postgresError { _ = try PostgresSession(settings, logger: Fixture.logger) })
        #expect(error.description.contains("nowhere"))
    }
}
