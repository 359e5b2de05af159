-- Clocks of cases: what runs, which marks were passed, how each clock ended.

-- A case under watch. One row while it is open and a day longer, so that a message overtaken by the last one is known as old.
CREATE TABLE sla.watched_case (
    case_id bigint PRIMARY KEY,
    -- Number shown to people.
    number text NOT NULL,
    -- The lane that watches it: partition of `cases`.
    partition smallint NOT NULL,
    -- Last version of the case that was applied.
    version integer NOT NULL,
    state text NOT NULL,
    grid text,
    -- When it was closed, declined or voided.
    ended_at timestamptz
) WITH (fillfactor = 70);
-- For the lane that forgets ended cases.
CREATE INDEX watched_case_ended ON sla.watched_case (partition, ended_at) WHERE ended_at IS NOT NULL;

-- A clock whose stage has not ended.
CREATE TABLE sla.clock (
    case_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('dispatch', 'accept', 'handling', 'check')),
    -- Version of the case whose step armed the clock: with case and kind it names the clock.
    version integer NOT NULL,
    partition smallint NOT NULL,
    started_at timestamptz NOT NULL,
    limit_amount integer NOT NULL,
    limit_unit text NOT NULL,
    -- Null while the clock is paused.
    running_since timestamptz,
    -- What was left of the limit then, counted as the limit's unit counts; negative when overdrawn.
    remaining_microseconds bigint NOT NULL,
    -- While the clock is paused: the deadline it had.
    deadline timestamptz NOT NULL,
    provisional boolean NOT NULL,
    -- Null after the breach.
    next_mark text CHECK (next_mark IN ('yellow', 'red', 'breach')),
    -- Null after the breach and while the clock is paused.
    next_due timestamptz,
    assignee text,
    grid text,
    PRIMARY KEY (case_id, kind)
) WITH (fillfactor = 80);
-- For the lane that fires: what is due, earliest first.
CREATE INDEX clock_due ON sla.clock (partition, next_due) WHERE next_due IS NOT NULL;
-- For the lane that counts anew when a year's holidays are announced.
CREATE INDEX clock_provisional ON sla.clock (partition, case_id) WHERE provisional AND next_due IS NOT NULL;

-- A mark that a clock passed. The key is the proof that each fires at most once.
CREATE TABLE sla.fired (
    case_id bigint NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    mark text NOT NULL,
    due_at timestamptz NOT NULL,
    fired_at timestamptz NOT NULL CHECK (fired_at >= due_at),
    deadline timestamptz NOT NULL,
    provisional boolean NOT NULL,
    grid text,
    PRIMARY KEY (case_id, kind, version, mark)
);
CREATE INDEX fired_time ON sla.fired USING brin (fired_at);

-- How a clock ended. A stage that was gone through within one message kept nobody waiting and has no row.
CREATE TABLE sla.outcome (
    case_id bigint NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    started_at timestamptz NOT NULL,
    limit_amount integer NOT NULL,
    limit_unit text NOT NULL,
    deadline timestamptz NOT NULL,
    stopped_at timestamptz NOT NULL,
    completed boolean NOT NULL,
    met boolean NOT NULL,
    provisional boolean NOT NULL,
    grid text,
    PRIMARY KEY (case_id, kind, version)
);
CREATE INDEX outcome_time ON sla.outcome USING brin (stopped_at);

-- A presumed deadline that was counted anew with a later version of the city.
CREATE TABLE sla.recomputation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    city_version integer NOT NULL,
    deadline_before timestamptz NOT NULL,
    deadline_after timestamptz NOT NULL,
    still_provisional boolean NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX recomputation_time ON sla.recomputation USING brin (happened_at);

CREATE VIEW sla.open_clock AS
SELECT c.case_id, w.number AS case_number, w.state AS case_state, c.kind, c.version, c.grid, c.started_at,
       c.limit_amount, c.limit_unit, c.running_since IS NULL AS paused,
       CASE WHEN c.running_since IS NOT NULL THEN c.deadline END AS deadline,
       c.provisional, c.next_mark, c.next_due, c.next_mark IS NULL AS breached
FROM sla.clock c JOIN sla.watched_case w USING (case_id);

CREATE VIEW sla.on_time AS
SELECT kind,
       count(*) FILTER (WHERE completed) AS due,
       count(*) FILTER (WHERE completed AND met) AS met,
       count(*) FILTER (WHERE completed AND NOT met) AS late,
       count(*) FILTER (WHERE NOT completed) AS broken_off,
       count(*) FILTER (WHERE completed AND met)::numeric / nullif(count(*) FILTER (WHERE completed), 0) AS rate
FROM sla.outcome GROUP BY kind;

COMMENT ON TABLE sla.watched_case IS 'Cases whose clocks are watched: open ones, and ended ones for a day longer.';
COMMENT ON TABLE sla.clock IS 'Clocks of stages that have not ended. Working set: proportional to open cases.';
COMMENT ON TABLE sla.fired IS 'Marks that clocks passed: warnings (yellow, red) and breaches. Each at most once; never before it was due.';
COMMENT ON COLUMN sla.fired.due_at IS 'When the mark was passed.';
COMMENT ON COLUMN sla.fired.fired_at IS 'When that was noticed and told; later than due_at when messages were waiting.';
COMMENT ON TABLE sla.outcome IS 'How each clock ended: one row per case, kind and arming version.';
COMMENT ON COLUMN sla.outcome.completed IS 'The stage was done; false when it was broken off by a void, a decline or a change of assignee.';
COMMENT ON COLUMN sla.outcome.met IS 'It stopped no later than its deadline. For on-time rates count only completed ones.';
COMMENT ON TABLE sla.recomputation IS 'Presumed deadlines counted anew after a year''s holidays were announced, with the deadline before and after.';
COMMENT ON VIEW sla.open_clock IS 'Clocks of stages that have not ended, with the number and state of the case. deadline is null while paused.';
COMMENT ON VIEW sla.on_time IS 'Per clock kind: due = stages completed; met = no later than the deadline; late = due - met; broken_off = not completed, not counted in due; rate = met / due.';
