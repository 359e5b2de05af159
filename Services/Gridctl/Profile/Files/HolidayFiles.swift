import City
import FoundationEssentials

/// The yearly files of statutory holidays and shifted workdays, in the format of the holiday-cn data.
enum HolidayFiles {
    private struct Year: Decodable {
        struct Day: Decodable {
            var name: String
            var date: String
            var isOffDay: Bool
        }
        var year: Int
        var days: [Day]
    }

    /// Days of all listed years, in order. A year whose file is missing or wrong is a fault.
    static func read(_ wanted: ProfileDocument.Holidays, from folder: ProfileFolder, faults: FaultList) -> [Holiday] {
        wanted.years.sorted().flatMap { year -> [Holiday] in
            let file = "\(wanted.folder)/\(year).json"
            let silent = FaultList()
            guard let text = folder.text(file, faults: silent) else {
                faults.fatal(
                    .calendar, ProfileFolder.profile, row: wanted.line, field: "holidays.years",
                    zh: "没有 \(year) 年的节假日文件 \(file)", en: "there is no holiday file \(file) for \(year)")
                return []
            }
            guard let content = try? JSONDecoder().decode(Year.self, from: Data(text.utf8)) else {
                faults.fatal(
                    .syntax, file, zh: "不是节假日数据",
                    en: "this is not holiday data: expected year and days[name, date, isOffDay]")
                return []
            }
            if content.year != year {
                faults.fatal(.calendar, file, field: "year", zh: "年份应为 \(year)", en: "expected the year \(year)")
            }
            return content.days.compactMap { day in
                guard let date = CivilDay(iso8601: day.date) else {
                    faults.fatal(
                        .calendar, file, field: "days.date", zh: "“\(day.date)”不是日期", en: "\(day.date) is not a date")
                    return nil
                }
                return Holiday(day: date, name: day.name, isDayOff: day.isOffDay)
            }
        }
    }
}
