//! Sessions: who is connected, who waits for whom, and ending them.

use super::{
    Signal, pool,
    reader::{begin, panel},
};
use crate::{
    domain::database::{
        BlockedSession, ConnectionGroup, Connections, Panel, Reading, Session, SignalAnswer, Usage,
        UsageLimits,
    },
    server::postgres::{Database, apart},
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// Sessions that a list shows at most.
const MOST: i64 = 50;
/// Sessions that wait, at most, in the tree.
const MOST_BLOCKED: usize = 200;

/// Which sessions are listed.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// Those that run a statement, the longest running first.
    Active,
    /// Those that leave a transaction open, the longest in this state first.
    IdleInTransaction,
    /// Those with these numbers.
    These(&'a [i32]),
}

pub(super) async fn connections(database: &Database) -> Connections {
    let (usage, states, by_database, by_user, blocking, wait_ms) = tokio::join!(
        panel("The connections", usage(database)),
        panel("The sessions", states(database)),
        panel("The connections by database", grouped(database, "datname")),
        panel("The connections by user", grouped(database, "usename")),
        panel("Who waits for whom", blocking(database)),
        apart(pool::waited(database)),
    );
    let by_state = part(&states, |(by_state, ..)| by_state.clone());
    let active = part(&states, |(_, active, _)| active.clone());
    let idle_in_transaction = part(&states, |(.., idle)| idle.clone());
    Connections {
        usage,
        // Whoever knows the rules of alerts fills them in.
        limits: UsageLimits::default(),
        by_state,
        by_database,
        by_user,
        active,
        idle_in_transaction,
        blocking,
        pool: pool::view(database, wait_ms),
    }
}

pub(super) async fn usage(database: &Database) -> Result<Panel<Usage>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    // `reserved_connections` came with 16.
    let usage = sqlx::query_as!(
        Usage,
        r#"SELECT count(*) AS "used!",
             current_setting('max_connections')::int8
               - current_setting('superuser_reserved_connections')::int8
               - coalesce(current_setting('reserved_connections', true)::int8, 0) AS "available!"
           FROM pg_stat_activity WHERE backend_type = 'client backend'"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Panel::exact(usage, Utc::now()))
}

type States = (Vec<ConnectionGroup>, Vec<Session>, Vec<Session>);

/// By state, and one by one those that work and those that leave a transaction open. All of one
/// moment, so that what is counted is what is listed: of the sessions PostgreSQL keeps a copy until
/// the transaction ends.
async fn states(database: &Database) -> Result<Panel<States>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let by_state = groups(&mut transaction, "state").await?;
    let active = sessions(&mut transaction, Which::Active).await?;
    let idle = sessions(&mut transaction, Which::IdleInTransaction).await?;
    transaction.commit().await?;
    Ok(Panel::exact((by_state, active, idle), Utc::now()))
}

/// One part of what was read together.
fn part<T>(states: &Panel<States>, take: impl Fn(&States) -> T) -> Panel<T> {
    match states {
        Panel::Reading(Reading { value, as_of, .. }) => Panel::exact(take(value), *as_of),
        Panel::Unavailable { unavailable } => {
            Panel::Unavailable { unavailable: unavailable.clone() }
        }
    }
}

async fn grouped(
    database: &Database,
    column: &str,
) -> Result<Panel<Vec<ConnectionGroup>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let groups = groups(&mut transaction, column).await?;
    transaction.commit().await?;
    Ok(Panel::exact(groups, Utc::now()))
}

/// Our own connections that read such pages have a transaction open while they do. That is nobody's
/// trouble, and the lists leave them out: they count apart.
async fn groups(
    connection: &mut PgConnection,
    column: &str,
) -> Result<Vec<ConnectionGroup>, sqlx::Error> {
    sqlx::query_as!(
        ConnectionGroup,
        r#"SELECT coalesce(CASE $1 WHEN 'state' THEN
               CASE WHEN application_name = 'train operations'
                 AND state <> 'idle' THEN 'reading for this page' ELSE state END
             WHEN 'datname' THEN datname::text ELSE usename::text END, 'unknown')
             AS "name!", count(*) AS "count!"
           FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1 ORDER BY 2 DESC, 1
             LIMIT 50"#,
        column
    )
    .fetch_all(connection)
    .await
}

/// Our own connections for operations are not to be signalled, nor is what is not a client, nor a
/// superuser, whom only another one may signal.
async fn sessions(
    connection: &mut PgConnection,
    which: Which<'_>,
) -> Result<Vec<Session>, sqlx::Error> {
    let (kind, pids, most) = match which {
        Which::Active => ("active", &[][..], Some(MOST)),
        Which::IdleInTransaction => ("idle", &[][..], Some(MOST)),
        Which::These(pids) => ("these", pids, None),
    };
    // Idle ones by the state that lasts, not by the transaction, which may just have worked.
    sqlx::query_as!(
        Session,
        r#"SELECT a.pid AS "pid!", a.usename::text AS user, a.datname::text AS database,
             nullif(a.application_name, '') AS application, a.state,
             a.wait_event_type || ': ' || a.wait_event AS wait,
             extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_seconds,
             extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_seconds,
             CASE WHEN a.query <> '<insufficient privilege>' THEN left(a.query, 2000) END AS query,
             a.backend_start AS started_at,
             coalesce(a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
               AND a.application_name <> 'train operations'
               AND a.usesysid IS NOT NULL
               AND (pg_has_role(current_user, a.usesysid, 'USAGE')
                 OR pg_has_role(current_user, 'pg_signal_backend', 'USAGE'))
               AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = a.usesysid),
               false) AS "signalable!"
           FROM pg_stat_activity a
           WHERE CASE $1
             WHEN 'active' THEN a.state = 'active' AND a.backend_type = 'client backend'
               AND a.application_name <> 'train operations'
             WHEN 'idle' THEN a.state LIKE 'idle in transaction%'
               AND a.application_name <> 'train operations'
             ELSE a.pid = ANY ($2) END
           ORDER BY CASE $1 WHEN 'active' THEN a.query_start ELSE a.state_change END LIMIT $3"#,
        kind,
        pids,
        most
    )
    .fetch_all(connection)
    .await
}

async fn listed(database: &Database, which: Which<'_>) -> Result<Panel<Vec<Session>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let found = sessions(&mut transaction, which).await?;
    transaction.commit().await?;
    Ok(Panel::exact(found, Utc::now()))
}

/// The longest running first.
pub(super) async fn long_queries(database: &Database) -> Result<Panel<Vec<Session>>, sqlx::Error> {
    listed(database, Which::Active).await
}

pub(super) async fn idle_in_transaction(
    database: &Database,
) -> Result<Panel<Vec<Session>>, sqlx::Error> {
    listed(database, Which::IdleInTransaction).await
}

#[derive(Debug)]
struct Waiting {
    pid: i32,
    by: Vec<i32>,
    relation: Option<String>,
}

pub(super) async fn blocking(
    database: &Database,
) -> Result<Panel<Vec<BlockedSession>>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let waiting = sqlx::query_as!(
        Waiting,
        r#"SELECT a.pid AS "pid!", pg_blocking_pids(a.pid) AS "by!", (
             SELECT n.nspname || '.' || c.relname FROM pg_locks l
               JOIN pg_class c ON c.oid = l.relation
               JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE l.pid = a.pid AND (NOT l.granted OR l.locktype = 'tuple')
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                 LIMIT 1) AS relation
           FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock' ORDER BY a.query_start"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut pids: Vec<i32> =
        waiting.iter().flat_map(|one| one.by.iter().copied().chain([one.pid])).collect();
    pids.sort_unstable();
    pids.dedup();
    let found = sessions(&mut transaction, Which::These(&pids)).await?;
    transaction.commit().await?;
    let found = found.into_iter().map(|session| (session.pid, session)).collect();
    Ok(Panel::exact(tree(&waiting, &found), Utc::now()))
}

/// Roots first, each followed by those that wait for it, at the depth of their first blocker.
/// Sessions that wait for each other in a circle (until PostgreSQL notices) have no root and come
/// last.
fn tree(waiting: &[Waiting], sessions: &HashMap<i32, Session>) -> Vec<BlockedSession> {
    let by_pid: HashMap<i32, &Waiting> =
        waiting.iter().filter(|one| !one.by.is_empty()).map(|one| (one.pid, one)).collect();
    let mut followers: HashMap<i32, Vec<i32>> = HashMap::new();
    let mut roots = Vec::new();
    for one in waiting {
        for blocker in &one.by {
            followers.entry(*blocker).or_default().push(one.pid);
            if !by_pid.contains_key(blocker) && !roots.contains(blocker) {
                roots.push(*blocker);
            }
        }
    }
    let reach = |root: &i32| followers.get(root).map_or(0, Vec::len);
    roots.sort_by_key(|root| std::cmp::Reverse(reach(root)));
    let circles: Vec<i32> = waiting.iter().map(|one| one.pid).collect();
    let mut shown = HashSet::new();
    let mut lines = Vec::new();
    for start in roots.into_iter().chain(circles) {
        let mut pending = vec![(start, 0)];
        while let Some((pid, depth)) = pending.pop() {
            if lines.len() >= MOST_BLOCKED || !shown.insert(pid) {
                continue;
            }
            // A prepared transaction has no session; those that wait for it still are shown.
            if let Some(session) = sessions.get(&pid) {
                let wait = by_pid.get(&pid);
                lines.push(BlockedSession {
                    session: session.clone(),
                    depth,
                    blocked_by: wait.map(|wait| wait.by.clone()).unwrap_or_default(),
                    relation: wait.and_then(|wait| wait.relation.clone()),
                });
            }
            pending.extend(
                followers
                    .get(&pid)
                    .into_iter()
                    .flatten()
                    .rev()
                    .map(|follower| (*follower, depth + 1)),
            );
        }
    }
    lines
}

/// Ends the statement or the session of a client, if it is still the one that was meant.
pub(super) async fn signal(
    database: &Database,
    pid: i32,
    started_at: DateTime<Utc>,
    signal: Signal,
) -> Result<SignalAnswer, sqlx::Error> {
    let mut transaction = begin(database).await?;
    // A browser keeps milliseconds.
    let found = sqlx::query!(
        r#"SELECT coalesce(date_trunc('milliseconds', a.backend_start) = date_trunc('milliseconds',
           $2::timestamptz), false) AS "same!",
             coalesce(a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
               AND a.application_name <> 'train operations'
               AND a.usesysid IS NOT NULL
               AND (pg_has_role(current_user, a.usesysid, 'USAGE')
                 OR pg_has_role(current_user, 'pg_signal_backend', 'USAGE'))
               AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = a.usesysid),
               false) AS "signalable!"
           FROM pg_stat_activity a WHERE a.pid = $1"#,
        pid,
        started_at
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let answer = |sent, sentence: String| Ok(SignalAnswer { sent, sentence });
    match found.map(|found| (found.same, found.signalable)) {
        Some((true, true)) => {}
        Some((true, false)) => {
            return answer(
                false,
                format!(
                    "Session {pid} cannot be ended from here: it is the server's own, or a \
                        superuser's."
                ),
            );
        }
        Some(_) => {
            return answer(
                false,
                format!("Session {pid} has ended; its number belongs to another one now."),
            );
        }
        None => return answer(false, format!("Session {pid} has ended already.")),
    }
    let sent = sqlx::query_scalar!(
        r#"SELECT CASE WHEN $2 THEN pg_terminate_backend($1) ELSE pg_cancel_backend($1)
           END AS "sent!""#,
        pid,
        signal == Signal::Terminate
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let sentence = match (sent, signal) {
        (false, _) => format!("Session {pid} ended before it could be told."),
        (true, Signal::Cancel) => {
            format!(
                "Session {pid} was told to stop its statement. If it is still there in a moment, \
                    terminate it."
            )
        }
        (true, Signal::Terminate) => {
            format!("Session {pid} was told to end. It rolls back what it had not committed.")
        }
    };
    answer(sent, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(pid: i32) -> (i32, Session) {
        let session = Session {
            pid,
            user: None,
            database: None,
            application: None,
            state: None,
            wait: None,
            transaction_seconds: None,
            state_seconds: None,
            query: None,
            started_at: None,
            signalable: true,
        };
        (pid, session)
    }

    #[test]
    fn the_root_comes_first_and_circles_end() {
        let waiting = |pid, by: &[i32]| Waiting { pid, by: by.to_vec(), relation: None };
        let sessions = [1, 2, 3, 8, 9].into_iter().map(session).collect();
        let lines = tree(
            &[waiting(3, &[2]), waiting(2, &[1]), waiting(8, &[9]), waiting(9, &[8])],
            &sessions,
        );
        let seen: Vec<(i32, u32)> =
            lines.iter().map(|line| (line.session.pid, line.depth)).collect();
        assert_eq!(seen, [(1, 0), (2, 1), (3, 2), (8, 0), (9, 1)]);
        assert_eq!(lines[2].blocked_by, [2]);
    }
}
