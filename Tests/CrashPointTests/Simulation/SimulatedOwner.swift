import City
import Messages

@testable import EventLog

/// One process's hold on a lane, with all it has in memory.
final class SimulatedOwner {
    let identity: LaneIdentity
    private let suite: SimulatedSuite
    private let epoch: Int64
    private var position: Int64
    private var tape: Tape
    private var numbers: TapeNumbers
    private var parkedSubjects: Set<String>
    private var time = LaneTime()
    private var caughtUp = false
    private var handler: any SimulatedHandler
    /// Committed and not yet published, by an owner that was frozen in between.
    private var pending: [LogFrame] = []
    private(set) var isAtRest = false

    /// Thrown when the process is gone, or has lost its connection: what is in memory means nothing any more.
    struct Died: Error {}
    /// Thrown when the process stands still, to go on later.
    struct Frozen: Error {}

    /// Claims the lane, and publishes what its last owner left.
    init(_ identity: LaneIdentity, suite: SimulatedSuite) throws {
        self.identity = identity
        self.suite = suite
        var row = suite.store.lanes[identity.id] ?? .init()
        row.epoch += 1
        suite.store.lanes[identity.id] = row
        epoch = row.epoch
        position = row.nextOffset
        tape = Tape(row.seen, acceptsLateStart: false)
        numbers = TapeNumbers(row.sent)
        parkedSubjects = Set(
            suite.store.deadLetters.filter { $0.lane == identity.id && !$0.isReplayed }.map(\.message.subject))
        handler = suite.makeHandler(identity)
        try publishLeftovers()
    }

    // MARK: One round

    func step() throws {
        isAtRest = false
        if !pending.isEmpty {
            let frames = pending
            pending = []
            try publish(frames)
        }
        if identity.input == LaneIdentity.httpInput { try answerRequests() } else { try readAndHandle() }
    }

    private func answerRequests() throws {
        let requests = suite.takeRequests(for: identity)
        isAtRest = requests.isEmpty
        guard !requests.isEmpty else { return }
        let (answers, frames) = try commit(from: 0, to: 0) { store, now, output in
            try requests.map { try handler.answer($0, now: now, in: &store, output: &output) }
        }
        for (request, answer) in zip(requests, answers) { suite.answered(request, answer, by: identity) }
        try publish(frames)
    }

    private func readAndHandle() throws {
        let replayed = try replay()
        let log = suite.messages(identity)
        let most = suite.batchSize()
        let fetched = Array(log.dropFirst(Int(position)).prefix(most))
        caughtUp = fetched.count < most
        if let last = fetched.last, !suite.has(.tapes) {
            try handleOrFindFault(fetched, upTo: last.offset + 1)
        } else if !fetched.isEmpty {
            let reading = TapeReading(fetched, tape: tape)
            if reading.gap != nil { caughtUp = false }
            if reading.next > position { try handleOrFindFault(reading.fresh, upTo: reading.next) }
        }
        let ticked = try tickIfDue()
        isAtRest = fetched.isEmpty && !ticked && !replayed
    }

    private func handleOrFindFault(
        _ messages: [Message], upTo next: Int64, rejecting: [Int64: String] = [:]
    ) throws {
        do {
            try handle(messages, upTo: next, rejecting: rejecting)
        } catch let error where !(error is Died || error is Frozen) {
            switch FaultSearch(after: FailureVerdict(error), of: messages, rejecting: rejecting) {
            case .again(let rejecting):
                handler = suite.makeHandler(identity)
                try handleOrFindFault(messages, upTo: next, rejecting: rejecting)
            case .finally(let rejecting):
                handler = suite.makeHandler(identity)
                try handle(messages, upTo: next, rejecting: rejecting)
            case .halves(let middle):
                handler = suite.makeHandler(identity)
                try handleOrFindFault(Array(messages[..<middle]), upTo: messages[middle].offset, rejecting: rejecting)
                try handleOrFindFault(Array(messages[middle...]), upTo: next, rejecting: rejecting)
            case .none:
                throw error
            }
        }
    }

    private func handle(_ messages: [Message], upTo next: Int64, rejecting: [Int64: String]) throws {
        var newTape = tape
        for message in messages { newTape.note(message) }
        let parking = Parking(messages, behind: parkedSubjects, rejecting: rejecting)
        if let last = messages.last { time.noteHandled(last) }
        var failed: [LaneOutput.DeadLetter] = []
        let (_, frames) = try commit(
            from: position, to: next, tape: newTape, handled: parking.toHandle, parked: parking.parked
        ) { store, now, output in
            for message in parking.rejected { output.deadLetter(message, reason: rejecting[message.offset] ?? "") }
            if let poison = parking.toHandle.first(where: { suite.isPoison($0, for: identity) }) {
                // Half of them say which message it is, the others must be found.
                if poison.offset.isMultiple(of: 2) { throw MessageRejected(offset: poison.offset, reason: "poison") }
                throw SimulatedPoison()
            }
            if !parking.toHandle.isEmpty {
                try handler.handle(parking.toHandle, now: now, in: &store, output: &output)
            }
            failed = output.deadLetters
            try parking.refuseOvertaking(of: failed)
        }
        newTape.stored()
        tape = newTape
        position = next
        if suite.has(.parking) {
            for message in failed.map(\.message) + parking.parked { parkedSubjects.insert(message.subject) }
        }
        try publish(frames)
    }

    private func tickIfDue() throws -> Bool {
        guard let due = handler.nextTick,
            let latest = suite.has(.logTime) ? time.latest(caughtUp: caughtUp) : suite.now
        else { return false }
        let now = min(latest, suite.now)
        guard due <= now else { return false }
        let log = suite.messages(identity)
        if position < log.count, now > log.prefix(Int(position)).map(\.time).max() ?? .earliest {
            suite.observe("\(identity) ticked at \(now.rfc3339), ahead of the log")
        }
        let (_, frames) = try commit(from: position, to: position, at: now) { store, now, output in
            try handler.tick(now: now, in: &store, output: &output)
        }
        try publish(frames)
        return true
    }

    /// Handles again what was set aside, once an operator wants it.
    private func replay() throws -> Bool {
        guard suite.isMended, !parkedSubjects.isEmpty else { return false }
        let messages = suite.store.deadLetters.filter { $0.lane == identity.id && !$0.isReplayed }.map(\.message)
            .sorted { $0.offset < $1.offset }
        guard !messages.isEmpty else { return false }
        let id = identity.id
        let (_, frames) = try commit(from: position, to: position, handled: messages) { store, now, output in
            try handler.handle(messages, now: now, in: &store, output: &output)
            for index in store.deadLetters.indices where store.deadLetters[index].lane == id {
                store.deadLetters[index].isReplayed = true
            }
        }
        parkedSubjects = []
        try publish(frames)
        return true
    }

    // MARK: Transactions

    private func commit<Result>(
        from first: Int64, to next: Int64, tape: Tape? = nil, handled: [Message] = [], parked: [Message] = [],
        at moment: Timestamp? = nil,
        _ body: (inout SimulatedStore, Timestamp, inout LaneOutput) throws -> Result
    ) throws -> (Result, [LogFrame]) {
        var store = suite.store
        guard var row = store.lanes[identity.id], row.epoch == epoch || !suite.has(.epochs), row.nextOffset <= first
        else { throw LaneError(.fenced, "the lane has another owner") }
        let now = moment ?? suite.now
        var output = LaneOutput()
        let result = try body(&store, now, &output)
        var messages = output.messages
        if suite.has(.parking) {
            let asides =
                output.deadLetters.map { SetAside(message: $0.message, parked: false, reason: $0.reason) }
                + parked.map { SetAside(message: $0, parked: true, reason: "parked behind an earlier message") }
            store.deadLetters += asides.map { .init(lane: identity.id, message: $0.message) }
            messages += asides.map { $0.publication(now: now, service: identity.service) }
        }
        let (frames, newNumbers) = numbers.frames(
            of: messages, source: identity.service, partitions: { SimulatedSuite.partitions(of: $0) })
        row.nextOffset = next
        row.sent.merge(newNumbers) { $1 }
        if let tape { for producer in tape.changed.keys { row.seen[producer] = tape.lastNumber[producer] } }
        let setAside = Set(output.deadLetters.map(\.message.offset))
        row.handled += handled.filter { !setAside.contains($0.offset) }.map(\.id)
        store.lanes[identity.id] = row
        for frame in frames {
            if suite.kind == .postgres {
                try store.log.append(frame, producer: identity.id)
            } else if suite.has(.commitBeforePublishing) {
                store.lastOutboxID += 1
                store.outbox.append(.init(id: store.lastOutboxID, lane: identity.id, frame: frame))
            } else {
                try suite.send(frame, from: identity)
            }
        }
        let fault = suite.takeFault(.lostBeforeCommit) ?? suite.takeFault(.answerLost)
        if fault == .lostBeforeCommit { throw Died() }
        suite.store = store
        if fault == .answerLost { throw Died() }
        numbers.commit(newNumbers)
        return (result, frames)
    }

    // MARK: Publishing

    private func publish(_ frames: [LogFrame]) throws {
        guard suite.kind == .kafka, suite.has(.commitBeforePublishing), !frames.isEmpty else { return }
        if suite.takeFault(.diesBeforePublishing) != nil { throw Died() }
        if suite.takeFault(.freezesBeforePublishing) != nil {
            pending = frames
            throw Frozen()
        }
        for frame in frames {
            if suite.takeFault(.diesWhilePublishing) != nil {
                try suite.send(frame, from: identity, most: frame.count / 2)
                throw Died()
            }
            try suite.send(frame, from: identity)
        }
        if suite.takeFault(.diesBeforeRemoval) != nil { throw Died() }
        suite.store.outbox.removeAll { row in
            row.lane == identity.id
                && frames.contains {
                    $0.topic == row.frame.topic && $0.partition == row.frame.partition
                        && $0.firstNumber == row.frame.firstNumber
                }
        }
        suite.store.outboxCursor = suite.store.lastOutboxID
    }

    private func publishLeftovers() throws {
        let cursor = suite.has(.outboxWithoutCursor) ? 0 : suite.store.outboxCursor
        let left = suite.store.outbox.filter { $0.lane == identity.id && $0.id > cursor }
        try publish(left.map(\.frame))
    }
}

/// A handler that fails and cannot say for which message.
struct SimulatedPoison: Error {}
