import Postgres

extension PostgresSettings {
    /// For a lane's session: its prepared statements go from a batch's keys to rows by index, at any size of tables.
    ///
    /// A statement's plan is kept. One that was made while a table was small would read the whole table ever after: the
    /// planner sees no arrays, so it cannot know that a batch touches few rows. Lanes look up and write by key, nothing else.
    /// For the same reason a plan for the very values of a batch is no better, and planning costs as much as running.
    var forLanes: PostgresSettings {
        var settings = self
        for method in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] {
            settings.parameters["enable_\(method)"] = "off"
        }
        settings.parameters["plan_cache_mode"] = "force_generic_plan"
        // Where no index helps, as with a table of one row, a plan that is off all the same is taken and thought to be
        // very dear: dear enough to be compiled, which takes a second and saves nothing.
        settings.parameters["jit"] = "off"
        return settings
    }
}
