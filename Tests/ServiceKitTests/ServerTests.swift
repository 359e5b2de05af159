import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServiceKit

/// A real server on a real socket, spoken to in bytes.
@Suite struct ServerTests {
    /// Sends the text, then reads until the server closes.
    static func exchange(port: Int, _ pieces: [String]) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            for piece in pieces { try await outbound.write(ByteBuffer(string: piece)) }
            var answer = ""
            for try await bytes in inbound { answer += String(buffer: bytes) }
            return answer
        }
    }

    static func withServer(
        _ settings: HTTPServerSettings, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let fixture = try await HTTPFixture()
        let (ports, started) = AsyncStream.makeStream(of: Int.self)
        let application = HTTPServer.application(
            routes: fixture.routes, settings: settings, logger: fixture.collected.logger(level: .info)
        ) { started.yield($0) }
        let group = ServiceGroup(services: [application], logger: fixture.collected.logger())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(port)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func aTrickledBodyIsCutOff() async throws {
        try await Self.withServer(HTTPServerSettings(readTimeout: .milliseconds(200))) { port in
            let start = ContinuousClock.now
            let head =
                "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
            let answer = try await Self.exchange(port: port, [head, "{"])
            #expect(answer == "")
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await Self.withServer(HTTPServerSettings(idleTimeout: .milliseconds(200))) { port in
            for pieces in [[], ["GET /hello HTTP/1.1\r\nHo"]] {
                let answer = try await Self.exchange(port: port, pieces)
                #expect(answer == "")
            }
        }
    }

    @Test func aRefusedBodyStillGetsItsAnswer() async throws {
        try await Self.withServer(HTTPServerSettings()) { port in
            let head =
                "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n"
            let answer = try await Self.exchange(port: port, [head, String(repeating: "x", count: 200_000)])
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("/problems/too-large"))
        }
    }

    @Test func oversizedHeadersAreRefused() async throws {
        try await Self.withServer(HTTPServerSettings()) { port in
            let head = "GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 20_000))\r\n\r\n"
            let answer = try await Self.exchange(port: port, [head])
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func requestsOfOneConnectionAreAnsweredInTurn() async throws {
        try await Self.withServer(HTTPServerSettings()) { port in
            let request = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
            let last = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try await Self.exchange(port: port, [request, request + last])
            #expect(answer.ranges(of: "HTTP/1.1 200 OK").count == 3)
        }
    }
}
