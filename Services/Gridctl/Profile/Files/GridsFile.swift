import City
import FoundationEssentials

/// `grids.geojson`: the grid tree with its areas (RFC 7946, WGS84).
enum GridsFile {
    static let properties = ["code", "parent", "level", "kind", "name_zh", "name_en", "households"]

    static func read(_ text: String, faults: FaultList) -> [Located<Grid>]? {
        let file = ProfileFolder.grids
        let collection: Collection
        do {
            collection = try JSONDecoder().decode(Collection.self, from: Data(text.utf8))
        } catch {
            faults.fatal(.syntax, file, zh: "不是有效的 GeoJSON", en: "this is not a GeoJSON feature collection")
            return nil
        }
        guard collection.type == "FeatureCollection" else {
            faults.fatal(.syntax, file, field: "type", zh: "应为 FeatureCollection", en: "expected a FeatureCollection")
            return nil
        }
        if collection.crs != nil {
            faults.fatal(
                .malformed, file, field: "crs", zh: "坐标应为 WGS84 经纬度，不写 crs",
                en: "coordinates are WGS84 longitude and latitude; remove crs after converting")
        }
        return collection.features.enumerated().map { index, feature in
            Located(value: FeatureReader(feature, number: index + 1, faults: faults).grid(), row: index + 1)
        }
    }

    /// One feature a line, coordinates with at most six decimals.
    static func write(_ grids: [Grid], notice: LocalizedText) -> String {
        let features = grids.map { grid in
            let polygons = grid.area.polygons.map { polygon in
                "[" + polygon.rings.map { "[" + $0.map(position).joined(separator: ",") + "]" }.joined(separator: ",")
                    + "]"
            }
            let geometry =
                polygons.count == 1
                ? "\"Polygon\",\"coordinates\":\(polygons[0])"
                : "\"MultiPolygon\",\"coordinates\":[\(polygons.joined(separator: ","))]"
            return """
                {"type":"Feature","properties":{"code":\(quoted(grid.code.rawValue)),\
                "parent":\(grid.parent.map { quoted($0.rawValue) } ?? "null"),"level":\(grid.level),\
                "kind":\(quoted(grid.kind.rawValue)),"name_zh":\(quoted(grid.name.zh)),"name_en":\(quoted(grid.name.en)),\
                "households":\(grid.households)},"geometry":{"type":\(geometry)}}
                """
        }
        return """
            {"type":"FeatureCollection",
            "notice":{"zh":\(quoted(notice.zh)),"en":\(quoted(notice.en))},
            "features":[
            \(features.joined(separator: ",\n"))
            ]}

            """
    }

    private static func position(_ coordinate: Coordinate) -> String {
        let point = MicroPoint(coordinate)
        return "[\(decimal(point.x)),\(decimal(point.y))]"
    }

    /// A number of millionths, without zeros at the end.
    private static func decimal(_ millionths: Int) -> String {
        let sign = millionths < 0 ? "-" : ""
        let (whole, fraction) = millionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var digits = Pattern.padded(Int(fraction), 6)
        while digits.last == "0" { digits.removeLast() }
        return sign + String(whole) + (digits.isEmpty ? "" : "." + digits)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

// MARK: GeoJSON as it stands in the file

private struct Collection: Decodable {
    var type: String?
    var crs: Value?
    var features: [Feature]
}

private struct Feature: Decodable {
    var properties: [String: Value]
    var area: MultiPolygon?

    private enum Key: String, CodingKey {
        case properties, geometry
    }

    private struct Geometry: Decodable {
        var area: MultiPolygon?

        private enum Key: String, CodingKey {
            case type, coordinates
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            switch try container.decode(String.self, forKey: .type) {
            case "Polygon":
                area = MultiPolygon(polygons: [polygon(try container.decode([[[Double]]].self, forKey: .coordinates))])
            case "MultiPolygon":
                area = MultiPolygon(
                    polygons: try container.decode([[[[Double]]]].self, forKey: .coordinates).map(polygon))
            default: area = nil
            }
        }

        private func polygon(_ rings: [[[Double]]]) -> Polygon {
            Polygon(
                rings: rings.map { ring in
                    ring.map {
                        Coordinate(longitude: $0.first ?? .nan, latitude: $0.count > 1 ? $0[1] : .nan)
                    }
                })
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        properties = (try? container.decode([String: Value].self, forKey: .properties)) ?? [:]
        area = (try? container.decode(Geometry.self, forKey: .geometry))?.area
    }
}

/// A property: text, a number, nothing, or something that does not belong here.
private enum Value: Decodable {
    case text(String)
    case number(Double)
    case null
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .other
        }
    }
}

/// Turns one feature into a grid, collecting what is wrong with it.
private struct FeatureReader {
    let feature: Feature
    let number: Int
    let faults: FaultList

    init(_ feature: Feature, number: Int, faults: FaultList) {
        self.feature = feature
        self.number = number
        self.faults = faults
    }

    func grid() -> Grid {
        for name in feature.properties.keys.sorted() where !GridsFile.properties.contains(name) {
            fault(.unknownColumn, name, zh: "未知的属性", en: "unknown property")
        }
        let code = text("code")
        if !code.isEmpty, !CodeShape.isCode(code) {
            fault(
                .malformed, "code", zh: "代码至多 64 字节，不含空格和逗号", en: "a code has at most 64 bytes and no spaces or commas")
        }
        if feature.area == nil {
            fault(
                .geometry, "geometry", zh: "应为 Polygon 或 MultiPolygon，坐标为数字",
                en: "expected a Polygon or MultiPolygon with numbers as coordinates")
        }
        return Grid(
            code: GridCode(code), parent: parent(), level: whole("level", in: 1...20), kind: kind(),
            name: LocalizedText(zh: text("name_zh"), en: text("name_en")),
            households: whole("households", in: 0...10_000_000),
            area: feature.area ?? MultiPolygon(polygons: []))
    }

    private func text(_ name: String) -> String {
        switch feature.properties[name] {
        case .text(let text) where !text.trimmed.isEmpty: return text.trimmed
        case nil, .null, .text: fault(.missing, name, zh: "缺少此项", en: "this is missing")
        case .number, .other: fault(.malformed, name, zh: "应为文字", en: "expected a text")
        }
        return ""
    }

    private func whole(_ name: String, in range: ClosedRange<Int>) -> Int {
        switch feature.properties[name] {
        case .number(let number):
            if let whole = Int(exactly: number), range.contains(whole) { return whole }
            fault(
                .outOfRange, name, zh: "应为 \(range.lowerBound) 至 \(range.upperBound) 之间的整数",
                en: "expected a whole number in \(range.lowerBound) … \(range.upperBound)")
        case nil, .null: fault(.missing, name, zh: "缺少此项", en: "this is missing")
        case .text, .other: fault(.malformed, name, zh: "应为整数", en: "expected a whole number")
        }
        return range.lowerBound
    }

    private func parent() -> GridCode? {
        switch feature.properties["parent"] {
        case .text(let text): return GridCode(text.trimmed)
        case nil, .null: return nil
        case .number, .other:
            fault(.malformed, "parent", zh: "应为网格代码或 null", en: "expected a grid's code or null")
            return nil
        }
    }

    private func kind() -> Grid.Kind {
        let text = text("kind")
        guard !text.isEmpty else { return .base }
        if let kind = Grid.Kind(rawValue: text) { return kind }
        let known = Grid.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        fault(.malformed, "kind", zh: "应为其中之一：\(known)", en: "expected one of \(known)")
        return .base
    }

    private func fault(_ kind: ProfileFault.Kind, _ field: String, zh: String, en: String) {
        faults.fatal(kind, ProfileFolder.grids, row: number, field: field, zh: zh, en: en)
    }
}
