//! The overview: each figure read by itself, all at the same time.

use super::{
    connections, counters,
    reader::{begin, panel},
};
use crate::{
    domain::database::{
        ObjectName, OldTransaction, Overview, Panel, PreparedTransaction, Replica, Replication,
        SequenceUse, Slot, Wraparound, XminHolder,
    },
    server::postgres::Database,
};
use chrono::{DateTime, Utc};

struct Server {
    database: String,
    version: String,
    version_number: i32,
    started_at: DateTime<Utc>,
    in_recovery: bool,
    statistics_reset_at: Option<DateTime<Utc>>,
}

/// Everything at a glance. Unavailable as a whole only when the database does not answer at all.
pub(super) async fn overview(database: &Database) -> Panel<Overview> {
    let (
        server,
        size_bytes,
        growth,
        interval,
        mean_query_ms,
        usage,
        oldest_transaction,
        oldest_xmin,
        wraparound,
        replication,
        prepared_transactions,
        checksum_failures,
        pending_restart,
    ) = tokio::join!(
        panel("The overview", server(database)),
        panel("The size of the database", size(database)),
        panel("The growth of the database", counters::growth(database)),
        panel("The figures of the last interval", counters::interval(database)),
        panel("The mean query time", counters::mean_query_ms(database)),
        panel("The connections", connections::usage(database)),
        panel("The oldest transaction", oldest_transaction(database)),
        panel("What keeps old rows", oldest_xmin(database)),
        panel("The age of the oldest rows", wraparound(database)),
        panel("Replication", replication(database)),
        panel("Prepared transactions", prepared_transactions(database)),
        panel("Failures of checksums", checksum_failures(database)),
        panel("Settings that wait for a restart", pending_restart(database)),
    );
    server.map(|server| Overview {
        database: server.database,
        version: server.version,
        version_number: server.version_number,
        started_at: server.started_at,
        in_recovery: server.in_recovery,
        size_bytes,
        growth,
        interval,
        mean_query_ms,
        connections: usage,
        oldest_transaction,
        oldest_xmin,
        wraparound,
        replication,
        prepared_transactions,
        checksum_failures,
        pending_restart,
        statistics_reset_at: server.statistics_reset_at,
    })
}

async fn server(database: &Database) -> Result<Panel<Server>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let server = sqlx::query_as!(
        Server,
        r#"SELECT current_database()::text AS "database!",
             split_part(current_setting('server_version'), ' ', 1) AS "version!",
             current_setting('server_version_num')::int AS "version_number!",
             pg_postmaster_start_time() AS "started_at!",
             pg_is_in_recovery() AS "in_recovery!",
             (SELECT stats_reset FROM pg_stat_database
               WHERE datname = current_database()) AS statistics_reset_at"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(server, Utc::now()))
}

async fn size(database: &Database) -> Result<Panel<i64>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let bytes = sqlx::query_scalar!(r#"SELECT pg_database_size(current_database()) AS "bytes!""#)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Panel::exact(bytes, Utc::now()))
}

/// Our own connections that read for these pages are left out, here and below.
async fn oldest_transaction(
    database: &Database,
) -> Result<Panel<Option<OldTransaction>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let oldest = sqlx::query_as!(
        OldTransaction,
        r#"SELECT pid AS "pid!", usename::text AS user, nullif(application_name, '') AS application,
           state,
             extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "seconds!"
           FROM pg_stat_activity WHERE xact_start IS NOT NULL AND backend_type = 'client backend'
             AND pid <> pg_backend_pid() AND application_name <> 'train operations'
           ORDER BY xact_start LIMIT 1"#
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(oldest, Utc::now()))
}

/// Of sessions, prepared transactions and slots the one that holds the oldest rows. A standby shows
/// as the session that feeds it.
async fn oldest_xmin(database: &Database) -> Result<Panel<Option<XminHolder>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let oldest = sqlx::query_as!(
        XminHolder,
        r#"SELECT kind AS "kind!", name AS "name!", age::int8 AS "age!", sentence AS "sentence!"
           FROM (
             SELECT CASE backend_type WHEN 'walsender' THEN 'standby' ELSE 'session' END AS kind,
             pid::text AS name,
               greatest(age(backend_xmin), age(backend_xid)) AS age,
               format('Session %s (app “%s”, user %s) has been in a transaction for %s s.', pid,
                 application_name, usename,
                 coalesce(floor(extract(epoch FROM clock_timestamp() - xact_start)), 0)) AS sentence
             FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
               AND pid <> pg_backend_pid() AND application_name <> 'train operations'
               AND backend_type <> 'autovacuum worker'
             UNION ALL
             SELECT 'prepared transaction', gid, age(transaction),
             format('The transaction “%s” of %s was prepared %s s ago and is still open.',
                 gid, owner, floor(extract(epoch FROM clock_timestamp() - prepared)))
                   FROM pg_prepared_xacts
             UNION ALL
             SELECT 'replication slot', slot_name::text, greatest(age(xmin), age(catalog_xmin)),
               format('The replication slot %s keeps old rows for its consumer.', slot_name)
             FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
           ) AS holder WHERE age IS NOT NULL ORDER BY age DESC LIMIT 1"#
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(oldest, Utc::now()))
}

pub(super) async fn wraparound(database: &Database) -> Result<Panel<Wraparound>, sqlx::Error> {
    // The oldest of the cluster counts: the counters are shared.
    let mut transaction = begin(database).await?;
    let ages = sqlx::query!(
        r#"SELECT max(age(datfrozenxid))::int8 AS "xid!",
           max(mxid_age(datminmxid))::int8 AS "multixact!",
             (SELECT n.nspname || '.' || c.relname FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'm', 't') AND c.relfrozenxid <> '0'
                 ORDER BY age(c.relfrozenxid) DESC, c.relname LIMIT 1) AS oldest
           FROM pg_database"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(
        Wraparound {
            xid_age: ages.xid,
            xid_share: ages.xid as f64 / Wraparound::LIMIT as f64,
            multixact_age: ages.multixact,
            multixact_share: ages.multixact as f64 / Wraparound::LIMIT as f64,
            oldest_table: ages.oldest,
        },
        Utc::now(),
    ))
}

async fn replication(database: &Database) -> Result<Panel<Replication>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let replicas = sqlx::query_as!(
        Replica,
        r#"SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text) AS "name!",
           state,
             pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
               ELSE pg_current_wal_lsn() END, replay_lsn)::int8
               AS lag_bytes, extract(epoch FROM replay_lag)::float8 AS lag_seconds
           FROM pg_stat_replication ORDER BY 1"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let Panel::Reading(slots) = slots(database).await? else {
        return Ok(Panel::unavailable("The replication slots could not be read."));
    };
    Ok(Panel::exact(Replication { replicas, slots: slots.value }, slots.as_of))
}

pub(super) async fn slots(database: &Database) -> Result<Panel<Vec<Slot>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let slots = sqlx::query_as!(
        Slot,
        r#"SELECT slot_name::text AS "name!", slot_type AS "kind!", active AS "active!", wal_status,
             pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
               ELSE pg_current_wal_lsn() END, restart_lsn)::int8
               AS retained_bytes
           FROM pg_replication_slots ORDER BY active, 5 DESC NULLS LAST, 1 LIMIT 100"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(slots, Utc::now()))
}

pub(super) async fn prepared_transactions(
    database: &Database,
) -> Result<Panel<Vec<PreparedTransaction>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let prepared = sqlx::query_as!(
        PreparedTransaction,
        r#"SELECT gid AS "gid!", owner::text AS "owner!",
             extract(epoch FROM clock_timestamp() - prepared)::float8 AS "seconds!"
           FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 100"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(prepared, Utc::now()))
}

pub(super) async fn checksum_failures(database: &Database) -> Result<Panel<i64>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let failures = sqlx::query_scalar!(
        "SELECT (SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()
           AND current_setting('data_checksums') = 'on')"
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(match failures {
        Some(failures) => Panel::exact(failures, Utc::now()),
        None => Panel::unavailable_until(
            "The pages of this server have no checksums, so that a damaged page is not noticed.",
            "pg_checksums --enable, while the server is stopped",
        ),
    })
}

async fn pending_restart(database: &Database) -> Result<Panel<Vec<String>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let names = sqlx::query_scalar!(
        r#"SELECT name AS "name!" FROM pg_settings WHERE pending_restart ORDER BY name"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(names, Utc::now()))
}

/// Sequences, the most used up first. One that turns round never runs out.
pub(super) async fn sequences(database: &Database) -> Result<Panel<Vec<SequenceUse>>, sqlx::Error> {
    // A type of its column may end before the sequence does. Used: how far it is on its way from
    // its beginning to its end.
    let mut transaction = begin(database).await?;
    let rows = sqlx::query!(
        r#"SELECT n.nspname::text AS "schema!", c.relname::text AS "name!", o.name AS "column?",
             v.last AS "last_value!", l.edge AS "limit!",
             (CASE WHEN s.seqincrement > 0 THEN (v.last::numeric - s.seqmin
               + 1) / greatest(l.edge::numeric - s.seqmin + 1, 1)
               ELSE (s.seqmax - v.last::numeric + 1) / greatest(s.seqmax - l.edge::numeric + 1, 1)
                 END)::float8 AS "share!"
           FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN LATERAL (
               SELECT tn.nspname || '.' || t.relname || '.' || a.attname AS name, a.atttypid
                 FROM pg_depend d
                 JOIN pg_class t ON t.oid = d.refobjid
                   JOIN pg_namespace tn ON tn.oid = t.relnamespace
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
               WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                 AND d.refclassid = 'pg_class'::regclass
                 AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1
             ) AS o ON true
             CROSS JOIN LATERAL (SELECT CASE WHEN s.seqincrement > 0
               THEN least(s.seqmax, CASE o.atttypid WHEN 'int2'::regtype THEN 32767
                 WHEN 'int4'::regtype THEN 2147483647 ELSE s.seqmax END)
               ELSE greatest(s.seqmin, CASE o.atttypid WHEN 'int2'::regtype THEN -32768
                 WHEN 'int4'::regtype THEN -2147483648 ELSE s.seqmin END)
               END AS edge) AS l
             CROSS JOIN LATERAL (SELECT CASE WHEN has_sequence_privilege(c.oid, 'USAGE, SELECT')
               THEN pg_sequence_last_value(c.oid) END AS last) AS v
           WHERE NOT s.seqcycle AND v.last IS NOT NULL AND c.relpersistence <> 't'
             AND n.nspname !~ '^pg_'
             AND c.oid NOT IN (SELECT relation FROM pg_locks WHERE locktype = 'relation'
               AND mode = 'AccessExclusiveLock'
               AND relation IS NOT NULL AND pid <> pg_backend_pid())
           ORDER BY "share!" DESC LIMIT 200"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    let hidden = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM pg_sequence
           WHERE NOT has_sequence_privilege(seqrelid, 'USAGE, SELECT')"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let sequences: Vec<SequenceUse> = rows
        .into_iter()
        .map(|row| SequenceUse {
            sequence: ObjectName::new(row.schema, row.name),
            column: row.column,
            last_value: row.last_value,
            limit: row.limit,
            share: row.share,
        })
        .collect();
    if sequences.is_empty() && hidden > 0 {
        return Ok(Panel::unavailable_until(
            "The role train_owner may not read the sequences.",
            "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO train_owner;",
        ));
    }
    Ok(Panel::exact(sequences, Utc::now()))
}
