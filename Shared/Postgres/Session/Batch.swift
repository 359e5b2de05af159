import CLibpq

/// A statement on its way to the server.
struct Step {
    var sql: SQL
    var label: String?
    /// Who waits for the result of an enqueued statement.
    var pending: PostgresPending?
}

/// How a batch went. Steps after a failed one were skipped by the server.
struct BatchOutcome {
    /// Results of the steps that succeeded, from the first on.
    var results: [ResultHandle] = []
    /// What failed first; its position is `results.count`.
    var failure: PostgresError?
    /// Whether the failed step may have been executed: its answer is missing, not negative.
    var failureIsAmbiguous = false

    func get() throws(PostgresError) -> [ResultHandle] {
        if let failure { throw failure }
        return results
    }
}

extension PostgresSession {
    /// Sends the steps in one go with one sync at the end and collects their results: one round trip.
    ///
    /// - Parameter mayBeStopped: Clean-up such as ROLLBACK runs even after the caller's task was cancelled.
    /// - Throws: Only before anything was sent. Everything later is in the outcome.
    func run(_ steps: [Step], mayBeStopped: Bool = true) throws(PostgresError) -> BatchOutcome {
        for step in steps {
            do throws(PostgresError) { try step.sql.parameters.check() } catch { throw error.labelled(step.label) }
            guard !step.sql.text.utf8.contains(0) else {
                throw PostgresError(.encoding, "a statement contains U+0000").labelled(step.label)
            }
        }
        let connection = try usableConnection()
        if mayBeStopped, connection.canceller.stopWasRequested {
            connection.canceller.stopWasSeen()
            throw PostgresError(.cancelled, "the caller's task was cancelled")
        }
        if let cut = settings.cut, let kept = cut(steps.map(\.sql.text)) {
            return try lose(connection, after: steps.prefix(kept))
        }
        return try exchange(steps, over: connection)
    }

    /// Lets the server do the steps, and loses the connection before anybody learns of it.
    private func lose(
        _ connection: Connection, after steps: ArraySlice<Step>
    ) throws(PostgresError) -> BatchOutcome {
        if !steps.isEmpty { _ = try exchange(Array(steps), over: connection) }
        var outcome = BatchOutcome()
        outcome.failure = connection.lost()
        outcome.failureIsAmbiguous = true
        return outcome
    }

    private func exchange(_ steps: [Step], over connection: Connection) throws(PostgresError) -> BatchOutcome {
        guard PQenterPipelineMode(connection.handle) == 1 else { throw connection.lost() }
        var outcome = BatchOutcome()
        let isNew = send(steps, on: connection, &outcome)
        collect(steps, isNew, on: connection, &outcome)
        if connection.isUsable, PQexitPipelineMode(connection.handle) == 0 { connection.markBroken() }
        if outcome.failure == nil, connection.isUsable { try dropExcessStatements(on: connection) }
        return outcome
    }

    /// Returns which steps are being prepared too. Fills in the failure if libpq could not take all.
    private func send(_ steps: [Step], on connection: Connection, _ outcome: inout BatchOutcome) -> [Bool] {
        var isNew: [Bool] = []
        isNew.reserveCapacity(steps.count)
        for (index, step) in steps.enumerated() {
            let key = StatementCache.Key(text: step.sql.text, types: step.sql.parameters.types)
            var sent = true
            let name: String
            if let known = statements.name(for: key) {
                name = known
                isNew.append(false)
            } else {
                name = statements.insert(key)
                isNew.append(true)
                sent = PQsendPrepare(connection.handle, name, key.text, Int32(key.types.count), key.types) == 1
            }
            sent =
                sent
                && step.sql.parameters.withPointers { values, lengths in
                    let binary = [Int32](repeating: 1, count: values.count)
                    return PQsendQueryPrepared(
                        connection.handle, name, Int32(values.count), values, lengths, binary, 1)
                } == 1
            guard sent else {
                outcome.failure = connection.lost().labelled(step.label)
                // The last step, which may be COMMIT, may have left the machine in part.
                outcome.failureIsAmbiguous = index == steps.count - 1
                return isNew
            }
        }
        if PQpipelineSync(connection.handle) == 0 {
            outcome.failure = connection.lost()
            outcome.failureIsAmbiguous = true
        }
        return isNew
    }

    private func collect(_ steps: [Step], _ isNew: [Bool], on connection: Connection, _ outcome: inout BatchOutcome) {
        guard outcome.failure == nil else { return }
        do throws(PostgresError) {
            for (step, isNew) in zip(steps, isNew) {
                if isNew {
                    let prepared = try nextStepResult(connection)
                    if prepared.status != PGRES_COMMAND_OK {
                        statements.forget(.init(text: step.sql.text, types: step.sql.parameters.types))
                    }
                    note(prepared, of: step, on: connection, &outcome, isPreparation: true)
                }
                let executed = try nextStepResult(connection)
                note(executed, of: step, on: connection, &outcome, isPreparation: false)
                if connection.isBroken { return }
            }
            guard let sync = try connection.nextResult(), sync.status == PGRES_PIPELINE_SYNC else {
                throw connection.lost()
            }
        } catch {
            guard outcome.failure == nil else { return }
            outcome.failure = error.labelled(steps.dropFirst(outcome.results.count).first?.label)
            outcome.failureIsAmbiguous = true
        }
    }

    /// One step's result and the nil behind it.
    private func nextStepResult(_ connection: Connection) throws(PostgresError) -> ResultHandle {
        guard let result = try connection.nextResult() else { throw connection.lost() }
        // A broken connection has no more to say.
        if result.status == PGRES_FATAL_ERROR, PQstatus(connection.handle) != CONNECTION_OK { return result }
        if try connection.nextResult() != nil {
            connection.markBroken()
            throw PostgresError(.protocolViolation, "a statement had more than one result")
        }
        return result
    }

    private func note(
        _ result: ResultHandle, of step: Step, on connection: Connection, _ outcome: inout BatchOutcome,
        isPreparation: Bool
    ) {
        switch result.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            if !isPreparation, outcome.failure == nil { outcome.results.append(result) }
        case PGRES_PIPELINE_ABORTED:
            if outcome.failure == nil {
                connection.markBroken()
                outcome.failure = PostgresError(.protocolViolation, "a step was skipped without an error")
            }
        case PGRES_FATAL_ERROR:
            let error = connection.error(result)
            if error.isStalePlan { statementsAreStale = true }
            guard outcome.failure == nil else { break }
            outcome.failure = error.labelled(step.label)
            outcome.failureIsAmbiguous = error.isConnectionLost
        default:
            // COPY has calls of its own; the connection cannot leave this state in a pipeline.
            connection.markBroken()
            if outcome.failure == nil {
                outcome.failure = PostgresError(.misuse, "COPY must go through copyIn or copyOut").labelled(step.label)
            }
        }
    }

    private func dropExcessStatements(on connection: Connection) throws(PostgresError) {
        let names = statements.evict()
        guard !names.isEmpty else { return }
        try script(names.map { "DEALLOCATE \($0)" }.joined(separator: ";"))
    }

    /// Forgets every prepared statement after one turned out to be unusable, say because a table was altered.
    func dropStaleStatements() throws(PostgresError) {
        guard statementsAreStale, isUsable else { return }
        try script("DEALLOCATE ALL")
        statements.removeAll()
        statementsAreStale = false
    }
}
