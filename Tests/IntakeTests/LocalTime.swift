import City

/// Local time in Shanghai, such as `2025-11-03 09:00`.
func local(_ text: String) -> Timestamp {
    guard let moment = Timestamp(rfc3339: text.replacing(" ", with: "T") + ":00+08:00") else {
        preconditionFailure("\(text) is no moment")
    }
    return moment
}
