-- The event log: lanes, their positions and tapes, the log itself, the outbox, dead letters.

-- Which log this suite runs on. Services refuse to start on another: `gridctl log copy` moves a suite.
CREATE TABLE eventlog.suite (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log text NOT NULL CHECK (log IN ('postgres', 'kafka')),
    -- Set when the suite was moved from the other log: numbers of tapes then do not begin at 1.
    copied_at timestamptz
);

-- The suite's clock. In replay the time is what the driver of the replay says; it never runs backwards.
CREATE TABLE eventlog.clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    replay_now timestamptz
);
INSERT INTO eventlog.clock (replay_now) VALUES (NULL);

CREATE FUNCTION eventlog.now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT replay_now FROM eventlog.clock), clock_timestamp()) $$;

CREATE TABLE eventlog.topic (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._-]{1,200}$'),
    partitions smallint NOT NULL CHECK (partitions BETWEEN 1 AND 1024)
);

-- The head of each partition. Appending locks its row until commit, so commit order is offset order.
CREATE TABLE eventlog.partition (
    topic smallint NOT NULL REFERENCES eventlog.topic,
    partition smallint NOT NULL,
    first_offset bigint NOT NULL DEFAULT 0,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Messages, as many to a row as one transaction appended to one partition. The row is framed by RecordBatch.
CREATE TABLE eventlog.record_batch (
    topic smallint NOT NULL,
    partition smallint NOT NULL,
    base_offset bigint NOT NULL,
    count integer NOT NULL CHECK (count > 0),
    lane integer NOT NULL,
    first_number bigint NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    records bytea NOT NULL,
    PRIMARY KEY (topic, partition, base_offset)
);
ALTER TABLE eventlog.record_batch ALTER COLUMN records SET COMPRESSION lz4;

-- One process of one service. It is alive while it holds its advisory lock and its heartbeat is young.
CREATE TABLE eventlog.member (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A lane: the only writer for one input partition of one service, or for one slot of HTTP requests.
CREATE TABLE eventlog.lane (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    -- A topic's name, or `http`.
    input text NOT NULL,
    partition smallint NOT NULL,
    -- First offset that has not been handled.
    next_offset bigint NOT NULL DEFAULT 0,
    -- The log's beginning was gone when the lane was made: tapes may begin with any number.
    late_start boolean NOT NULL DEFAULT false,
    -- Raised by each new owner; whoever holds an older one can commit nothing.
    epoch bigint NOT NULL DEFAULT 0,
    owner bigint,
    -- The owner's session: whoever takes the lane over ends it, with all it may still have locked.
    session_pid integer,
    session_began timestamptz,
    -- Claims since something was last committed: a process that dies of a message leaves it raised.
    claims smallint NOT NULL DEFAULT 0,
    -- In careful mode: the message in hand and how often it was begun.
    suspect_offset bigint,
    suspect_attempts smallint NOT NULL DEFAULT 0,
    committed_at timestamptz,
    UNIQUE (service, input, partition)
) WITH (fillfactor = 50);

-- Last number sent, and last number seen, per tape.
CREATE TABLE eventlog.tape_sent (
    lane integer NOT NULL,
    topic text NOT NULL,
    partition smallint NOT NULL,
    last_number bigint NOT NULL,
    PRIMARY KEY (lane, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE eventlog.tape_seen (
    lane integer NOT NULL,
    producer integer NOT NULL,
    last_number bigint NOT NULL,
    -- The tape begins with the number after this one: 0, unless the log's beginning was gone.
    began_after bigint NOT NULL,
    -- How many messages were handled. Whoever handles one twice, or passes one over, differs here from the numbers.
    handled bigint NOT NULL,
    PRIMARY KEY (lane, producer)
) WITH (fillfactor = 50);

-- Messages committed but not yet acknowledged by Kafka. What is here is unsent; being removed is progress.
CREATE TABLE eventlog.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane integer NOT NULL,
    topic text NOT NULL,
    partition smallint NOT NULL,
    count integer NOT NULL,
    first_number bigint NOT NULL,
    records bytea NOT NULL
);
CREATE INDEX outbox_by_lane ON eventlog.outbox (lane, id);
ALTER TABLE eventlog.outbox ALTER COLUMN records SET COMPRESSION lz4;

-- Messages that could not be handled, and those parked behind them to keep the order of their subject.
CREATE TABLE eventlog.dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane integer NOT NULL REFERENCES eventlog.lane,
    service text NOT NULL,
    topic text NOT NULL,
    partition smallint NOT NULL,
    log_offset bigint NOT NULL,
    subject text NOT NULL,
    parked boolean NOT NULL,
    reason text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replay_requested_at timestamptz,
    replayed_at timestamptz,
    record bytea NOT NULL,
    UNIQUE (lane, log_offset)
);
CREATE INDEX dead_letter_open ON eventlog.dead_letter (lane, subject) WHERE replayed_at IS NULL;

-- Ends a statement that would append to a partition that is not there. Volatile, as functions are unless they say otherwise:
-- one that was not might be called while the statement is planned.
CREATE FUNCTION eventlog.refuse_unknown_partition() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'unknown topic or partition' USING ERRCODE = 'WG001';
END
$$;

-- Moves a lane's position, guarded by its epoch, and gives the suite's time.
--
-- assumed: the time at which the lane does its step without having asked for it; NULL when it waits for the answer. What was
-- assumed must be right to a second, and nobody may assume a time while the past is replayed.
CREATE FUNCTION eventlog.advance(
    lane_id integer, lane_epoch bigint, first_offset bigint, new_offset bigint, assumed timestamptz,
    OUT time_now timestamptz, OUT is_replay boolean
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE eventlog.lane l
    SET next_offset = new_offset, claims = 0, suspect_offset = NULL, suspect_attempts = 0,
        committed_at = clock_timestamp()
    FROM eventlog.clock c
    WHERE l.id = lane_id AND l.epoch = lane_epoch AND l.next_offset <= first_offset
    RETURNING coalesce(c.replay_now, clock_timestamp()), c.replay_now IS NOT NULL INTO time_now, is_replay;
    IF time_now IS NULL THEN
        RAISE EXCEPTION 'the lane has another owner' USING ERRCODE = 'WG002';
    END IF;
    IF assumed IS NOT NULL AND (is_replay OR abs(extract(epoch FROM time_now - assumed)) > 1) THEN
        RAISE EXCEPTION 'the time is not as assumed' USING ERRCODE = 'WG003';
    END IF;
END
$$;

-- Fails unless as many rows were stored as were to be. Of a unique constraint's own error the server's log would keep the key.
CREATE FUNCTION eventlog.require_all(stored bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF stored <> wanted THEN
        RAISE EXCEPTION 'not all that was taken for new is new' USING ERRCODE = 'WG004';
    END IF;
END
$$;

-- Creates a topic with its partitions; more partitions than asked for stay as they are.
CREATE FUNCTION eventlog.ensure_topic(wanted text, wanted_partitions integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    topic_id smallint;
BEGIN
    INSERT INTO eventlog.topic (name, partitions) VALUES (wanted, wanted_partitions) ON CONFLICT (name) DO NOTHING;
    SELECT id INTO topic_id FROM eventlog.topic WHERE name = wanted;
    INSERT INTO eventlog.partition (topic, partition)
    SELECT topic_id, n FROM generate_series(0, wanted_partitions - 1) AS n ON CONFLICT DO NOTHING;
END
$$;
