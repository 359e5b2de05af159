-- Roles and rights of a suite: one role a service, least rights; one that migrates; one for operators; one for analysts.
--
-- Run by a superuser in the suite's database, before or after the migrations, as often as you like:
--
--     psql -d wangge -v ON_ERROR_STOP=1 -f deploy/postgres/roles.sql
--
-- The roles can log in and have no password: give each its own (ALTER ROLE … PASSWORD …) or another way in (pg_hba.conf).
-- Then point each service's POSTGRES_URL at its role, and `gridctl migrate` at wangge_migrate.

\set QUIET on
BEGIN;
-- "Already exists" is no news the second time.
SET LOCAL client_min_messages = warning;

-- City profiles hold geometry; only a superuser may create the extension.
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'wangge_migrate', 'wangge_intake', 'wangge_router', 'wangge_sla_watcher', 'wangge_rewards', 'wangge_analytics',
        'wangge_operator', 'wangge_analyst'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
    END LOOP;
    -- Whoever has no role here has no business here.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Schemas belong to the role that migrates; no service can change a table's shape.
CREATE SCHEMA IF NOT EXISTS eventlog AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS city AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS intake AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS routing AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS sla AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS rewards AUTHORIZATION wangge_migrate;
CREATE SCHEMA IF NOT EXISTS analytics AUTHORIZATION wangge_migrate;

-- grant_schema(schema, grantee, rights on tables): for what is there now and for what migrations will add.
CREATE FUNCTION pg_temp.grant_schema(schema text, grantee text, rights text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema, grantee);
    EXECUTE format('GRANT %s ON ALL TABLES IN SCHEMA %I TO %I', rights, schema, grantee);
    EXECUTE format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE wangge_migrate IN SCHEMA %I GRANT %s ON TABLES TO %I', schema, rights, grantee);
    IF rights <> 'SELECT' THEN
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', schema, grantee);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE wangge_migrate IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I',
            schema, grantee);
    END IF;
END
$$;

-- A service writes its own schema and the event log, and reads the city. It can look into no other service's schema.
SELECT pg_temp.grant_schema(schema, grantee, 'SELECT, INSERT, UPDATE, DELETE')
FROM (VALUES
    ('intake', 'wangge_intake'), ('routing', 'wangge_router'), ('sla', 'wangge_sla_watcher'),
    ('rewards', 'wangge_rewards'), ('analytics', 'wangge_analytics')) AS own (schema, grantee);
SELECT pg_temp.grant_schema('eventlog', grantee, 'SELECT, INSERT, UPDATE, DELETE'),
       pg_temp.grant_schema('city', grantee, 'SELECT')
FROM unnest(ARRAY[
    'wangge_intake', 'wangge_router', 'wangge_sla_watcher', 'wangge_rewards', 'wangge_analytics']) AS grantee;

-- Operators load profiles, create keys, replay, audit, move the log.
SELECT pg_temp.grant_schema(schema, 'wangge_operator', 'SELECT, INSERT, UPDATE, DELETE')
FROM unnest(ARRAY['eventlog', 'city', 'intake']) AS schema;
SELECT pg_temp.grant_schema(schema, 'wangge_operator', 'SELECT')
FROM unnest(ARRAY['routing', 'sla', 'rewards', 'analytics']) AS schema;

-- Analysts read facts, dimensions and indicators, and cannot hold up the services for long.
SELECT pg_temp.grant_schema('analytics', 'wangge_analyst', 'SELECT'), pg_temp.grant_schema('city', 'wangge_analyst', 'SELECT');
ALTER ROLE wangge_analyst SET default_transaction_read_only = on;
ALTER ROLE wangge_analyst SET statement_timeout = '60s';
ALTER ROLE wangge_analyst SET idle_in_transaction_session_timeout = '60s';

-- Exceptions, for tables that are there already; run this file once more after the first migration.
DO $$
BEGIN
    IF to_regclass('eventlog.clock') IS NOT NULL THEN
        -- Whoever may set the suite's clock decides what time it is: operators only.
        REVOKE INSERT, UPDATE, DELETE ON eventlog.clock
            FROM wangge_intake, wangge_router, wangge_sla_watcher, wangge_rewards, wangge_analytics;
    END IF;
    IF to_regclass('analytics.feed') IS NOT NULL THEN
        -- Texts from outside, for the command-centre page only.
        REVOKE ALL ON analytics.feed FROM wangge_analyst;
    END IF;
END
$$;

COMMIT;
