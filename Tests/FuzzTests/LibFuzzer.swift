import Foundation

/// What libFuzzer calls. The target is chosen by `FUZZ_TARGET`, so that one program holds all of them.
private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("FUZZ_TARGET must be one of", FuzzTarget.all.map(\.name).joined(separator: ", "))
        exit(64)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        // A copy on the heap: reading past its end is seen.
        try chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        FileHandle.standardError.write(Data("broken promise: \(error)\n".utf8))
        // libFuzzer keeps the input of what ends here.
        abort()
    }
    return 0
}
