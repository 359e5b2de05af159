#!/bin/bash
# For the PostgreSQL image: creates the suite's roles when the database is made, with passwords of the environment.
set -euo pipefail

psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --file /wangge/roles.sql
for role in migrate intake router sla_watcher rewards analytics operator analyst; do
    name="${role^^}_DB_PASSWORD"
    # As a variable of psql the password is quoted, whatever it contains.
    psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --quiet \
        --set role="wangge_$role" --set password="${!name:?$name is not set}" <<'SQL'
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
