import Dispatch
import Foundation
import Messages
import Synchronization
import Testing

/// Chromium with one page open, driven over a pipe by the DevTools protocol.
///
/// Messages are JSON, each ended by a zero byte; the browser reads from descriptor 3 and writes to descriptor 4.
final class HeadlessBrowser: Sendable {
    private struct State {
        var lastCall = 0
        var waiting: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
        var session = ""
    }

    private let process: ServiceProcess
    private let input: FileHandle
    private let state = Mutex(State())

    /// Path of a Chromium; nil when there is none.
    static let program: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
        .flatMap { name in
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(name)" }
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Opens a page and returns once it has loaded.
    static func open(_ url: String, directory: String) async throws -> HeadlessBrowser {
        let browser = try await HeadlessBrowser(directory: directory)
        let target = try await browser.call("Target.createTarget", ["url": url])["targetId"]?.string ?? ""
        let attached = try await browser.call("Target.attachToTarget", ["targetId": target], flags: ["flatten"])
        let session = try #require(attached["sessionId"]?.string)
        browser.state.withLock { $0.session = session }
        try await require("the page has loaded") {
            try await browser.evaluate("document.readyState") == "complete"
        }
        return browser
    }

    private init(directory: String) async throws {
        // A browser that has ended shows as an error of the write, not as the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let toBrowser = Pipe()
        let fromBrowser = Pipe()
        input = toBrowser.fileHandleForWriting
        process = try await ServiceProcess.start(
            try #require(Self.program),
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--remote-debugging-pipe", "--user-data-dir=\(directory)/browser", "about:blank",
            ], log: "\(directory)/browser.out",
            descriptors: [
                3: toBrowser.fileHandleForReading.fileDescriptor, 4: fromBrowser.fileHandleForWriting.fileDescriptor,
            ])
        // Ours would keep the pipes open beyond the browser's end.
        try toBrowser.fileHandleForReading.close()
        try fromBrowser.fileHandleForWriting.close()
        let output = fromBrowser.fileHandleForReading
        DispatchQueue(label: "browser output").async { [weak self] in
            var rest = Data()
            while case let data = output.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: 0) {
                    self?.receive(Array(rest[rest.startIndex..<end]))
                    rest = rest[(end + 1)...]
                }
            }
            self?.fail()
        }
    }

    func close() async {
        process.send(SIGKILL)
        _ = await process.ending
    }

    /// Evaluates an expression of JavaScript in the page.
    ///
    /// - Returns: the value if it is a text, else nil.
    func evaluate(_ expression: String) async throws -> String? {
        let answer = try await call("Runtime.evaluate", ["expression": expression], flags: ["returnByValue"])
        return answer["result"]?["value"]?.string
    }

    /// Text of the first element that a selector finds; nil when it finds none.
    func text(_ selector: String) async throws -> String? {
        try await evaluate("document.querySelector('\(selector)')?.textContent")
    }

    private func call(
        _ method: String, _ parameters: [String: String], flags: [String] = []
    ) async throws -> JSONValue {
        try await withCheckedThrowingContinuation { continuation in
            let (number, session) = state.withLock { state in
                state.lastCall += 1
                state.waiting[state.lastCall] = continuation
                return (state.lastCall, state.session)
            }
            var writer = JSONWriter()
            writer.object {
                $0.field("id", number)
                $0.field("method", method)
                if !session.isEmpty { $0.field("sessionId", session) }
                $0.key("params")
                $0.object { writer in
                    for (name, value) in parameters {
                        writer.key(dynamic: name)
                        writer.value(value)
                    }
                    for flag in flags {
                        writer.key(dynamic: flag)
                        writer.value(true)
                    }
                }
            }
            do { try input.write(contentsOf: Data(writer.bytes + [0])) } catch { fail() }
        }
    }

    private func receive(_ message: [UInt8]) {
        // Events have no number; nothing waits for them.
        guard let json = try? JSONDocument(message, limits: JSONLimits(bytes: 16 * 1_024 * 1_024)).root,
            let number = json["id"]?.int, let waiting = state.withLock({ $0.waiting.removeValue(forKey: number) })
        else { return }
        if let result = json["result"] {
            waiting.resume(returning: result)
        } else {
            waiting.resume(throwing: BrowserFailed(reason: json["error"]?["message"]?.string ?? "no result"))
        }
    }

    private func fail() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(throwing: BrowserFailed(reason: "the browser has ended")) }
    }
}

struct BrowserFailed: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the browser refused: \(reason)" }
}
