-- Reference data of the city: what `gridctl profile load` writes and everybody reads. Nothing here is about a person.
--
-- Every load is a new version; rows are never changed. The `current_` views show the version that is in force.

CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;

CREATE TABLE city.profile (
    version         integer PRIMARY KEY CHECK (version > 0),
    code            text NOT NULL,
    name_zh         text NOT NULL,
    name_en         text NOT NULL,
    division_code   text NOT NULL,
    tracking_prefix text NOT NULL,
    time_zone       text NOT NULL,
    notes           jsonb NOT NULL,
    working_time    jsonb NOT NULL,
    valid_from      timestamptz NOT NULL,
    loaded_at       timestamptz NOT NULL DEFAULT now(),
    loaded_by       text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE city.profile IS 'One row for each load of a profile; other tables of the schema belong to a version of it.';
COMMENT ON COLUMN city.profile.version IS 'Counts up with each load.';
COMMENT ON COLUMN city.profile.division_code IS 'Administrative division code: county 6 + street 3 (+ community 3) digits.';
COMMENT ON COLUMN city.profile.notes IS 'What is assumed or invented in the profile, as [{zh, en}].';
COMMENT ON COLUMN city.profile.working_time IS 'Spans of minutes since local midnight, as {spans: [{from, to}]}.';
COMMENT ON COLUMN city.profile.valid_from IS 'From this moment on the version is in force, until a later one is.';

CREATE TABLE city.level (
    version integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    level   smallint NOT NULL CHECK (level BETWEEN 1 AND 20),
    slug    text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    PRIMARY KEY (version, level)
);
COMMENT ON TABLE city.level IS 'What grids of one depth are called, such as 3: community grid.';

CREATE TABLE city.grid (
    version    integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code       text NOT NULL,
    position   integer NOT NULL,
    parent     text,
    level      smallint NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('base', 'special')),
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    households integer NOT NULL CHECK (households >= 0),
    geom       public.geometry(MultiPolygon, 4326) NOT NULL,
    PRIMARY KEY (version, code),
    FOREIGN KEY (version, parent) REFERENCES city.grid (version, code) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (version, level) REFERENCES city.level (version, level)
);
CREATE INDEX grid_geom ON city.grid USING gist (geom);
CREATE INDEX grid_parent ON city.grid (version, parent);
COMMENT ON TABLE city.grid IS 'Grids of all levels with their areas. The parts of a grid cover it without gap or overlap.';
COMMENT ON COLUMN city.grid.position IS 'Place in the profile''s file.';
COMMENT ON COLUMN city.grid.parent IS 'Grid this one is a part of; null for the root.';
COMMENT ON COLUMN city.grid.level IS 'Depth in the tree from 1 for the root; its name is in city.level.';
COMMENT ON COLUMN city.grid.kind IS 'base: part of the full cover; special: one institution with a boundary of its own.';
COMMENT ON COLUMN city.grid.households IS 'Households in the grid; those of a parent include its parts.';
COMMENT ON COLUMN city.grid.geom IS 'Area in WGS84 longitude and latitude.';

CREATE TABLE city.unit (
    version  integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code     text NOT NULL,
    position integer NOT NULL,
    grid     text NOT NULL,
    kind     text NOT NULL,
    name_zh  text NOT NULL,
    name_en  text NOT NULL,
    PRIMARY KEY (version, code),
    FOREIGN KEY (version, grid) REFERENCES city.grid (version, code)
);
COMMENT ON TABLE city.unit IS 'Units that can lead or assist: brigades, departments, schools, companies.';

CREATE TABLE city.post (
    version  integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code     text NOT NULL,
    position integer NOT NULL,
    grid     text NOT NULL,
    role     text NOT NULL,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    unit     text,
    PRIMARY KEY (version, code),
    FOREIGN KEY (version, grid) REFERENCES city.grid (version, code),
    FOREIGN KEY (version, unit) REFERENCES city.unit (version, code)
);
CREATE INDEX post_grid_role ON city.post (version, grid, role);
COMMENT ON TABLE city.post IS 'Posts that answer for a grid or work for a unit; never the people who hold them.';
COMMENT ON COLUMN city.post.role IS 'Role slug of the profile, such as grid-worker.';

CREATE TABLE city.source (
    version  integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code     text NOT NULL,
    position integer NOT NULL,
    name_zh  text NOT NULL,
    name_en  text NOT NULL,
    datum    text NOT NULL,
    staffed  boolean NOT NULL,
    PRIMARY KEY (version, code)
);
COMMENT ON TABLE city.source IS 'Systems that may publish reports.';
COMMENT ON COLUMN city.source.datum IS 'Datum of its coordinates where a report does not say.';
COMMENT ON COLUMN city.source.staffed IS 'Reports come from staff on the ground, who may handle on the spot.';

CREATE TABLE city.category (
    version  integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code     text NOT NULL,
    position integer NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('component', 'event', 'social')),
    major_zh text NOT NULL,
    major_en text NOT NULL,
    name_zh  text NOT NULL,
    name_en  text NOT NULL,
    PRIMARY KEY (version, code)
);
COMMENT ON TABLE city.category IS 'Minor classes of the catalogue.';
COMMENT ON COLUMN city.category.kind IS 'component: a thing of the city; event: something that happens; social: a matter of residents.';

CREATE TABLE city.filing_condition (
    version        integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    code           text NOT NULL,
    position       integer NOT NULL,
    category       text NOT NULL,
    name_zh        text NOT NULL,
    name_en        text NOT NULL,
    limit_amount   integer NOT NULL CHECK (limit_amount > 0),
    limit_unit     text NOT NULL CHECK (limit_unit IN ('urgentHours', 'workingHours', 'workingDays', 'calendarDays', 'minutes')),
    severity       text NOT NULL CHECK (severity IN ('general', 'larger', 'major')),
    needs_evidence boolean NOT NULL,
    PRIMARY KEY (version, code),
    FOREIGN KEY (version, category) REFERENCES city.category (version, code)
);
COMMENT ON TABLE city.filing_condition IS 'When a matter of a category becomes a case, and how long handling it may take.';
COMMENT ON COLUMN city.filing_condition.limit_unit IS 'urgentHours and calendarDays run on; workingHours and workingDays (8 hours) count working time only.';
COMMENT ON COLUMN city.filing_condition.needs_evidence IS 'Closing needs a picture or note from before and after.';

CREATE TABLE city.policy (
    version  integer PRIMARY KEY REFERENCES city.profile ON DELETE CASCADE,
    document jsonb NOT NULL
);
COMMENT ON TABLE city.policy IS 'Routing rules, duplicates, stage clocks, as one document.';

CREATE TABLE city.tariff (
    version        integer PRIMARY KEY REFERENCES city.profile ON DELETE CASCADE,
    fen_per_point  integer NOT NULL CHECK (fen_per_point > 0),
    review_days    integer NOT NULL,
    reviewer_role  text NOT NULL,
    reviewer_level smallint NOT NULL
);
COMMENT ON TABLE city.tariff IS 'What a point is worth and who reviews claims.';
COMMENT ON COLUMN city.tariff.fen_per_point IS 'Hundredths of a yuan.';
COMMENT ON COLUMN city.tariff.review_days IS 'A claim nobody reviewed within so many days expires.';

CREATE TABLE city.tariff_rate (
    version   integer NOT NULL REFERENCES city.tariff ON DELETE CASCADE,
    kind      text NOT NULL,
    position  integer NOT NULL,
    name_zh   text NOT NULL,
    name_en   text NOT NULL,
    points    integer NOT NULL CHECK (points > 0),
    daily_cap integer NOT NULL CHECK (daily_cap >= points),
    PRIMARY KEY (version, kind)
);
COMMENT ON TABLE city.tariff_rate IS 'Points for each kind of useful work.';
COMMENT ON COLUMN city.tariff_rate.daily_cap IS 'Most points one person can earn by this kind in a day.';

CREATE TABLE city.holiday (
    version    integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    day        date NOT NULL,
    name       text NOT NULL,
    is_day_off boolean NOT NULL,
    PRIMARY KEY (version, day)
);
COMMENT ON TABLE city.holiday IS 'Days of the State Council''s notices: days off, and weekend days worked instead.';
COMMENT ON COLUMN city.holiday.is_day_off IS 'False for a weekend day that is worked.';

CREATE TABLE city.zone_transition (
    version        integer NOT NULL REFERENCES city.profile ON DELETE CASCADE,
    starts_at      timestamptz NOT NULL,
    offset_seconds integer NOT NULL,
    PRIMARY KEY (version, starts_at)
);
COMMENT ON TABLE city.zone_transition IS 'From when the city''s clocks stand how far ahead of UTC, 1990 to 2100, from PostgreSQL''s time-zone data.';

CREATE FUNCTION city.effective_version(at timestamptz DEFAULT now()) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT version FROM city.profile WHERE valid_from <= at ORDER BY valid_from DESC, version DESC LIMIT 1);
COMMENT ON FUNCTION city.effective_version IS 'Version of the profile in force at a moment; null before the first.';

CREATE VIEW city.current_profile AS SELECT * FROM city.profile WHERE version = city.effective_version();
CREATE VIEW city.current_level AS SELECT * FROM city.level WHERE version = city.effective_version();
CREATE VIEW city.current_grid AS SELECT * FROM city.grid WHERE version = city.effective_version();
CREATE VIEW city.current_unit AS SELECT * FROM city.unit WHERE version = city.effective_version();
CREATE VIEW city.current_post AS SELECT * FROM city.post WHERE version = city.effective_version();
CREATE VIEW city.current_source AS SELECT * FROM city.source WHERE version = city.effective_version();
CREATE VIEW city.current_category AS SELECT * FROM city.category WHERE version = city.effective_version();
CREATE VIEW city.current_filing_condition AS SELECT * FROM city.filing_condition WHERE version = city.effective_version();
CREATE VIEW city.current_tariff_rate AS SELECT * FROM city.tariff_rate WHERE version = city.effective_version();
CREATE VIEW city.current_holiday AS SELECT * FROM city.holiday WHERE version = city.effective_version();
COMMENT ON VIEW city.current_profile IS 'The version of the profile in force now.';
COMMENT ON VIEW city.current_level IS 'Names of the grid levels in force now.';
COMMENT ON VIEW city.current_grid IS 'Grids in force now.';
COMMENT ON VIEW city.current_unit IS 'Units in force now.';
COMMENT ON VIEW city.current_post IS 'Posts in force now.';
COMMENT ON VIEW city.current_source IS 'Sources in force now.';
COMMENT ON VIEW city.current_category IS 'Categories in force now.';
COMMENT ON VIEW city.current_filing_condition IS 'Filing conditions in force now.';
COMMENT ON VIEW city.current_tariff_rate IS 'Points tariff in force now.';
COMMENT ON VIEW city.current_holiday IS 'Holidays and shifted workdays in force now.';

-- Reference data without personal data: whoever may connect may read it. Writing stays with the owner.
GRANT USAGE ON SCHEMA city TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA city TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA city GRANT SELECT ON TABLES TO PUBLIC;
