#!/bin/sh
# Run once by the database's container: the role that Train signs in with, which is not a superuser, and its database. With
# TRAIN_BACKUP_DB_PASSWORD also the role for backups, which reads every row and writes none.
# May be run again, to make that role later or to give both the passwords that are set now:
#   docker compose exec database /docker-entrypoint-initdb.d/create-database.sh
set -eu

sql() { psql -X -q -v ON_ERROR_STOP=1 --username postgres --dbname postgres "$@"; }

sql -v password="$TRAIN_DB_PASSWORD" <<'SQL'
SELECT 'CREATE ROLE train LOGIN CREATEROLE NOINHERIT' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'train') \gexec
ALTER ROLE train PASSWORD :'password';
SELECT 'CREATE DATABASE train OWNER train' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'train') \gexec
SQL

if [ -n "${TRAIN_BACKUP_DB_PASSWORD:-}" ]; then
  sql -v password="$TRAIN_BACKUP_DB_PASSWORD" <<'SQL'
SELECT 'CREATE ROLE train_backup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'train_backup') \gexec
ALTER ROLE train_backup LOGIN BYPASSRLS PASSWORD :'password';
GRANT pg_read_all_data TO train_backup;
SQL
fi
