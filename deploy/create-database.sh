#!/bin/sh
# Run once by the database's container: the role that Train signs in with, which is not a superuser, and its database.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$TRAIN_DB_PASSWORD" --username postgres <<'SQL'
CREATE ROLE train LOGIN CREATEROLE NOINHERIT PASSWORD :'password';
CREATE DATABASE train OWNER train;
SQL
