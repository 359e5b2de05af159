import City
import Messages
import Synchronization

/// All grids as one GeoJSON document, made once for each version of the city.
final class GridMap: Sendable {
    private let latest = Mutex<(version: Int, entity: Entity)?>(nil)

    func entity(of city: City) -> Entity {
        latest.withLock { latest in
            if let latest, latest.version == city.profile.version { return latest.entity }
            let entity = Entity(Self.geoJSON(of: city), contentType: "application/geo+json; charset=utf-8")
            latest = (city.profile.version, entity)
            return entity
        }
    }

    static func geoJSON(of city: City) -> [UInt8] {
        let leaders = leaders(of: city)
        var writer = JSONWriter(capacity: 256 * 1_024)
        writer.object {
            $0.field("type", "FeatureCollection")
            $0.key("levels")
            $0.array(city.profile.levels) { writer, level in
                writer.object {
                    $0.field("level", level.level)
                    $0.field("slug", level.slug)
                    $0.field("name", level.name)
                }
            }
            $0.key("features")
            $0.array(city.grids) { writer, grid in
                writer.object {
                    $0.field("type", "Feature")
                    $0.key("properties")
                    $0.object { write(grid, leader: leaders[grid.code], to: &$0) }
                    $0.key("geometry")
                    $0.object { write(grid.area, to: &$0) }
                }
            }
        }
        return writer.bytes
    }

    /// Who answers for a grid: the first post the profile lists for it that is not a unit's.
    private static func leaders(of city: City) -> [GridCode: StaffPost] {
        let own = city.profile.posts.filter { $0.unit == nil }
        return Dictionary(own.map { ($0.grid, $0) }) { first, _ in first }
    }

    private static func write(_ grid: Grid, leader: StaffPost?, to writer: inout JSONWriter) {
        writer.field("code", grid.code)
        writer.field("parent", grid.parent)
        writer.field("level", grid.level)
        writer.field("kind", grid.kind.rawValue)
        writer.field("name_zh", grid.name.zh)
        writer.field("name_en", grid.name.en)
        writer.field("leader_zh", leader?.title.zh)
        writer.field("leader_en", leader?.title.en)
        writer.field("households", grid.households)
    }

    private static func write(_ area: MultiPolygon, to writer: inout JSONWriter) {
        writer.field("type", "MultiPolygon")
        writer.key("coordinates")
        writer.array(area.polygons) { writer, polygon in
            writer.array(polygon.rings) { writer, ring in
                writer.array(simplified(ring)) { writer, corner in
                    writer.array {
                        $0.value(corner.longitude)
                        $0.value(corner.latitude)
                    }
                }
            }
        }
    }

    /// Corners to the nearest 10⁻⁵ degrees, about a metre, those that fall together taken as one.
    ///
    /// Each corner is rounded by itself, so a border two grids share stays the same line.
    private static func simplified(_ ring: [Coordinate]) -> [Coordinate] {
        var corners: [Coordinate] = []
        for corner in ring {
            let rounded = Coordinate(
                longitude: (corner.longitude * 1e5).rounded() / 1e5, latitude: (corner.latitude * 1e5).rounded() / 1e5)
            if rounded != corners.last { corners.append(rounded) }
        }
        // A ring smaller than a metre stays as it is, or it would be none.
        return corners.count >= 4 ? corners : ring
    }
}
