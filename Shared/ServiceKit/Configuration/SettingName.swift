/// The three spellings of a setting's name.
enum SettingName {
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
                !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
            }
    }

    /// `http.port` → `HTTP_PORT`
    static func environment(_ name: String) -> String {
        String(name.map { $0 == "." ? "_" : $0 }).uppercased()
    }

    /// `--http-port` → `http.port`
    static func dotted(option: some StringProtocol) -> String {
        String(option.drop { $0 == "-" }.map { $0 == "-" ? "." : $0 }).lowercased()
    }

    /// `postgres://user:pass@host/db` → `postgres://user:***@host/db`; `password=…` words of a keyword string likewise.
    static func hidingPassword(inURL text: String) -> String {
        if let scheme = text.firstRange(of: "://") {
            let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
            guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
                return hidingPasswordWord(text)
            }
            return hidingPasswordWord(text[...colon] + "***" + text[at...])
        }
        return hidingPasswordWord(text)
    }

    private static func hidingPasswordWord(_ text: String) -> String {
        guard let word = text.firstRange(of: "password=") else { return text }
        let value = text[word.upperBound...].prefix { $0 != "&" && $0 != " " }
        return String(text[..<word.upperBound]) + "***" + text[value.endIndex...]
    }

    /// Whether the two names differ by one slip: a letter missing, added, changed, or two swapped.
    static func differByOneSlip(_ left: String, _ right: String) -> Bool {
        var a = Array(left.utf8)[...]
        var b = Array(right.utf8)[...]
        while let x = a.first, let y = b.first, x == y {
            a.removeFirst()
            b.removeFirst()
        }
        while let x = a.last, let y = b.last, x == y {
            a.removeLast()
            b.removeLast()
        }
        switch (a.count, b.count) {
        case (0, 1), (1, 0), (1, 1): return true
        case (2, 2): return a.first == b.last && a.last == b.first
        default: return false
        }
    }
}
