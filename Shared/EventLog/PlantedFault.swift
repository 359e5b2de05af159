#if PLANTED_FAULTS && !DEBUG
#error("faults are planted in debug builds alone; a release build must not define PLANTED_FAULTS")
#endif

import Logging

#if PLANTED_FAULTS
import FoundationEssentials
#endif

/// A fault that a test plants in running services, to see that `gridctl audit` finds it.
///
/// `FAULT_PLANTED_BY_A_TEST` names one; it is read once. Only debug builds know the names: in a release build nothing is ever
/// active, and the compiler drops what asks: public and inlinable, so that it can in other modules, too.
public enum PlantedFault: CaseIterable, Sendable {
    /// Numbers of messages are not compared: repeats are handled again.
    case noTapeCheck
    /// A lane commits whoever owns it by now, from whatever position.
    case noFencing
    /// What is unsent is looked for beyond the last number sent.
    case cursorOverOutbox
    /// Two senders share the messages of a lane.
    case twoRelays
    /// A clock fires and its row stays as it was.
    case fireWithoutStateChange
    /// A balance is read, and written later from what was read.
    case readThenWriteBalance
    /// Messages go out before the transaction that causes them commits.
    case produceBeforeCommit
    /// An award does not say by which version of the rules it was made.
    case awardWithoutRuleVersion
    /// The trigger that keeps all balances together zero is not there.
    case missingConstraintTrigger
    /// Contact data is logged.
    case contactInLog

    #if PLANTED_FAULTS
    /// Names the fault to a process.
    package static let variable = "FAULT_PLANTED_BY_A_TEST"

    private static let active: PlantedFault? = {
        guard let name = ProcessInfo.processInfo.environment[variable], !name.isEmpty else { return nil }
        guard let fault = allCases.first(where: { $0.name == name }) else {
            // A test that believes it has planted something must not go on without it.
            fatalError("no fault is called \(name)")
        }
        return fault
    }()

    /// How ``variable`` names it.
    package var name: String {
        switch self {
        case .noTapeCheck: "no-tape-check"
        case .noFencing: "no-fencing"
        case .cursorOverOutbox: "cursor-over-outbox"
        case .twoRelays: "two-relays"
        case .fireWithoutStateChange: "fire-without-state-change"
        case .readThenWriteBalance: "read-then-write-balance"
        case .produceBeforeCommit: "produce-before-commit"
        case .awardWithoutRuleVersion: "award-without-rule-version"
        case .missingConstraintTrigger: "missing-constraint-trigger"
        case .contactInLog: "contact-in-log"
        }
    }

    public var isActive: Bool { Self.active == self }

    /// Says in the log that this process is faulty on purpose.
    static func announce(_ logger: Logger) {
        guard let active else { return }
        logger.critical("a fault is planted in this process", metadata: ["fault": "\(active.name)"])
    }
    #else
    @inlinable public var isActive: Bool { false }

    static func announce(_ logger: Logger) {}
    #endif
}
