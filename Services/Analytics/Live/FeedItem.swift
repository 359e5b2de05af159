import City
import Messages

/// One line of the feed, as it was read, with its case.
struct FeedItem: Hashable, Sendable {
    var id: Int64
    var at: Timestamp
    /// Number of the case as shown to people.
    var number: String
    var change: String
    var state: String
    /// Colour of a warning.
    var colour: String?
    var severity: String
    var path: String
    var category: CategoryCode
    var grid: GridCode?
    var longitude: Double?
    var latitude: Double?
    /// Words from outside: a page must show them as text.
    var title: String

    /// Writes the item as the page reads it, with names as the city now has them. A code without a name names itself.
    func write(to writer: inout JSONWriter, city: City) {
        writer.object {
            $0.field("id", id)
            $0.field("at", at)
            $0.field("case", number)
            $0.field("change", change)
            $0.field("state", state)
            $0.field("colour", colour)
            $0.field("severity", severity)
            $0.field("path", path)
            $0.field("category", city.name(of: category))
            if let grid {
                let name = city.name(of: grid)
                $0.key("grid")
                $0.object {
                    $0.field("code", grid)
                    $0.field("zh", name.zh)
                    $0.field("en", name.en)
                }
            }
            $0.field("title", title)
            $0.field("lon", longitude)
            $0.field("lat", latitude)
        }
    }
}

extension City {
    func name(of category: CategoryCode) -> LocalizedText {
        self.category(category)?.name ?? LocalizedText(zh: category.rawValue, en: category.rawValue)
    }

    func name(of source: SourceCode) -> LocalizedText {
        self.source(source)?.name ?? LocalizedText(zh: source.rawValue, en: source.rawValue)
    }

    func name(of grid: GridCode) -> LocalizedText {
        self.grid(grid)?.name ?? LocalizedText(zh: grid.rawValue, en: grid.rawValue)
    }
}
