-- Points: an immutable double-entry ledger, and the claims that wait for review.

-- Who can hold points. Balances are kept beside the entries they follow from; `balance_check` compares the two.
CREATE TABLE rewards.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('scheme-pool', 'member', 'merchant', 'settled', 'expired')),
    -- Post code of a member; null for the scheme's own accounts.
    owner text,
    posted bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0,
    UNIQUE NULLS NOT DISTINCT (kind, owner),
    -- Only the scheme itself may owe.
    CONSTRAINT account_not_overdrawn CHECK (kind = 'scheme-pool' OR (posted >= 0 AND pending >= 0)),
    CONSTRAINT account_owner CHECK ((kind IN ('member', 'merchant')) = (owner IS NOT NULL))
) WITH (fillfactor = 50);
-- The pool every claim is paid from has number 1.
INSERT INTO rewards.account (kind) VALUES ('scheme-pool');

-- Points that move from one account to another. Pending until it is resolved; never changed, never deleted.
CREATE TABLE rewards.transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    debit bigint NOT NULL REFERENCES rewards.account,
    credit bigint NOT NULL REFERENCES rewards.account,
    points integer NOT NULL CHECK (points > 0),
    -- Task kind of the tariff.
    kind text NOT NULL,
    case_id bigint NOT NULL,
    owner text NOT NULL,
    -- Where the work was done, and the grid whose reviewer decides.
    grid text,
    review_grid text NOT NULL,
    -- Version of the city whose tariff gave the points.
    city_version integer NOT NULL,
    earned_on date NOT NULL,
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT transfer_moves CHECK (debit <> credit)
);
CREATE INDEX transfer_time ON rewards.transfer USING brin (opened_at);
-- For the last entries of an account.
CREATE INDEX transfer_credit ON rewards.transfer (credit, id);

-- How a transfer was resolved. The key lets that happen once.
CREATE TABLE rewards.resolution (
    transfer bigint PRIMARY KEY REFERENCES rewards.transfer,
    state text NOT NULL CHECK (state IN ('posted', 'voided', 'expired')),
    -- Post code of the reviewer, or `rewards` for the system.
    resolved_by text NOT NULL,
    resolved_at timestamptz NOT NULL,
    reason text
);
CREATE INDEX resolution_time ON rewards.resolution USING brin (resolved_at);

CREATE FUNCTION rewards.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the ledger are never changed; make a new transfer' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER transfer_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON rewards.transfer
FOR EACH STATEMENT EXECUTE FUNCTION rewards.refuse_change();
CREATE TRIGGER resolution_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON rewards.resolution
FOR EACH STATEMENT EXECUTE FUNCTION rewards.refuse_change();

-- Where each claim stands: one row per case, post and kind of work, which is why a post gets at most one award for it.
CREATE TABLE rewards.claim (
    case_id bigint NOT NULL,
    owner text NOT NULL,
    kind text NOT NULL,
    -- The transfer that is, or was last, at stake.
    transfer bigint NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    resolved_by text,
    -- Last version of the case that was applied to it.
    case_version integer NOT NULL,
    points integer NOT NULL,
    account bigint NOT NULL,
    grid text,
    review_grid text NOT NULL,
    earned_on date NOT NULL,
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The lane that opened it, and lets it expire: partition of `cases`.
    partition smallint NOT NULL,
    PRIMARY KEY (case_id, owner, kind)
) WITH (fillfactor = 80);
-- For the lane that lets claims expire.
CREATE INDEX claim_expiry ON rewards.claim (partition, expires_at) WHERE state = 'pending';
-- For reviewers who page through what waits.
CREATE INDEX claim_pending ON rewards.claim (transfer) WHERE state = 'pending';

-- Points of pending and posted claims by person, kind and local day: what the daily cap looks at.
CREATE TABLE rewards.day_total (
    owner text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    points integer NOT NULL CHECK (points >= 0),
    PRIMARY KEY (owner, kind, day)
) WITH (fillfactor = 50);

-- Work that earned nothing because the day's cap was reached.
CREATE TABLE rewards.capped (
    case_id bigint NOT NULL,
    owner text NOT NULL,
    kind text NOT NULL,
    case_version integer NOT NULL,
    day date NOT NULL,
    points integer NOT NULL,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, owner, kind, case_version)
);

-- Cases that were voided, or reopened after they had been closed: claims of an earlier version do not hold, even when
-- the message that earned them arrives later.
CREATE TABLE rewards.withdrawal (
    case_id bigint PRIMARY KEY,
    case_version integer NOT NULL
);

-- All balances together stay zero, whoever changes them and how.
CREATE FUNCTION rewards.check_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM after WHERE posted <> 0 OR pending <> 0) THEN
            RAISE EXCEPTION 'an account begins with nothing' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (SELECT sum(posted) FROM after) <> (SELECT sum(posted) FROM before)
        OR (SELECT sum(pending) FROM after) <> (SELECT sum(pending) FROM before) THEN
        RAISE EXCEPTION 'a posting does not sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER account_opened AFTER INSERT ON rewards.account
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION rewards.check_zero_sum();
CREATE TRIGGER account_moved AFTER UPDATE ON rewards.account
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION rewards.check_zero_sum();
CREATE TRIGGER account_kept BEFORE DELETE OR TRUNCATE ON rewards.account
FOR EACH STATEMENT EXECUTE FUNCTION rewards.refuse_change();

-- Changes balances, locking accounts in one order, so that writers cannot deadlock.
CREATE FUNCTION rewards.move(accounts bigint[], posted_by bigint[], pending_by bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Not FOR UPDATE: others hold key locks on the pool by the transfers they have just inserted.
    PERFORM FROM rewards.account WHERE id = ANY (accounts) ORDER BY id FOR NO KEY UPDATE;
    UPDATE rewards.account a SET posted = a.posted + m.posted, pending = a.pending + m.pending
    FROM unnest(accounts, posted_by, pending_by) AS m (id, posted, pending) WHERE a.id = m.id;
END
$$;

CREATE VIEW rewards.balance_check AS
WITH entry AS (
    SELECT t.id, t.debit, t.credit, t.points, r.state
    FROM rewards.transfer t LEFT JOIN rewards.resolution r ON r.transfer = t.id
    WHERE r.state IS NULL OR r.state = 'posted'
), side AS (
    SELECT credit AS account, points, state FROM entry UNION ALL SELECT debit, -points, state FROM entry
), summed AS (
    SELECT account, coalesce(sum(points) FILTER (WHERE state = 'posted'), 0) AS posted,
           coalesce(sum(points) FILTER (WHERE state IS NULL), 0) AS pending
    FROM side GROUP BY account
)
SELECT a.id AS account, a.kind, a.owner, a.posted, a.pending,
       coalesce(s.posted, 0) AS posted_by_entries, coalesce(s.pending, 0) AS pending_by_entries,
       a.posted = coalesce(s.posted, 0) AND a.pending = coalesce(s.pending, 0) AS agrees
FROM rewards.account a LEFT JOIN summed s ON s.account = a.id;

COMMENT ON TABLE rewards.account IS 'Accounts of points and their balances. All balances together are zero; only the scheme pool is negative.';
COMMENT ON COLUMN rewards.account.posted IS 'Points that are the owner''s to spend.';
COMMENT ON COLUMN rewards.account.pending IS 'Points of claims that wait for review.';
COMMENT ON TABLE rewards.transfer IS 'Every claim as a double entry, debit to credit. Insert-only.';
COMMENT ON TABLE rewards.resolution IS 'How each transfer was resolved, once: posted, voided or expired. Without a row it is pending. Insert-only.';
COMMENT ON TABLE rewards.claim IS 'Where each claim stands: one row per case, post and kind of work.';
COMMENT ON TABLE rewards.day_total IS 'Points of pending and posted claims by person, kind and local day.';
COMMENT ON TABLE rewards.capped IS 'Work that earned nothing because the daily cap of its kind was reached.';
COMMENT ON TABLE rewards.withdrawal IS 'Cases whose earlier claims do not hold: voided, or reopened after closing.';
COMMENT ON VIEW rewards.balance_check IS 'Each account''s balances as kept and as they follow from the entries; agrees must be true everywhere.';
