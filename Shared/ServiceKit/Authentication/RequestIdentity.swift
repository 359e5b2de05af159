public import City

extension WanggeRequestContext {
    /// The person who asks, with at least one of the roles; no roles means any.
    ///
    /// - Throws: ``Problem`` 401 when nobody is signed in, 403 when it is not a person or has none of the roles.
    public func requirePerson(roles: String...) throws(Problem) -> Person {
        guard case .person(let person) = identity else { throw refusal }
        guard roles.isEmpty || !person.roles.isDisjoint(with: roles) else { throw Problem(.forbidden) }
        return person
    }

    /// The publisher that asks.
    ///
    /// - Throws: ``Problem`` 401 when nobody is signed in, 403 when it is not a publisher.
    public func requirePublisher() throws(Problem) -> Publisher {
        guard case .publisher(let publisher) = identity else { throw refusal }
        return publisher
    }

    /// The publisher that asks, if it may speak for the source.
    ///
    /// - Throws: As ``requirePublisher()``, and ``Problem`` 403 for a source that is not its own.
    public func requirePublisher(of source: SourceCode) throws(Problem) -> Publisher {
        let publisher = try requirePublisher()
        guard publisher.sources.contains(source) else {
            throw Problem(
                .forbidden,
                detail: LocalizedText(zh: "该密钥不能代表此来源", en: "this key may not publish for that source"))
        }
        return publisher
    }

    private var refusal: Problem { identity == .anonymous ? Authenticator.refused() : Problem(.forbidden) }
}
