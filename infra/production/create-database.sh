#!/bin/sh
# Makes the database and its owner in a new PostgreSQL: a role that may do nothing beyond its own database.
# PostgreSQL's image runs it once, when the volume is empty. Elsewhere: run it with PGHOST, PGPORT and so on set.
set -eu

# Through the environment, as arguments can be seen by everybody on the machine.
DAGSTER_POSTGRES_PASSWORD="$(cat "$DAGSTER_POSTGRES_PASSWORD_FILE")"
export DAGSTER_POSTGRES_PASSWORD

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv password DAGSTER_POSTGRES_PASSWORD
create role dagster login password :'password' nosuperuser nocreatedb nocreaterole;
create database dagster owner dagster;
revoke connect, temporary on database dagster from public;
SQL
