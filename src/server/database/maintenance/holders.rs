//! Who keeps dead rows from being removed, and who stands in the way of a lock.

use super::plan::LockLevel;
use crate::server::postgres::Pool;

/// A session, a prepared transaction or a replication slot with the oldest view of the data.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// "pid 4711 (ann, psql, idle in transaction for 12 min)".
    pub text: String,
    /// It does not seem to end by itself soon.
    pub lingers: bool,
}

/// Sessions that remove or build something themselves do not count for PostgreSQL either. Without
/// the right to see other sessions there is nobody to name.
pub(super) async fn oldest(pool: &Pool) -> Result<Option<Holder>, sqlx::Error> {
    sqlx::query_as!(
        Holder,
        r#"SELECT text AS "text!", coalesce(lingers, false) AS "lingers!" FROM (
             SELECT format('pid %s (%s, %s, %s for %s)', a.pid, a.usename,
               coalesce(nullif(a.application_name, ''), 'no name'), a.state,
                 date_trunc('second', clock_timestamp()
                   - coalesce(a.state_change, a.backend_start))) AS text,
               a.state LIKE 'idle in%' OR clock_timestamp()
                 - a.xact_start > interval '1 minute' AS lingers,
               greatest(age(a.backend_xmin), age(a.backend_xid)) AS age, true AS here
             FROM pg_stat_activity a
             WHERE a.pid <> pg_backend_pid() AND (a.backend_xmin IS NOT NULL
               OR a.backend_xid IS NOT NULL)
               AND a.backend_type = 'client backend' AND (a.datname = current_database())
               AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
             UNION ALL
             -- Snapshots of this database reach back to whoever writes in another one.
             SELECT format('pid %s (%s, in the database %s, %s)', a.pid, a.usename, a.datname,
               a.state),
               a.state LIKE 'idle in%' OR clock_timestamp() - a.xact_start > interval '1 minute',
               age(a.backend_xid), false
             FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL
               AND a.datname <> current_database()
             UNION ALL
             SELECT format('the prepared transaction %s of %s', gid, owner), true, age(transaction),
             true FROM pg_prepared_xacts
             WHERE database = current_database()
             UNION ALL
             SELECT format('the replication slot %s', slot_name), true,
             greatest(age(xmin), age(catalog_xmin)), true
             FROM pg_replication_slots WHERE xmin IS NOT NULL
           ) AS holder ORDER BY age DESC NULLS LAST, here DESC, lingers DESC LIMIT 1"#
    )
    .fetch_optional(pool)
    .await
}

/// Sessions with a lock on the table that it has to wait for.
pub(super) async fn blockers(
    pool: &Pool,
    table: i64,
    level: LockLevel,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT format('pid %s (%s, %s, %s)', l.pid, coalesce(a.usename, 'unknown'),
             coalesce(nullif(a.application_name, ''), coalesce(a.backend_type, 'no name')),
             coalesce(a.state, 'working')) AS "text!"
           FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'relation' AND l.relation = $1::int8::oid AND l.granted
             AND l.mode = ANY($2) AND l.pid <> pg_backend_pid()
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           ORDER BY 1"#,
        table,
        level.conflicts() as _
    )
    .fetch_all(pool)
    .await
}
