-- Cases, their history, commands and receipts.

-- Case numbers, taken by lanes a thousand at a time.
CREATE SEQUENCE routing.case_number INCREMENT BY 1000 START WITH 1000 MINVALUE 1000;

CREATE TABLE routing."case" (
    id bigint PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL,
    is_open boolean NOT NULL,
    condition text NOT NULL,
    -- Null while it waits at the manual desk.
    grid text,
    community text,
    longitude double precision,
    latitude double precision,
    assignee text,
    reported_at timestamptz NOT NULL,
    -- When the last step happened.
    changed_at timestamptz NOT NULL,
    -- The public case as it is published; JSON.
    document bytea NOT NULL
) WITH (fillfactor = 80);
ALTER TABLE routing."case" ALTER COLUMN document SET COMPRESSION lz4;
COMMENT ON TABLE routing."case" IS 'Cases as they stand; the history is in routing.history.';
-- Is there an open case of the same problem nearby?
CREATE INDEX case_open_nearby ON routing."case" (community, condition) WHERE is_open AND community IS NOT NULL;
-- What must a post do now?
CREATE INDEX case_worklist ON routing."case" (assignee, id) WHERE is_open AND assignee IS NOT NULL;
-- What waits at the manual desk?
CREATE INDEX case_manual_desk ON routing."case" (id) WHERE is_open AND assignee IS NULL;

CREATE TABLE routing.history (
    case_id bigint NOT NULL,
    version integer NOT NULL,
    change text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    by_whom text NOT NULL,
    reason text,
    -- The report that caused the step; each accepted report stands here exactly once.
    report_id bigint,
    -- Why it was dispatched so: policy version, rule, and what was looked at.
    policy_version integer,
    rule text,
    inputs text,
    PRIMARY KEY (case_id, version)
);
COMMENT ON TABLE routing.history IS 'Everything that happened to cases, append-only: who, when, from which state to which, why.';
CREATE UNIQUE INDEX history_report ON routing.history (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX history_recorded ON routing.history USING brin (recorded_at);

-- A command to every node at once, and who has acknowledged it.
CREATE TABLE routing.command (
    case_id bigint NOT NULL,
    node text NOT NULL,
    issued_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    PRIMARY KEY (case_id, node)
);
COMMENT ON TABLE routing.command IS 'Receipts of commands: one row a node.';

CREATE FUNCTION routing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a case is never changed' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON routing.history
    FOR EACH STATEMENT EXECUTE FUNCTION routing.refuse_change();

CREATE VIEW routing.decision AS
SELECT case_id, version, at, policy_version, rule, inputs FROM routing.history WHERE rule IS NOT NULL;
COMMENT ON VIEW routing.decision IS 'Every dispatch, explained: policy version, rule, inputs.';
