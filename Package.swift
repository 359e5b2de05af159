// swift-tools-version:6.2
import PackageDescription

// A function on purpose: SwiftPM shares stored settings between targets by reference.
func settings() -> [SwiftSetting] {
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + instrumentation()
}

/// Flags for our own code alone; what others wrote stays as it is.
///
/// `scripts/fuzz.sh` wants it optimised, its branches counted and its memory watched. `scripts/microbench.sh` wants the
/// insides of optimised modules to be seen, as tests see those of the others.
func instrumentation() -> [SwiftSetting] {
    if Context.environment["WANGGE_FUZZ"] != nil { return [.unsafeFlags(["-O", "-sanitize=fuzzer,address"])] }
    if Context.environment["WANGGE_MICROBENCH"] != nil { return [.unsafeFlags(["-enable-testing"])] }
    return []
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A shared library under `Shared/<name>`.
@MainActor func shared(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], more: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources,
        swiftSettings: settings() + more)
}

/// One of the five services: they all stand on the same shared libraries and differ only in what they do.
@MainActor func service(_ name: String, resources: [Resource] = [.embedInCode("Migrations")]) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit",
            hummingbird, httpTypes, nioCore, lifecycle, logging, metrics, crypto,
        ],
        path: "Services/\(name)",
        resources: resources,
        swiftSettings: settings()
    )
}

@MainActor func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
        swiftSettings: settings())
}

let package = Package(
    name: "wangge",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "intake", targets: ["Intake"]),
        .executable(name: "router", targets: ["Router"]),
        .executable(name: "sla-watcher", targets: ["SLAWatcher"]),
        .executable(name: "rewards", targets: ["Rewards"]),
        .executable(name: "analytics", targets: ["Analytics"]),
        .executable(name: "gridctl", targets: ["Gridctl"]),
    ],
    dependencies: [
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["ConfigurationSupport"]),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // C libraries from the distribution's packages.
        .systemLibrary(
            name: "CLibpq", path: "Shared/CLibpq", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .systemLibrary(
            name: "CLibrdkafka", path: "Shared/CLibrdkafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),

        // Shared libraries.
        shared("City", []),
        shared("Messages", ["City"]),
        shared("Threads", []),
        shared("Postgres", ["CLibpq", "Threads", logging, metrics]),
        shared("Kafka", ["CLibrdkafka", "Threads", logging, metrics]),
        shared(
            "EventLog", ["City", "Messages", "Threads", "Postgres", "Kafka", logging, metrics],
            resources: [.embedInCode("Migrations")],
            // Tests plant faults in debug builds alone: see Shared/EventLog/PlantedFault.swift.
            more: [.define("PLANTED_FAULTS", .when(configuration: .debug))]),
        shared("CityStore", ["City", "Postgres", logging], resources: [.embedInCode("Migrations")]),
        shared(
            "ServiceKit",
            [
                "City", "CityStore", "Messages", "Postgres", "Kafka", "EventLog", hummingbird, lifecycle, configuration,
                crypto,
                jwt, httpTypes, nioCore, logging, metrics,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ]),

        // The five services and the operator's command line.
        service("Intake"),
        service("Router"),
        service("SLAWatcher"),
        service("Rewards"),
        service("Analytics", resources: [.embedInCode("Migrations"), .embedInCode("Page")]),
        .executableTarget(
            name: "Gridctl",
            dependencies: [
                "City", "CityStore", "Messages", "Threads", "Postgres", "Kafka", "EventLog", "ServiceKit",
                arguments, hummingbird, httpClient, crypto, logging, nioCore,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Services/Gridctl",
            swiftSettings: settings()
        ),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["City", "Messages", "Postgres", "CLibrdkafka", logging],
            path: "Tests/TestSupport",
            swiftSettings: settings()),
        .executableTarget(
            name: "MockBroker", dependencies: ["TestSupport"], path: "Tests/MockBroker", swiftSettings: settings()),
        tests("CityTests", ["City", "TestSupport"]),
        tests("MessagesTests", ["City", "Messages", "TestSupport"]),
        tests("PostgresTests", ["Postgres", "TestSupport", logging, metrics]),
        tests("KafkaTests", ["Kafka", "TestSupport", logging, metrics]),
        tests("ContractTests", ["City", "Messages", "Postgres", "Kafka", "EventLog", "TestSupport", logging]),
        tests("CityStoreTests", ["City", "CityStore", "Postgres", "TestSupport", logging]),
        tests(
            "ServiceKitTests",
            [
                "City", "Messages", "EventLog", "ServiceKit", hummingbird, httpTypes, nioCore, logging, metrics, crypto,
                jwt, lifecycle,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests(
            "IntakeTests",
            [
                "Intake", "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit", "TestSupport", logging,
                nioCore,
            ]),
        tests(
            "RouterTests",
            [
                "Router", "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit", "TestSupport", logging,
                nioCore,
            ]),
        tests(
            "SLAWatcherTests",
            [
                "SLAWatcher", "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit", "TestSupport",
                logging,
            ]),
        tests(
            "RewardsTests",
            ["Rewards", "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit", "TestSupport", logging]),
        tests(
            "AnalyticsTests",
            [
                "Analytics", "City", "CityStore", "Messages", "Postgres", "EventLog", "ServiceKit", "TestSupport",
                logging,
                hummingbird, httpTypes, nioCore, .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests(
            "GridctlTests",
            ["Gridctl", "Intake", "City", "CityStore", "Messages", "Postgres", "EventLog", "TestSupport", logging]),
        tests(
            "CrashPointTests",
            [
                "Intake", "Router", "SLAWatcher", "Rewards", "Analytics", "City", "CityStore", "Messages", "Postgres",
                "Kafka", "EventLog", "TestSupport", logging,
            ]),
        tests(
            "FuzzTests",
            [
                "Intake", "Router", "Rewards", "Analytics", "Gridctl", "City", "CityStore", "Messages", "Postgres",
                "Kafka", "EventLog", "ServiceKit", "TestSupport", httpTypes,
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ], exclude: ["Corpus", "Dictionaries"]),
        tests(
            "Benchmarks",
            [
                "Intake", "Router", "SLAWatcher", "Gridctl", "City", "CityStore", "Messages", "Postgres", "EventLog",
                "ServiceKit", "TestSupport", hummingbird, logging,
            ], exclude: ["peers", "README.md"]),
        tests(
            "EndToEndTests",
            [
                "City", "CityStore", "Messages", "Postgres", "Kafka", "EventLog", "ServiceKit", "TestSupport",
                httpClient, crypto, logging, nioCore, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
    ]
)
