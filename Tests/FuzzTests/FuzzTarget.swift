/// One parser that meets bytes from outside, and what must hold whatever it is given.
///
/// `make fuzz` lets libFuzzer look for an input for which it does not hold; the tests hold it for the inputs that are kept.
struct FuzzTarget: Sendable {
    /// Also the name of the folder in `Corpus` and of the dictionary.
    let name: String
    /// Reads an input: returns whatever the input is, and throws ``BrokenPromise`` when a property does not hold.
    let run: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.run = run
    }

    static let all =
        jsonTargets + messageTargets + intakeTargets + timeTargets + privacyTargets + accessTargets + formTargets
        + queryTargets + storedTargets + profileTargets
}

/// A property that does not hold for an input.
struct BrokenPromise: Error, CustomStringConvertible {
    var description: String
}

/// Says what must hold.
func promise(_ holds: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String) throws {
    guard try holds() else { throw BrokenPromise(description: what()) }
}

extension [UInt8] {
    /// The input as text; what is no UTF-8 is replaced.
    var text: String { String(decoding: self, as: UTF8.self) }

    /// The first byte, which picks one of several readers, and the rest.
    var split: (choice: Int, rest: [UInt8]) { (Int(first ?? 0), Array(dropFirst())) }

    /// Lines up to the first empty one, and the bytes after it: how inputs with headers are written down.
    var headersAndBody: (headers: [(name: String, value: [UInt8])], body: [UInt8]) {
        var headers: [(name: String, value: [UInt8])] = []
        var rest = self[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.isEmpty { break }
            let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
            headers.append((Array(line[..<colon]).text, Array(line[colon...].dropFirst())))
        }
        return (headers, Array(rest))
    }
}
