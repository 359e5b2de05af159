-- What intake accepted, refused, and knows of what became of it.

-- Report numbers, taken by lanes a thousand at a time.
CREATE SEQUENCE intake.report_number INCREMENT BY 1000 START WITH 1000 MINVALUE 1000;

CREATE TABLE intake.report (
    id bigint PRIMARY KEY,
    source text NOT NULL,
    source_id text NOT NULL,
    -- SHA-256 of the content, cut to 16 bytes: tells a repeat from a conflict.
    digest bytea NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    grid text,
    -- The report as it was published on `reports`, scrubbed; JSON.
    document bytea NOT NULL,
    CONSTRAINT report_source_key UNIQUE (source_id, source)
);
ALTER TABLE intake.report ALTER COLUMN document SET COMPRESSION lz4;
COMMENT ON TABLE intake.report IS 'Accepted reports, one row each; contact data is not here.';

CREATE TABLE intake.contact (
    report_id bigint PRIMARY KEY REFERENCES intake.report,
    key_version smallint NOT NULL,
    -- AES-256-GCM: nonce, ciphertext, tag; additional data names table, row and column.
    sealed bytea NOT NULL
);
COMMENT ON TABLE intake.contact IS 'Contact data of reporters, encrypted; leaves this table only by a logged reveal.';

CREATE TABLE intake.rejection (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    received_at timestamptz NOT NULL,
    -- [{"pointer": …, "slug": …}]
    reasons json NOT NULL,
    key_version smallint NOT NULL,
    -- The input as it came, encrypted like contact data, for it may hold some.
    sealed bytea NOT NULL,
    truncated boolean NOT NULL,
    replayed_at timestamptz,
    -- Tracking number after a replay that was accepted.
    accepted_as bigint
);
COMMENT ON TABLE intake.rejection IS 'Refused input, kept with its reasons, can be replayed.';
CREATE INDEX rejection_open ON intake.rejection (source, id) WHERE replayed_at IS NULL;

-- Where accepted reports went. A report belongs to exactly one case.
CREATE TABLE intake.report_case (
    report_id bigint PRIMARY KEY,
    case_id bigint NOT NULL
);
CREATE INDEX report_case_by_case ON intake.report_case (case_id);

CREATE TABLE intake.case_status (
    case_id bigint PRIMARY KEY,
    number text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    on_the_spot boolean NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE intake.publisher_key (
    key_id text PRIMARY KEY,
    publisher text NOT NULL,
    sources text[] NOT NULL,
    -- SHA-256 of the key.
    hash bytea NOT NULL CHECK (length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);
COMMENT ON TABLE intake.publisher_key IS 'Keys of publishing systems; two live ones a publisher, so that they can be rotated.';
