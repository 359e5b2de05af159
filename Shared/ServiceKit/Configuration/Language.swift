public import City

/// The two languages the product speaks to people.
public enum Language: String, Sendable, CaseIterable {
    case zh, en

    /// The best of the two for an `Accept-Language` header; English when neither is asked for.
    public static func best(for header: String?) -> Language {
        guard let header else { return .en }
        var best: (language: Language, weight: Double)?
        for range in header.prefix(1_000).split(separator: ",") {
            let parts = range.split(separator: ";")
            let tag = (parts.first ?? "").filter { !$0.isWhitespace }.lowercased()
            let quality = parts.dropFirst().lazy.map { $0.filter { !$0.isWhitespace } }.first { $0.hasPrefix("q=") }
            let weight = quality.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let language: Language? = tag.hasPrefix("zh") ? .zh : tag.hasPrefix("en") || tag == "*" ? .en : nil
            // Equal weights: the one that was named first.
            if let language, weight > 0, weight > (best?.weight ?? 0) { best = (language, weight) }
        }
        return best?.language ?? .en
    }

    /// The language of a terminal, by `LC_ALL`, `LC_MESSAGES` or `LANG`.
    public static func terminal(_ environment: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale?.hasPrefix("zh") == true ? .zh : .en
    }
}

extension LocalizedText {
    public func text(in language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }
}
