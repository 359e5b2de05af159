-- Facts, dimensions and indicators of the suite, for analysts and the command-centre page. Nothing here is about a
-- person: no contact data, no posts of those who found or handled a case. Text that came from outside is in `feed` alone.
--
-- Each table of facts has one writer: the lane of one topic. What is derived from two topics is joined in views, so the
-- order in which messages of different topics arrive cannot matter.

CREATE FUNCTION analytics.time_zone() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT time_zone FROM city.profile ORDER BY version DESC LIMIT 1 $$;
COMMENT ON FUNCTION analytics.time_zone IS 'The city''s time zone: days begin and end by it.';

CREATE FUNCTION analytics.city_day(moment timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (moment AT TIME ZONE analytics.time_zone())::date $$;
COMMENT ON FUNCTION analytics.city_day IS 'The day it is in the city at a moment.';

-- Facts -----------------------------------------------------------------------------------------------------------

CREATE TABLE analytics.case_fact (
    case_id        bigint PRIMARY KEY,
    version        integer NOT NULL,
    number         text NOT NULL,
    state          text NOT NULL,
    source         text NOT NULL,
    condition      text NOT NULL,
    category       text NOT NULL,
    severity       text NOT NULL,
    path           text NOT NULL,
    grid           text,
    longitude      double precision,
    latitude       double precision,
    on_the_spot    boolean NOT NULL,
    reports        integer NOT NULL,
    returns        integer NOT NULL,
    reworks        integer NOT NULL,
    escalations    integer NOT NULL,
    reported_at    timestamptz NOT NULL,
    filed_at       timestamptz NOT NULL,
    dispatched_at  timestamptz,
    accepted_at    timestamptz,
    handled_at     timestamptz,
    closed_at      timestamptz,
    reported_day   date NOT NULL,
    policy_version integer NOT NULL,
    -- Generated, so that they cannot differ from the state.
    open           boolean NOT NULL GENERATED ALWAYS AS (state NOT IN ('closed', 'declined', 'void')) STORED,
    counted        boolean NOT NULL GENERATED ALWAYS AS (state NOT IN ('declined', 'void')) STORED
) WITH (fillfactor = 80);
-- Figures of a period.
CREATE INDEX case_fact_reported_day ON analytics.case_fact USING brin (reported_day) WITH (pages_per_range = 32);
-- What is open now, by grid; as large as what is open.
CREATE INDEX case_fact_open ON analytics.case_fact (grid) WHERE open;

COMMENT ON TABLE analytics.case_fact IS 'One row a case, as it stands after its last known version. Read analytics.cases, which adds what the clocks say.';
COMMENT ON COLUMN analytics.case_fact.case_id IS 'Number of the case, ordered by time of filing.';
COMMENT ON COLUMN analytics.case_fact.version IS 'How many steps the case has taken.';
COMMENT ON COLUMN analytics.case_fact.number IS 'Number shown to people.';
COMMENT ON COLUMN analytics.case_fact.state IS 'reported, filed, dispatched, accepted, handling, handled, closed, returned, declined or void.';
COMMENT ON COLUMN analytics.case_fact.source IS 'System that reported the matter first; see dim_source.';
COMMENT ON COLUMN analytics.case_fact.condition IS 'Filing condition, which sets the time limit; see dim_condition.';
COMMENT ON COLUMN analytics.case_fact.category IS 'Minor class of the catalogue; see dim_category.';
COMMENT ON COLUMN analytics.case_fact.severity IS 'general, larger or major.';
COMMENT ON COLUMN analytics.case_fact.path IS 'finder: who finds it handles it; report-up: a brigade leads; command: an order to every node.';
COMMENT ON COLUMN analytics.case_fact.grid IS 'Smallest grid the matter lies in; null while the manual desk looks for it. See dim_grid.';
COMMENT ON COLUMN analytics.case_fact.longitude IS 'Where the matter is, degrees, WGS84.';
COMMENT ON COLUMN analytics.case_fact.on_the_spot IS 'Found and handled by the same worker in one step.';
COMMENT ON COLUMN analytics.case_fact.reports IS 'Reports that told of this matter, the first included.';
COMMENT ON COLUMN analytics.case_fact.returns IS 'Times it was sent back.';
COMMENT ON COLUMN analytics.case_fact.reworks IS 'Times it had to be done again after the closing check.';
COMMENT ON COLUMN analytics.case_fact.escalations IS 'Levels it was raised after breaches.';
COMMENT ON COLUMN analytics.case_fact.reported_at IS 'When the matter was found, not when it was heard of.';
COMMENT ON COLUMN analytics.case_fact.reported_day IS 'The city''s day of reported_at; periods are cut by it.';
COMMENT ON COLUMN analytics.case_fact.policy_version IS 'Version of the city''s profile that decided.';
COMMENT ON COLUMN analytics.case_fact.open IS 'Something is still expected of somebody.';
COMMENT ON COLUMN analytics.case_fact.counted IS 'Part of the indicators: neither declined nor void.';

CREATE TABLE analytics.clock_fact (
    case_id     bigint NOT NULL,
    kind        text NOT NULL,
    version     integer NOT NULL,
    mark        text NOT NULL,
    started_at  timestamptz NOT NULL,
    deadline    timestamptz NOT NULL,
    fired_at    timestamptz NOT NULL,
    provisional boolean NOT NULL,
    grid        text,
    PRIMARY KEY (case_id, kind, version, mark)
);
CREATE INDEX clock_fact_fired_at ON analytics.clock_fact USING brin (fired_at);
COMMENT ON TABLE analytics.clock_fact IS 'One row each time a clock of a case passed a mark.';
COMMENT ON COLUMN analytics.clock_fact.kind IS 'What the clock measures: dispatch, accept, handling or check.';
COMMENT ON COLUMN analytics.clock_fact.version IS 'Version of the case whose step started the clock; with case and kind it names the clock.';
COMMENT ON COLUMN analytics.clock_fact.mark IS 'yellow and red are warnings, breach is the deadline.';
COMMENT ON COLUMN analytics.clock_fact.provisional IS 'The deadline rests on a working calendar that was not announced yet.';

CREATE TABLE analytics.case_mark (
    case_id         bigint PRIMARY KEY,
    dispatch_mark   smallint NOT NULL,
    accept_mark     smallint NOT NULL,
    handling_mark   smallint NOT NULL,
    check_mark      smallint NOT NULL,
    first_breach_at timestamptz
) WITH (fillfactor = 80);
COMMENT ON TABLE analytics.case_mark IS 'The worst mark of each kind of clock, one row a case that has any: clock_fact summed up.';
COMMENT ON COLUMN analytics.case_mark.handling_mark IS '0 none, 1 yellow, 2 red, 3 breached; likewise the other marks.';
COMMENT ON COLUMN analytics.case_mark.first_breach_at IS 'When the first deadline of any kind was missed.';

CREATE TABLE analytics.report_fact (
    report_id       bigint PRIMARY KEY,
    tracking_number text NOT NULL,
    source          text NOT NULL,
    condition       text NOT NULL,
    grid            text,
    on_the_spot     boolean NOT NULL,
    occurred_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL
);
CREATE INDEX report_fact_received_at ON analytics.report_fact USING brin (received_at);
COMMENT ON TABLE analytics.report_fact IS 'One row an accepted report. Several reports of one matter become one case.';
COMMENT ON COLUMN analytics.report_fact.on_the_spot IS 'It told that the finder had already handled the matter.';

CREATE TABLE analytics.rejection_fact (
    rejection_id bigint PRIMARY KEY,
    source       text NOT NULL,
    received_at  timestamptz NOT NULL,
    reasons      text[] NOT NULL
);
CREATE INDEX rejection_fact_received_at ON analytics.rejection_fact USING brin (received_at);
COMMENT ON TABLE analytics.rejection_fact IS 'One row a refused input; its content stays with intake.';
COMMENT ON COLUMN analytics.rejection_fact.reasons IS 'Slugs of the reasons, such as unknown-condition.';

CREATE TABLE analytics.points_fact (
    transfer     bigint PRIMARY KEY,
    state        text NOT NULL,
    kind         text NOT NULL,
    points       integer NOT NULL,
    case_id      bigint NOT NULL,
    grid         text,
    opened_at    timestamptz,
    resolved_at  timestamptz,
    resolved_day date
) WITH (fillfactor = 80);
-- Points of a period.
CREATE INDEX points_fact_resolved_day ON analytics.points_fact (resolved_day);
COMMENT ON TABLE analytics.points_fact IS 'One row a claim of points. Whose claim it is stays in the ledger.';
COMMENT ON COLUMN analytics.points_fact.state IS 'pending, then once posted, voided or expired.';
COMMENT ON COLUMN analytics.points_fact.kind IS 'Task kind of the tariff.';
COMMENT ON COLUMN analytics.points_fact.resolved_day IS 'The city''s day of resolved_at; null while pending.';

CREATE TABLE analytics.feed (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    case_id bigint NOT NULL,
    change  text NOT NULL,
    state   text NOT NULL,
    colour  text,
    title   text
);
-- A case's title, for its warnings.
CREATE INDEX feed_case ON analytics.feed (case_id, id);
COMMENT ON TABLE analytics.feed IS 'Latest changes for the command-centre page; old rows are deleted, so nothing can be counted from it. Not for analysts: titles are words from outside.';

-- Cases as analysts see them ----------------------------------------------------------------------------------------

CREATE VIEW analytics.cases AS
SELECT f.case_id, f.number, f.version, f.state, f.open, f.counted, f.source, f.condition, f.category, f.severity, f.path,
    f.grid, f.longitude, f.latitude, f.on_the_spot, f.reports, f.returns, f.reworks, f.escalations,
    f.reported_at, f.filed_at, f.dispatched_at, f.accepted_at, f.handled_at, f.closed_at, f.reported_day,
    f.policy_version,
    f.state IN ('handled', 'closed') AS handled,
    f.state = 'closed' AS closed,
    coalesce(m.handling_mark, 0) = 3 AS breached,
    f.state IN ('handled', 'closed') AND coalesce(m.handling_mark, 0) < 3 AS on_time,
    f.state IN ('handled', 'closed') OR coalesce(m.handling_mark, 0) = 3 OR f.reworks > 0 AS due,
    f.open AND f.state <> 'handled' AND coalesce(m.handling_mark, 0) = 3 AS overdue,
    CASE
        WHEN f.state = 'filed' THEN coalesce(m.dispatch_mark, 0)
        WHEN f.state = 'dispatched' THEN coalesce(m.accept_mark, 0)
        WHEN f.state IN ('accepted', 'handling', 'returned') THEN coalesce(m.handling_mark, 0)
        WHEN f.state = 'handled' THEN coalesce(m.check_mark, 0)
        ELSE 0
    END AS present_mark,
    m.first_breach_at
FROM analytics.case_fact f LEFT JOIN analytics.case_mark m USING (case_id);
COMMENT ON VIEW analytics.cases IS 'Start here: one row a case with everything the indicators count.';
COMMENT ON COLUMN analytics.cases.handled IS 'The matter is handled: the case is handled or closed. A case sent back for rework is not.';
COMMENT ON COLUMN analytics.cases.breached IS 'A handling deadline of the case has passed before it was handled.';
COMMENT ON COLUMN analytics.cases.on_time IS 'Handled, and no handling deadline was ever breached.';
COMMENT ON COLUMN analytics.cases.due IS 'Should be handled by now: it is, or was before rework, or its handling deadline has passed.';
COMMENT ON COLUMN analytics.cases.overdue IS 'Not handled although a handling deadline has passed.';
COMMENT ON COLUMN analytics.cases.present_mark IS 'Worst mark of the clock of the present stage: 0 none, 1 yellow, 2 red, 3 breached.';

CREATE VIEW analytics.daily AS
SELECT reported_day AS day, grid, source, category,
    count(*) AS reported,
    sum(reports) AS reports,
    count(*) FILTER (WHERE on_the_spot) AS on_the_spot,
    count(*) FILTER (WHERE due) AS due,
    count(*) FILTER (WHERE handled) AS handled,
    count(*) FILTER (WHERE on_time) AS on_time,
    count(*) FILTER (WHERE closed) AS closed,
    count(*) FILTER (WHERE reworks > 0) AS reworked,
    count(*) FILTER (WHERE breached) AS breached
FROM analytics.cases
WHERE counted
GROUP BY reported_day, grid, source, category;
COMMENT ON VIEW analytics.daily IS 'What became of the cases reported on a day: every count is of those cases, whenever it happened. Declined and void cases are left out.';
COMMENT ON COLUMN analytics.daily.reported IS 'Cases.';
COMMENT ON COLUMN analytics.daily.reports IS 'Reports that told of them.';

CREATE VIEW analytics.daily_points AS
SELECT resolved_day AS day,
    coalesce(sum(points) FILTER (WHERE state = 'posted'), 0) AS points_posted,
    sum(points) AS points_resolved
FROM analytics.points_fact
WHERE resolved_day IS NOT NULL
GROUP BY resolved_day;
COMMENT ON VIEW analytics.daily_points IS 'Points by the day their claim was posted, voided or expired.';

-- Dimensions --------------------------------------------------------------------------------------------------------

CREATE VIEW analytics.dim_grid AS
WITH RECURSIVE tree AS (
    SELECT version, code, ARRAY[code] AS path FROM city.grid WHERE parent IS NULL
    UNION ALL
    SELECT g.version, g.code, t.path || g.code
    FROM city.grid g JOIN tree t ON g.version = t.version AND g.parent = t.code
)
SELECT DISTINCT ON (g.code) g.code AS grid, g.level, l.slug AS level_slug, g.kind, g.name_zh, g.name_en, g.parent, t.path,
    g.households, g.version AS policy_version
FROM city.grid g JOIN tree t USING (version, code) JOIN city.level l USING (version, level)
ORDER BY g.code, g.version DESC;
COMMENT ON VIEW analytics.dim_grid IS 'Grids of all levels, as the latest profile that has them describes them. Areas are in city.current_grid.';
COMMENT ON COLUMN analytics.dim_grid.path IS 'The grids around it from the root down to itself: path[n] is the grid of level n it lies in.';

CREATE VIEW analytics.dim_source AS
SELECT DISTINCT ON (code) code AS source, name_zh, name_en, staffed
FROM city.source ORDER BY code, version DESC;
COMMENT ON VIEW analytics.dim_source IS 'Systems that publish reports.';

CREATE VIEW analytics.dim_category AS
SELECT DISTINCT ON (code) code AS category, kind, major_zh, major_en, name_zh, name_en
FROM city.category ORDER BY code, version DESC;
COMMENT ON VIEW analytics.dim_category IS 'Minor classes of the catalogue.';

CREATE VIEW analytics.dim_condition AS
SELECT DISTINCT ON (code) code AS condition, category, name_zh, name_en, limit_amount, limit_unit, severity
FROM city.filing_condition ORDER BY code, version DESC;
COMMENT ON VIEW analytics.dim_condition IS 'Filing conditions with the time limit for handling.';

CREATE VIEW analytics.dim_day AS
SELECT d.day::date AS day, extract(isodow FROM d.day)::integer AS weekday, date_trunc('month', d.day)::date AS month,
    coalesce(NOT h.is_day_off, extract(isodow FROM d.day) < 6) AS workday, h.name AS holiday
FROM (SELECT min(reported_day) AS first, max(reported_day) AS last FROM analytics.case_fact) span
CROSS JOIN LATERAL generate_series(span.first::timestamp, span.last::timestamp, interval '1 day') AS d (day)
LEFT JOIN city.current_holiday h ON h.day = d.day::date;
COMMENT ON VIEW analytics.dim_day IS 'Every day from the first to the last reported case.';
COMMENT ON COLUMN analytics.dim_day.weekday IS '1 Monday to 7 Sunday.';
COMMENT ON COLUMN analytics.dim_day.workday IS 'Holidays and shifted workdays are taken from the announced calendar.';
COMMENT ON COLUMN analytics.dim_day.holiday IS 'Name of the holiday the day is off, or worked, for.';

-- Indicators --------------------------------------------------------------------------------------------------------

CREATE TABLE analytics.indicator (
    id            text PRIMARY KEY,
    position      smallint NOT NULL UNIQUE,
    unit          text NOT NULL CHECK (unit IN ('cases', 'points', 'rate')),
    scope         text NOT NULL CHECK (scope IN ('period', 'present')),
    numerator     text NOT NULL,
    denominator   text NOT NULL,
    name_zh       text NOT NULL,
    name_en       text NOT NULL,
    definition_zh text NOT NULL,
    definition_en text NOT NULL
);
COMMENT ON TABLE analytics.indicator IS 'Every indicator with its definition. Numerator and denominator name columns of daily, daily_points or present.';
COMMENT ON COLUMN analytics.indicator.unit IS 'rate: numerator / denominator; otherwise the value is the numerator.';
COMMENT ON COLUMN analytics.indicator.scope IS 'period: cases reported, or points resolved, in a period; present: as things stand.';
INSERT INTO analytics.indicator VALUES
    ('reported', 1, 'cases', 'period', 'reported', 'reports', '上报数', 'Reported',
     '统计期内发现的案卷数，不含不予受理和作废；分母为反映这些案卷的上报件数（多件并案）。',
     'Cases found in the period, without declined and void ones; the denominator counts the reports that told of them.'),
    ('on-the-spot-rate', 2, 'rate', 'period', 'on_the_spot', 'reported', '现场处置率', 'On-the-spot disposal',
     '发现人当场处置的案卷数 ÷ 上报案卷数。',
     'Cases that their finder handled in the same step ÷ cases reported.'),
    ('disposal-rate', 3, 'rate', 'period', 'handled', 'due', '处置率', 'Disposal rate',
     '已处置案卷数 ÷ 应处置案卷数。应处置：已处置、曾处置后返工，或处置时限已过。',
     'Cases handled ÷ cases due: those handled, handled and sent back for rework, or past their handling deadline.'),
    ('on-time-rate', 4, 'rate', 'period', 'on_time', 'due', '按期处置率', 'On-time disposal',
     '按期处置案卷数 ÷ 应处置案卷数。按期：已处置且处置时限从未超期。',
     'Cases handled without ever missing a handling deadline ÷ cases due.'),
    ('closing-rate', 5, 'rate', 'period', 'closed', 'due', '结案率', 'Closing rate',
     '已结案数 ÷ 应结案数；应结案即应处置的案卷。',
     'Cases closed ÷ cases due to close, which are the cases due.'),
    ('rework-rate', 6, 'rate', 'period', 'reworked', 'due', '返工率', 'Rework rate',
     '至少返工一次的案卷数 ÷ 应结案数。',
     'Cases done again at least once ÷ cases due to close.'),
    ('open', 7, 'cases', 'present', 'open', 'in_work', '在办案卷', 'Open cases',
     '此刻尚未办结的案卷数，不论何时上报；分母为统计期内上报与此刻在办案卷之和（不重复计）。',
     'Cases not finished now, whenever reported; the denominator counts cases reported in the period or open now.'),
    ('overdue', 8, 'cases', 'present', 'overdue', 'open', '超期未处置', 'Overdue',
     '此刻处置时限已过而尚未处置的案卷数；分母为在办案卷数。',
     'Cases past a handling deadline and not handled now; the denominator counts open cases.'),
    ('points-posted', 9, 'points', 'period', 'points_posted', 'points_resolved', '发放积分', 'Points posted',
     '统计期内审核通过的积分；分母为统计期内审结（通过、作废、过期）的积分。',
     'Points whose claim was posted in the period; the denominator counts points posted, voided or expired in it.');

CREATE VIEW analytics.indicator_by_day AS
SELECT d.day, i.id, (d.counts ->> i.numerator)::bigint AS numerator, (d.counts ->> i.denominator)::bigint AS denominator,
    round((d.counts ->> i.numerator)::numeric / nullif((d.counts ->> i.denominator)::numeric, 0), 4) AS ratio
FROM (
    SELECT day, to_jsonb(s) AS counts FROM (
        SELECT day, sum(reported) AS reported, sum(reports) AS reports, sum(on_the_spot) AS on_the_spot, sum(due) AS due,
            sum(handled) AS handled, sum(on_time) AS on_time, sum(closed) AS closed, sum(reworked) AS reworked
        FROM analytics.daily GROUP BY day
    ) s
    UNION ALL
    SELECT day, to_jsonb(p) FROM analytics.daily_points p
) d JOIN analytics.indicator i ON i.scope = 'period' AND d.counts ?& ARRAY[i.numerator, i.denominator];
COMMENT ON VIEW analytics.indicator_by_day IS 'Each indicator of a period, day by day. Sum numerators and denominators before dividing.';

CREATE VIEW analytics.indicator_by_source AS
SELECT d.day, d.source, i.id, (d.counts ->> i.numerator)::bigint AS numerator,
    (d.counts ->> i.denominator)::bigint AS denominator
FROM (
    SELECT day, source, to_jsonb(s) AS counts FROM (
        SELECT day, source, sum(reported) AS reported, sum(reports) AS reports, sum(on_the_spot) AS on_the_spot,
            sum(due) AS due, sum(handled) AS handled, sum(on_time) AS on_time, sum(closed) AS closed,
            sum(reworked) AS reworked
        FROM analytics.daily GROUP BY day, source
    ) s
) d JOIN analytics.indicator i ON i.scope = 'period' AND d.counts ?& ARRAY[i.numerator, i.denominator];
COMMENT ON VIEW analytics.indicator_by_source IS 'Each indicator of a period by day and source.';

CREATE VIEW analytics.indicator_by_category AS
SELECT d.day, d.category, i.id, (d.counts ->> i.numerator)::bigint AS numerator,
    (d.counts ->> i.denominator)::bigint AS denominator
FROM (
    SELECT day, category, to_jsonb(s) AS counts FROM (
        SELECT day, category, sum(reported) AS reported, sum(reports) AS reports, sum(on_the_spot) AS on_the_spot,
            sum(due) AS due, sum(handled) AS handled, sum(on_time) AS on_time, sum(closed) AS closed,
            sum(reworked) AS reworked
        FROM analytics.daily GROUP BY day, category
    ) s
) d JOIN analytics.indicator i ON i.scope = 'period' AND d.counts ?& ARRAY[i.numerator, i.denominator];
COMMENT ON VIEW analytics.indicator_by_category IS 'Each indicator of a period by day and category.';

CREATE VIEW analytics.indicator_by_grid AS
SELECT d.day, d.grid, i.id, (d.counts ->> i.numerator)::bigint AS numerator,
    (d.counts ->> i.denominator)::bigint AS denominator
FROM (
    SELECT day, grid, to_jsonb(s) AS counts FROM (
        SELECT l.day, around.grid, sum(l.reported) AS reported, sum(l.reports) AS reports,
            sum(l.on_the_spot) AS on_the_spot, sum(l.due) AS due, sum(l.handled) AS handled, sum(l.on_time) AS on_time,
            sum(l.closed) AS closed, sum(l.reworked) AS reworked
        FROM analytics.daily l JOIN analytics.dim_grid g ON g.grid = l.grid CROSS JOIN LATERAL unnest(g.path) AS around (grid)
        GROUP BY l.day, around.grid
    ) s
) d JOIN analytics.indicator i ON i.scope = 'period' AND d.counts ?& ARRAY[i.numerator, i.denominator];
COMMENT ON VIEW analytics.indicator_by_grid IS 'Each indicator of a period by day and grid of any level; a grid counts everything inside it. Cases without a grid are in none.';

CREATE VIEW analytics.present AS
SELECT grid, count(*) AS open, count(*) FILTER (WHERE overdue) AS overdue,
    count(*) FILTER (WHERE present_mark = 1) AS yellow, count(*) FILTER (WHERE present_mark = 2) AS red,
    count(*) FILTER (WHERE present_mark = 3) AS breached
FROM analytics.cases WHERE open GROUP BY grid;
COMMENT ON VIEW analytics.present IS 'Open cases as they stand now, by grid, with the warnings of their present stage.';

CREATE FUNCTION analytics.indicators(from_day date, to_day date)
RETURNS TABLE (id text, numerator bigint, denominator bigint, ratio numeric) LANGUAGE sql STABLE AS $$
    WITH counts AS (
        SELECT to_jsonb(c) || to_jsonb(p) || to_jsonb(o) || to_jsonb(w) AS measures
        FROM (SELECT coalesce(sum(reported), 0) AS reported, coalesce(sum(reports), 0) AS reports,
                  coalesce(sum(on_the_spot), 0) AS on_the_spot, coalesce(sum(due), 0) AS due,
                  coalesce(sum(handled), 0) AS handled, coalesce(sum(on_time), 0) AS on_time,
                  coalesce(sum(closed), 0) AS closed, coalesce(sum(reworked), 0) AS reworked
              FROM analytics.daily WHERE day BETWEEN from_day AND to_day) c,
             (SELECT coalesce(sum(points_posted), 0) AS points_posted, coalesce(sum(points_resolved), 0) AS points_resolved
              FROM analytics.daily_points WHERE day BETWEEN from_day AND to_day) p,
             (SELECT coalesce(sum(open), 0) AS open, coalesce(sum(overdue), 0) AS overdue FROM analytics.present) o,
             (SELECT count(*) AS in_work FROM analytics.cases
              WHERE counted AND (open OR reported_day BETWEEN from_day AND to_day)) w
    )
    SELECT i.id, (measures ->> i.numerator)::bigint, (measures ->> i.denominator)::bigint,
        round((measures ->> i.numerator)::numeric / nullif((measures ->> i.denominator)::numeric, 0), 4)
    FROM counts CROSS JOIN analytics.indicator i ORDER BY i.position
$$;
COMMENT ON FUNCTION analytics.indicators IS 'All indicators of the days from_day to to_day, both included.';

-- Proof -------------------------------------------------------------------------------------------------------------

CREATE VIEW analytics.recomputed_mark AS
SELECT case_id,
    (coalesce(max(rank) FILTER (WHERE kind = 'dispatch'), 0))::smallint AS dispatch_mark,
    (coalesce(max(rank) FILTER (WHERE kind = 'accept'), 0))::smallint AS accept_mark,
    (coalesce(max(rank) FILTER (WHERE kind = 'handling'), 0))::smallint AS handling_mark,
    (coalesce(max(rank) FILTER (WHERE kind = 'check'), 0))::smallint AS check_mark,
    min(fired_at) FILTER (WHERE mark = 'breach') AS first_breach_at
FROM (SELECT *, CASE mark WHEN 'yellow' THEN 1 WHEN 'red' THEN 2 ELSE 3 END AS rank FROM analytics.clock_fact) c
GROUP BY case_id;
COMMENT ON VIEW analytics.recomputed_mark IS 'What case_mark must be, from clock_fact.';

CREATE FUNCTION analytics.verify() RETURNS TABLE (case_id bigint, difference text) LANGUAGE sql STABLE AS $$
    SELECT coalesce(m.case_id, r.case_id), 'case_mark'
    FROM analytics.case_mark m FULL JOIN analytics.recomputed_mark r ON r.case_id = m.case_id
    WHERE m IS DISTINCT FROM (SELECT ROW (r.*)::analytics.case_mark WHERE r.case_id IS NOT NULL)
    UNION ALL
    SELECT f.case_id, 'case_fact.reported_day' FROM analytics.case_fact f
    WHERE f.reported_day <> (f.reported_at AT TIME ZONE (SELECT analytics.time_zone()))::date
    UNION ALL
    SELECT p.case_id, 'points_fact.resolved_day' FROM analytics.points_fact p
    WHERE p.resolved_day IS DISTINCT FROM (p.resolved_at AT TIME ZONE (SELECT analytics.time_zone()))::date
$$;
COMMENT ON FUNCTION analytics.verify IS 'Derives again what is kept derived and gives the cases where that differs: none, if all is well.';

CREATE FUNCTION analytics.recompute() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE analytics.clock_fact, analytics.case_mark, analytics.case_fact, analytics.points_fact IN EXCLUSIVE MODE;
    DELETE FROM analytics.case_mark;
    INSERT INTO analytics.case_mark SELECT * FROM analytics.recomputed_mark;
    UPDATE analytics.case_fact SET reported_day = analytics.city_day(reported_at)
    WHERE reported_day <> analytics.city_day(reported_at);
    UPDATE analytics.points_fact SET resolved_day = analytics.city_day(resolved_at)
    WHERE resolved_day IS DISTINCT FROM analytics.city_day(resolved_at);
END
$$;
COMMENT ON FUNCTION analytics.recompute IS 'Makes everything derived anew, such as after the city''s time zone was corrected. Lanes wait meanwhile.';
