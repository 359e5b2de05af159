import Foundation
import Messages
import TestSupport
import Testing

/// Python's `jsonschema`, which knows draft 2020-12; nil when this machine has none.
private enum Validator {
    static let isPresent: Bool = {
        let present = (try? run(["-c", "import jsonschema"]))?.status == 0
        if !present { print("SKIPPED: schemas are not checked, install Python's jsonschema (apt: python3-jsonschema)") }
        return present
    }()

    /// Checks the schemas themselves, then each line of standard input, `<type> <json>`; prints what does not hold.
    static let program = """
        import json, pathlib, sys
        from jsonschema import Draft202012Validator
        validators = {}
        for path in pathlib.Path(sys.argv[1]).glob("*.json"):
            schema = json.loads(path.read_text())
            Draft202012Validator.check_schema(schema)
            if schema["$id"].rsplit("/", 1)[-1] != path.name: print(path.name, "has another $id")
            validators[path.stem] = Draft202012Validator(schema)
        for line in pathlib.Path(sys.argv[2]).read_text().split("\\n"):
            if not line: continue
            kind, text = line.split(" ", 1)
            for error in validators[kind].iter_errors(json.loads(text)):
                print(kind, error.json_path, error.message[:200])
        """

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// What does not fit; nil when everything does.
    static func complaints(about documents: [(type: String, json: [UInt8])]) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "messages-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        let lines = documents.map { "\($0.type) \(String(decoding: $0.json.filter { $0 != 0x0A }, as: UTF8.self))" }
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        let (status, output) = try run(["-c", program, Repository.schemas.path, file.path])
        return status == 0 && output.isEmpty ? nil : output
    }
}

@Suite("Schemas of messages", .enabled(if: Validator.isPresent))
struct SchemaTests {
    @Test("Each kind has a schema and a fixture, and there are no others but the publishers' event")
    func names() throws {
        let kinds = Set(MessageKind.all.map(\.type) + ["wangge.report.submitted.v1"])
        #expect(try Repository.names(in: Repository.schemas) == kinds)
        #expect(try Repository.names(in: Repository.fixtures) == kinds)
    }

    @Test("Fixtures fit their schemas")
    func fixtures() throws {
        let documents = try Repository.names(in: Repository.fixtures).sorted().map { ($0, try Repository.fixture($0)) }
        #expect(try Validator.complaints(about: documents) == nil)
    }

    @Test("Random messages of each kind fit their schemas")
    func random() throws {
        let seed = freshSeed("schemas")
        var random = RandomMessages(seed: seed)
        let documents = MessageKind.all.flatMap { kind in
            (0..<300).map { _ in (type: kind.type, json: kind.make(&random).payload) }
        }
        #expect(try Validator.complaints(about: documents) == nil, "seed \(seed)")
    }

    @Test("Schemas are strict: a member missing, unknown, or of another kind does not pass", arguments: MessageKind.all)
    func strict(kind: MessageKind) throws {
        let text = String(decoding: try Repository.fixture(kind.type), as: UTF8.self)
        let broken = [text.replacing("\":", with: "x\":", maxReplacements: 1), "[]", text.replacing("Z\"", with: "\"")]
        for document in broken {
            #expect(try Validator.complaints(about: [(kind.type, Array(document.utf8))]) != nil, "\(document)")
        }
    }
}
