import City
import FoundationEssentials

/// The holiday data the product ships.
enum HolidayFiles {
    static let years = 2_018...2_026
    static let all: [Holiday] = years.flatMap { try! read(year: $0) }  // Shipped files; a broken one must fail loudly.

    private struct File: Decodable {
        struct Day: Decodable {
            var name: String
            var date: String
            var isOffDay: Bool
        }
        var days: [Day]
    }

    static func read(year: Int) throws -> [Holiday] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../deploy/holidays/\(year).json")
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: folder))
        return file.days.map {
            Holiday(day: CivilDay(iso8601: $0.date)!, name: $0.name, isDayOff: $0.isOffDay)
        }
    }
}

/// Time zones as rules.
enum Zones {
    /// China has kept +08:00 since its last summer time ended.
    static let shanghai = try! TimeZoneRules(  // Literal rules that ascend.
        name: "Asia/Shanghai",
        transitions: [
            .init(from: moment("1900-12-31T15:54:17Z"), offsetSeconds: 28_800),
            .init(from: moment("1991-04-13T18:00:00Z"), offsetSeconds: 32_400),
            .init(from: moment("1991-09-14T17:00:00Z"), offsetSeconds: 28_800),
        ])
    static let berlin = try! TimeZoneRules(  // Literal rules that ascend.
        name: "Europe/Berlin",
        transitions: [
            .init(from: moment("2025-10-26T01:00:00Z"), offsetSeconds: 3_600),
            .init(from: moment("2026-03-29T01:00:00Z"), offsetSeconds: 7_200),
            .init(from: moment("2026-10-25T01:00:00Z"), offsetSeconds: 3_600),
        ])
}

/// A moment written in a test.
func moment(_ text: String) -> Timestamp { Timestamp(rfc3339: text)! }

/// Local time in Shanghai, such as `2026-02-13 17:00`.
func shanghai(_ text: String) -> Timestamp {
    moment(text.replacing(" ", with: "T") + (text.utf8.count == 16 ? ":00" : "") + "+08:00")
}

extension WorkingTime {
    static let national = WorkingTime(spans: [.init(from: 480, to: 720), .init(from: 840, to: 1_080)])
}
