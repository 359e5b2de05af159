import City
import EventLog
import Kafka
import Logging
import Messages
import Postgres
import TestSupport
import Testing

/// A running suite moves between the logs, and its lanes go on as if nothing had happened.
@Suite(.serialized)
struct LogCopyTests {
    @Test func aSuiteMovesToKafkaAndBack() async throws {
        let town = try CopyTown()
        try await town.live(on: .postgres) { try await $0.publish(120) }
        try await town.live(on: .postgres, reads: false) { try await $0.publish(80) }

        let there = try town.copy(to: .kafka)
        #expect(there.from == .postgres)
        #expect(there.messages == 80, "only what the reader still needs")
        try await town.live(on: .kafka) { try await $0.publish(100) }
        try await town.live(on: .kafka, reads: false) { try await $0.publish(50) }

        let back = try town.copy(to: .postgres)
        #expect(back.from == .kafka)
        #expect(back.messages == 50)
        try await town.live(on: .postgres) { try await $0.publish(30) }

        let read = try town.read()
        #expect(read.count == 380)
        for (key, numbers) in Dictionary(grouping: read, by: \.key).mapValues({ $0.map(\.number) }) {
            #expect(numbers == numbers.sorted(), "messages of \(key) are out of order")
            #expect(Set(numbers).count == numbers.count, "messages of \(key) were read twice")
        }
        // Nothing is left of the first stay in PostgreSQL; offsets went on from there.
        #expect(try town.copy(to: .postgres).from == nil)
    }

    @Test func itRefusesWhileAServiceRuns() async throws {
        let town = try CopyTown()
        try await town.live(on: .postgres) { town in
            #expect(throws: LogCopyError.servicesRun(["maker", "reader"])) { try town.copy(to: .kafka) }
        }
        #expect(try town.copy(to: .kafka).from == .postgres)
    }

    @Test(.enabled(if: ProcessEnvironment.kafka == nil, "a real broker cannot be taken away by a test"))
    func aBrokenOffCopyGoesOn() async throws {
        let town = try CopyTown()
        try await town.live(on: .postgres, reads: false) { try await $0.publish(1_500) }
        var first = true
        #expect(throws: LaneError.self) {
            _ = try town.copy(to: .kafka, patienceMilliseconds: 1_000) { _ in
                if first { town.kafka?.brokerDown() }
                first = false
            }
        }
        #expect(try town.log() == .postgres)
        town.kafka?.brokerUp()
        #expect(try town.copy(to: .kafka).messages == 1_500)
        try await town.live(on: .kafka) { _ in }
        #expect(try town.read().count == 1_500)
    }

    @Test func topicsWithOtherMessagesAreRefused() async throws {
        let town = try CopyTown()
        try await town.live(on: .postgres, reads: false) { try await $0.publish(5) }
        try Suite.ensureKafkaTopics(
            [town.topic: CopyTown.partitions], kafka: town.kafkaSettings, logger: CopyTown.logger)
        let producer = try KafkaProducer(town.kafkaSettings, logger: CopyTown.logger)
        let stranger = KafkaRecordToSend(topic: town.topic.name, partition: 1, key: [1], value: [2])
        _ = try producer.send([stranger], timeoutMilliseconds: 5_000)
        producer.close(timeoutMilliseconds: 1_000)
        #expect(throws: LogCopyError.otherMessages(topic: town.topic.name, partition: 1, offset: 0)) {
            try town.copy(to: .kafka)
        }
        #expect(try town.log() == .postgres)
    }

    @Test func deadLettersStayReplayable() async throws {
        let town = try CopyTown()
        try town.refuse(true)
        try await town.live(on: .postgres) { try await $0.publish(6) }
        #expect(try town.read().isEmpty)
        _ = try town.copy(to: .kafka)
        #expect(try town.deadOffsets().allSatisfy { $0 < 0 })
        // Offsets at the broker begin anew: what is refused there must not be taken for what was refused before.
        try await town.live(on: .kafka) { try await $0.publish(6) }
        #expect(try town.deadOffsets().count == 12)
        try town.refuse(false)
        try await town.live(on: .kafka) { town in
            try town.requestReplay()
            try await town.wait { try town.read().count == 12 }
        }
        for (key, numbers) in Dictionary(grouping: try town.read(), by: \.key).mapValues({ $0.map(\.number) }) {
            #expect(numbers == numbers.sorted(), "messages of \(key) are out of order")
        }
    }

    @Test func aSuiteThatNeverRanHasNothingToCopy() throws {
        let database = try PrivatePostgres.shared().createDatabase()
        let settings = try PostgresSettings(url: database)
        let session = try PostgresSession(settings, logger: CopyTown.logger)
        try Suite.migrator.migrate(session)
        let copy = LogCopy(
            postgres: settings, kafka: KafkaSettings(bootstrapServers: "localhost:1", clientID: "test"), to: .kafka,
            logger: CopyTown.logger)
        #expect(throws: LogCopyError.neverRan) { try copy.run() }
    }
}
