import City
import Foundation
import Messages

@testable import Gridctl

/// The city this repository ships, and reports and cases as it has them.
enum BenchmarkCity {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func make() throws -> City {
        let folder = try ProfileFolder(path: repository.appending(path: "deploy/profiles/xihanggang").path)
        let faults = FaultList()
        guard var profile = ProfileDraft(folder, faults: faults).profile, !faults.hasFatal else {
            throw PeerAbsent(description: "the shipped profile cannot be read: \(faults.sorted.prefix(3))")
        }
        profile.version = 1
        let zone = try TimeZoneRules(
            name: "Asia/Shanghai", transitions: [.init(from: .earliest, offsetSeconds: 28_800)])
        return try City(profile: profile, zone: zone)
    }

    /// A report as a publisher sends it: about 700 bytes with Chinese text.
    static func event(_ number: Int, city: City) -> [UInt8] {
        let grids = city.leaves
        let conditions = city.profile.conditions.filter { !$0.needsEvidence }
        var writer = JSONWriter()
        writer.object {
            $0.field("specversion", "1.0")
            $0.field("type", "wangge.report.submitted.v1")
            $0.field("id", "bench-\(number)")
            $0.field("source", city.profile.sources.first { !$0.staffed }?.code.rawValue ?? "")
            $0.key("data")
            $0.object {
                $0.field("occurredAt", "2025-11-03T09:00:00+08:00")
                $0.field("condition", conditions[number % conditions.count].code)
                $0.field("title", "道路设施损坏，影响通行，请尽快处理")
                $0.field("text", "市民来电反映，现场有行人绕行，希望相关部门尽快安排人员到场核实并修复。")
                $0.field("address", "空港一路二段 \(number % 400) 号")
                $0.field("grid", grids[number % grids.count].code)
            }
        }
        return writer.bytes
    }

    /// A fixture without its spaces, as messages travel.
    static func payload(_ type: String) throws -> [UInt8] {
        let file = repository.appending(path: "Tests/Fixtures/messages/\(type).json")
        let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: file))
        return Array(try JSONSerialization.data(withJSONObject: object, options: [.withoutEscapingSlashes]))
    }
}
