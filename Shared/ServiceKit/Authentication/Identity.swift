public import City

/// Who asks.
public enum Identity: Sendable, Equatable {
    case anonymous
    /// A system that publishes reports.
    case publisher(Publisher)
    /// Somebody who holds a post.
    case person(Person)
}

/// A system that may publish, and in the name of which sources.
public struct Publisher: Sendable, Equatable {
    /// Name of the publisher, which may have two keys while one replaces the other.
    public let name: String
    public let sources: Set<SourceCode>

    public init(name: String, sources: Set<SourceCode>) {
        self.name = name
        self.sources = sources
    }
}

/// A post that is signed in; the product knows posts, never names of people.
public struct Person: Sendable, Equatable {
    public let post: PostCode
    /// Role slugs, such as `grid-worker`, `dispatcher`.
    public let roles: Set<String>
    /// Grids the person answers for, with everything inside them.
    public let jurisdiction: [GridCode]
    public let unit: UnitCode?

    public init(post: PostCode, roles: Set<String>, jurisdiction: [GridCode], unit: UnitCode? = nil) {
        self.post = post
        self.roles = roles
        self.jurisdiction = jurisdiction
        self.unit = unit
    }
}
