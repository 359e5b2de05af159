import Messages

extension FuzzTarget {
    static let privacyTargets = [FuzzTarget("scrubber") { try Scrubbing.check($0) }]
}

/// No mobile number and no identity number that stands alone passes, and nothing else of the text is touched.
private enum Scrubbing {
    static func check(_ bytes: [UInt8]) throws {
        let text = bytes.text
        let scrubbed = Scrubber.scrub(text)
        if let left = mobile(in: Array(scrubbed.utf8)) {
            throw BrokenPromise(description: "a mobile number is left at byte \(left) of \(scrubbed.debugDescription)")
        }
        if scrubbed == text { return }
        try promise(
            scrubbed.utf8.contains(0x5B) && scrubbed.utf8.contains(0x5D), "something was taken out without a mark")
        try promise(Scrubber.scrub(scrubbed) == Scrubber.scrub(Scrubber.scrub(scrubbed)), "it never comes to rest")
    }

    /// Eleven ASCII digits that begin like a mobile number, with no letter nor digit beside them, and no character that may
    /// be one in another width.
    private static func mobile(in text: [UInt8]) -> Int? {
        func joins(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
        }
        var start = 0
        while start < text.count {
            guard joins(text[start]) else {
                start += 1
                continue
            }
            let end = text[start...].firstIndex { !joins($0) } ?? text.count
            let run = text[start..<end]
            if run.count == 11, run[start] == 0x31, run[start + 1] >= 0x33, run.allSatisfy({ $0 <= 0x39 }) {
                return start
            }
            start = end
        }
        return nil
    }
}
