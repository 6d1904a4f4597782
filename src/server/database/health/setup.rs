//! The setup doctor: each extension, setting and right that the panels need, and the exact way to
//! it.

use super::reader::begin;
use crate::{
    domain::database::{SetupAnswer, SetupCheck, SetupState, quote_identifier},
    server::postgres::Database,
};

/// Shows widths of columns, and nothing of what is in them, of tables whose row-level security
/// hides them from the view `pg_stats`.
pub(super) const COLUMN_WIDTHS: &str = crate::server::postgres::COLUMN_WIDTHS;

struct Found {
    role: String,
    statements_available: bool,
    statements_created: bool,
    statements_loaded: bool,
    tuple_available: bool,
    tuple_created: bool,
    tuple_usable: bool,
    reads_statistics: bool,
    signals: bool,
    widths: bool,
    counts: bool,
    times_io: bool,
    autovacuum: bool,
    unreadable: i64,
    foreign: i64,
}

pub(super) async fn report(database: &Database) -> Result<SetupAnswer, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let found = sqlx::query_as!(
        Found,
        r#"SELECT current_user::text AS "role!",
             EXISTS (SELECT FROM pg_available_extensions
               WHERE name = 'pg_stat_statements') AS "statements_available!",
             EXISTS (SELECT FROM pg_extension WHERE
               extname = 'pg_stat_statements') AS "statements_created!",
             current_setting('pg_stat_statements.max', true) IS NOT NULL AS "statements_loaded!",
             EXISTS (SELECT FROM pg_available_extensions
               WHERE name = 'pgstattuple') AS "tuple_available!",
             EXISTS (SELECT FROM pg_extension WHERE extname = 'pgstattuple') AS "tuple_created!",
             coalesce((SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p
               WHERE p.proname IN ('pgstattuple_approx', 'pgstatindex')), false)
               AS "tuple_usable!",
             pg_has_role('pg_read_all_stats', 'USAGE') AS "reads_statistics!",
             pg_has_role('pg_signal_backend', 'USAGE') AS "signals!",
             coalesce(has_function_privilege(to_regprocedure('extensions.column_widths(oid[])'),
               'EXECUTE'), false) AS "widths!",
             current_setting('track_counts')::bool AS "counts!",
             current_setting('track_io_timing')::bool AS "times_io!",
             current_setting('autovacuum')::bool AS "autovacuum!",
             (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'm')
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND NOT has_table_privilege(c.oid, 'SELECT')) AS "unreadable!",
             (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'm')
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND NOT pg_has_role(c.relowner, 'USAGE')) AS "foreign!""#
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let role = quote_identifier(&found.role);
    let check = |name: &str, state, finding: String, purpose: &str, fix: String| SetupCheck {
        name: name.into(),
        state,
        finding,
        purpose: purpose.into(),
        fix: (state != SetupState::Ready).then_some(fix),
    };
    let yes_or = |ready: bool, otherwise| if ready { SetupState::Ready } else { otherwise };
    let statements = match (
        found.statements_loaded,
        found.statements_created,
        found.statements_available,
    ) {
        (true, true, _) => (SetupState::Ready, "Loaded, created and readable.", ""),
        (false, _, true) => (
            SetupState::Missing,
            "Available, but not loaded when the server started.",
            "shared_preload_libraries = 'pg_stat_statements', restart PostgreSQL, then CREATE \
                EXTENSION pg_stat_statements SCHEMA extensions;",
        ),
        (true, false, _) => (
            SetupState::Missing,
            "Loaded, but not created in this database.",
            "CREATE EXTENSION pg_stat_statements SCHEMA extensions;",
        ),
        (false, _, false) => (
            SetupState::Missing,
            "Not installed on the server.",
            "Install PostgreSQL's contrib package (postgresql-contrib), then load and create the \
                extension.",
        ),
    };
    let tuple = match (found.tuple_created, found.tuple_usable, found.tuple_available) {
        (true, true, _) => (SetupState::Ready, "Created and usable.", String::new()),
        (true, false, _) => (
            SetupState::Missing,
            "Created, but the role may not call it.",
            format!("GRANT pg_stat_scan_tables TO {role};"),
        ),
        (false, _, true) => (
            SetupState::Missing,
            "Available, but not created in this database.",
            "CREATE EXTENSION pgstattuple SCHEMA extensions;".to_owned(),
        ),
        (false, _, false) => (
            SetupState::Missing,
            "Not installed on the server.",
            "Install PostgreSQL's contrib package (postgresql-contrib).".to_owned(),
        ),
    };
    let checks = vec![
        check(
            "pg_stat_statements",
            statements.0,
            statements.1.into(),
            "The list of statements, slow statements, plans.",
            statements.2.into(),
        ),
        check("pgstattuple", tuple.0, tuple.1.into(), "Measuring bloat exactly.", tuple.2),
        check(
            "Right to read all statistics",
            yes_or(found.reads_statistics, SetupState::Limited),
            if found.reads_statistics {
                "Granted."
            } else {
                "Not granted: statements and ages of other roles' sessions are hidden."
            }
            .into(),
            "Sessions and statements of all roles, sizes, settings.",
            format!("GRANT pg_monitor TO {role};"),
        ),
        check(
            "Right to cancel sessions",
            yes_or(found.signals, SetupState::Limited),
            if found.signals {
                "Granted."
            } else {
                "Not granted: only sessions of the role itself can be ended."
            }
            .into(),
            "Cancelling statements and terminating sessions.",
            format!("GRANT pg_signal_backend TO {role};"),
        ),
        check(
            "Right to read the tables",
            yes_or(found.unreadable == 0, SetupState::Limited),
            if found.unreadable == 0 {
                "Granted on all tables.".into()
            } else {
                format!("Missing on {} tables.", found.unreadable)
            },
            "Estimating bloat: PostgreSQL shows the statistics of a column only to who may read \
                it.",
            format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"),
        ),
        check(
            "Statistics of tables with row-level security",
            yes_or(found.widths, SetupState::Limited),
            if found.widths {
                "The function extensions.column_widths is there."
            } else {
                "Hidden: bloat of these tables can be measured, but not estimated."
            }
            .into(),
            "Estimating bloat of tables with row-level security, such as this application's.",
            format!("As a superuser: {COLUMN_WIDTHS}"),
        ),
        check(
            "Right to maintain the tables",
            yes_or(found.foreign == 0, SetupState::Limited),
            if found.foreign == 0 {
                "The role owns all tables.".into()
            } else {
                format!("{} tables belong to other roles.", found.foreign)
            },
            "Vacuum, analyze and reindex.",
            format!(
                "ALTER TABLE … OWNER TO {role}; or, from PostgreSQL 17 on, GRANT MAINTAIN ON … TO \
                    {role};"
            ),
        ),
        check(
            "track_counts",
            yes_or(found.counts, SetupState::Missing),
            if found.counts { "On." } else { "Off." }.into(),
            "Rows, dead rows, scans of indexes; autovacuum needs it too.",
            "ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf();".into(),
        ),
        check(
            "autovacuum",
            yes_or(found.autovacuum, SetupState::Limited),
            if found.autovacuum { "On." } else { "Off." }.into(),
            "Removing dead rows and keeping statistics without anybody's doing.",
            "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();".into(),
        ),
        check(
            "track_io_timing",
            yes_or(found.times_io, SetupState::Limited),
            if found.times_io { "On." } else { "Off: no times of reading." }.into(),
            "Telling slow disks from slow statements.",
            "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();".into(),
        ),
    ];
    Ok(SetupAnswer { role: found.role, checks })
}
