import Testing

@testable import Gridctl

@Suite("Comma-separated files")
struct ProfileTableTests {
    private func read(_ text: String, _ faults: FaultList = FaultList()) -> [[String]]? {
        CSVTable(text, file: "t.csv", columns: ["a", "b"], faults: faults)?.rows.map {
            ["\($0.line)", $0["a"], $0["b"]]
        }
    }

    @Test("Quotes, remarks, line ends and the byte-order mark")
    func dialect() {
        let text =
            "\u{FEFF}# remark, with a comma\r\na,b\r\n1,\"two, \"\"three\"\"\"\r\n\r\n\"x\ny\",z\n# another\n4, 5 "
        #expect(read(text) == [["3", "1", "two, \"three\""], ["5", "x\ny", "z"], ["8", "4", "5"]])
    }

    @Test("Columns may be in any order")
    func order() {
        #expect(read("b,a\n1,2\n") == [["2", "2", "1"]])
    }

    @Test("What was written is read back")
    func roundTrip() {
        let rows = [["1", "a,b"], ["\"q\"", "line\nbreak"], ["#no remark", ""]]
        let text = CSVText.write(remark: "notice", header: ["a", "b"], rows: rows)
        #expect(read(text)?.map { Array($0.dropFirst()) } == rows)
    }

    @Test(
        "Bad quoting names the line",
        arguments: [("a,b\n1,2\n\"3,4\n", 3), ("a,b\n1,\"2\"x\n", 2), ("a,b\n1,2\"\n", 2)])
    func syntax(text: String, line: Int) {
        let faults = FaultList()
        #expect(read(text, faults) == nil)
        #expect(faults.sorted.map(\.row) == [line])
        #expect(faults.sorted.map(\.kind) == [.syntax])
    }
}
