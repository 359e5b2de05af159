import City
import Dispatch
import ServiceKit
import Synchronization

/// One terminal for many voices: lines of log, and a last line that says what is being done now.
///
/// Where nobody watches, there is no last line: each step is one line when it is done.
final class Screen: Sendable {
    private struct State {
        /// Steps under way; the last one is shown.
        var steps: [(id: Int, text: String, since: DispatchTime)] = []
        var nextID = 0
        var frame = 0
        var shown = false
        /// Turns the wheel while there is a step.
        var wheel: Task<Void, Never>?
    }

    let language: Language
    let isInteractive: Bool
    private let isQuiet: Bool
    private let state = Mutex(State())

    /// - Parameter isQuiet: Say nothing but faults.
    init(language: Language, isQuiet: Bool = false, isInteractive: Bool = Terminal.isInteractive) {
        self.language = language
        self.isQuiet = isQuiet
        self.isInteractive = isInteractive && !isQuiet
    }

    /// Prints a line above the one that says what is being done.
    func line(_ text: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            clear(&state)
            Terminal.say(text)
            draw(&state)
        }
    }

    func line(zh: String, en: String) { line(language == .zh ? zh : en) }

    /// Prints something a person must see even when the screen is quiet.
    func alarm(zh: String, en: String) {
        state.withLock { state in
            clear(&state)
            Terminal.complain(coloured(language == .zh ? zh : en, .red))
            draw(&state)
        }
    }

    /// Shows what is being done, and how long it has taken, until `body` returns.
    func step<Result>(
        zh: String, en: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        let text = language == .zh ? zh : en
        let started = DispatchTime.now()
        let id = begin(text, started)
        do {
            let result = try await body()
            end(id, text, since: started, mark: coloured("✓", .green))
            return result
        } catch {
            end(id, text, since: started, mark: coloured("✗", .red))
            throw error
        }
    }

    private func begin(_ text: String, _ started: DispatchTime) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.steps.append((state.nextID, text, started))
            draw(&state)
            if isInteractive, state.wheel == nil {
                state.wheel = Task { [weak self] in
                    while (try? await Task.sleep(for: .milliseconds(120))) != nil { self?.tick() }
                }
            }
            return state.nextID
        }
    }

    private func end(_ id: Int, _ text: String, since started: DispatchTime, mark: String) {
        state.withLock { state in
            clear(&state)
            state.steps.removeAll { $0.id == id }
            if !isQuiet { Terminal.say("\(mark) \(text)  \(coloured(Self.seconds(since: started), .grey))") }
            if state.steps.isEmpty {
                state.wheel?.cancel()
                state.wheel = nil
            }
            draw(&state)
        }
    }

    private func tick() {
        state.withLock { state in
            state.frame += 1
            clear(&state)
            draw(&state)
        }
    }

    private func draw(_ state: inout State) {
        guard isInteractive, let step = state.steps.last else { return }
        let wheel = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
        let turn = wheel[state.frame % wheel.count]
        Terminal.write("\(coloured(String(turn), .cyan)) \(step.text)  \(Self.seconds(since: step.since))")
        state.shown = true
    }

    private func clear(_ state: inout State) {
        guard state.shown else { return }
        Terminal.write("\r\u{1B}[2K")
        state.shown = false
    }

    private static func seconds(since started: DispatchTime) -> String {
        let tenths = (DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds) / 100_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }

    enum Colour: Int {
        case red = 31, green, yellow, blue, magenta, cyan
        case grey = 90
    }

    /// The text in a colour, where colours are shown.
    func coloured(_ text: String, _ colour: Colour) -> String {
        isInteractive ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
