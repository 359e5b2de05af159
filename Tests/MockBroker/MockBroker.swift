import TestSupport

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A mock Kafka cluster as a process of its own, so that several services can share it in end-to-end tests.
///
///     MockBroker --port-file FILE --topics reports:2,cases:4 [--brokers 1]
///
/// Writes its bootstrap address to standard output and, whole or not at all, to FILE; runs until SIGTERM or SIGINT.
/// At SIGUSR1 it cuts all connections and refuses new ones, until SIGUSR2.
@main
struct MockBroker {
    static func main() {
        let options = Options(CommandLine.arguments.dropFirst())
        // Blocked before the cluster starts threads, so that all of them leave the signals to us.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGUSR1, SIGUSR2] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        let kafka = MockKafka(brokers: options.brokers, topics: options.topics)
        if let file = options.portFile { publish(kafka.bootstrapServers, in: file) }
        print(kafka.bootstrapServers)
        fflush(nil)

        while true {
            var signal: Int32 = 0
            sigwait(&signals, &signal)
            switch signal {
            case SIGUSR1: kafka.brokerDown()
            case SIGUSR2: kafka.brokerUp()
            default: return withExtendedLifetime(kafka) {}
            }
        }
    }

    private static func publish(_ address: String, in path: String) {
        let temporary = path + ".new"
        guard let file = fopen(temporary, "w") else { usage("cannot write \(path)") }
        fputs(address + "\n", file)
        fclose(file)
        if rename(temporary, path) != 0 { usage("cannot write \(path)") }
    }

    static func usage(_ problem: String) -> Never {
        let text = "MockBroker: \(problem)\nusage: MockBroker --port-file FILE --topics name:partitions,…\n"
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(64)
    }
}

private struct Options {
    var portFile: String?
    var topics: [String: Int] = [:]
    var brokers = 1

    init(_ arguments: ArraySlice<String>) {
        var arguments = arguments
        while let name = arguments.popFirst() {
            guard let value = arguments.popFirst() else { MockBroker.usage("\(name) needs a value") }
            switch name {
            case "--port-file": portFile = value
            case "--topics": topics = Options.topics(value)
            case "--brokers":
                guard let count = Int(value), (1...3).contains(count) else { MockBroker.usage("1 to 3 brokers") }
                brokers = count
            default: MockBroker.usage("\(name) is not an option")
            }
        }
    }

    private static func topics(_ list: String) -> [String: Int] {
        var topics: [String: Int] = [:]
        for entry in list.split(separator: ",") {
            let parts = entry.split(separator: ":")
            guard parts.count == 2, let partitions = Int(parts[1]), partitions > 0 else {
                MockBroker.usage("\(entry) is not name:partitions")
            }
            topics[String(parts[0])] = partitions
        }
        return topics
    }
}
