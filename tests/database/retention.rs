//! What grows has an end: each table says who removes what is old, and what is old goes. Sessions,
//! notifications, history and the like have their tests beside those of their services.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::BTreeSet;
use train::server::jobs::retention;

const DOCUMENT: &str = include_str!("../../docs/operations.md");

/// Tables that grow and are never emptied by the server: what people made, and what proves that
/// nothing was altered. The document says why; nothing joins them without a line here.
const KEPT: [&str; 3] = [
    "public.administrative_actions",
    "public.configuration_audit_archive",
    "public.configuration_audit_chains",
];

/// Tables that do not grow with use, and why.
const STEADY: [(&str, &str); 25] = [
    ("auth.api_tokens", "at most 100 for each account"),
    ("auth.installation", "one row"),
    ("auth.passkeys", "at most 20 for each account"),
    ("auth.recovery_codes", "ten for each second factor"),
    ("auth.second_factors", "at most one for each account"),
    ("auth.users", "one for each person; they delete it"),
    ("public._sqlx_migrations", "one for each step of the schema"),
    ("public.ai_configurations", "what people set up and remove"),
    ("public.audit_heads", "one for each register"),
    ("public.conversation_policies", "one for each organization"),
    ("public.data_set_members", "at most one for each conversation and data set"),
    ("public.data_set_versions", "at most 500 for each data set"),
    ("public.data_sets", "at most 200 for each organization and each account without one"),
    ("public.database_alert_rules", "one row"),
    ("public.database_backup_schedule", "one row"),
    ("public.maintenance_schedules", "what administrators set up and remove"),
    ("public.model_overrides", "at most one for each model"),
    ("public.organization_members", "at most one for each account"),
    ("public.organization_policies", "one for each organization"),
    ("public.organization_preference_defaults", "one for each organization"),
    ("public.organizations", "what people set up and remove"),
    ("public.periodic_jobs", "one for each job"),
    ("public.saved_views", "at most 50 for each account and each organization"),
    ("public.user_preferences", "one for each account"),
    ("vault.secrets", "one for each key that somebody stores, wiped when it is exchanged"),
];

/// Table, kept for, who removes it: the rows of the document's section.
fn documented() -> Vec<[&'static str; 3]> {
    let section = DOCUMENT.split("\n## What grows\n").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        <[&str; 3]>::try_from(cells).unwrap_or_else(|_| panic!("not three cells in “{row}”"))
    });
    cells.map(|[table, time, who]| [table.trim_matches('`'), time, who]).collect()
}

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    match connection.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(done) => panic!("{sql}: allowed, {} rows", done.rows_affected()),
        Err(error) => {
            let error = error.as_database_error().expect("the database refuses it");
            error.code().expect("a code").into_owned()
        }
    }
}

/// How many days ago it was, of each row.
async fn ages(connection: &mut PgConnection, table: &str, column: &str) -> Vec<String> {
    let sql = format!(
        "SELECT round(extract(epoch FROM now() - {column}) / 86400)::integer::text FROM {table}
         ORDER BY {column} DESC"
    );
    texts(connection, &sql).await
}

/// One attempt that succeeded, so many days ago, for each of `days`: an expression that gives rows.
async fn attempts(service: &mut PgConnection, days: &str) {
    let sql = format!(
        "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
           duration_ms, status, user_id, created_at)
         SELECT gen_random_uuid(), 1, 'm', 5, '1', 9, 'success', gen_random_uuid(),
           now() - make_interval(days => days) FROM {days} AS days"
    );
    run(service, &sql).await;
}

#[tokio::test]
async fn every_table_that_grows_says_who_removes_what_is_old() {
    let test = TestDatabase::new().await;
    let tables = "SELECT n.nspname || '.' || c.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
        AND n.nspname <> 'information_schema'";
    let found = texts(&mut test.role("train_owner").await, tables).await;
    let rows = documented();
    let grows: BTreeSet<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(grows.len(), rows.len(), "a table has two lines in docs/operations.md");
    assert!(rows.iter().flatten().all(|cell| !cell.is_empty()), "an empty cell in {rows:#?}");

    let steady: BTreeSet<_> = STEADY.iter().map(|(table, _)| *table).collect();
    let twice: Vec<_> = grows.intersection(&steady).collect();
    assert!(twice.is_empty(), "said to grow and not to grow: {twice:?}");
    let known: BTreeSet<_> = grows.union(&steady).map(|table| (*table).to_owned()).collect();
    assert_eq!(
        found.into_iter().collect::<BTreeSet<_>>(),
        known,
        "a table that grows needs its line under “What grows” in docs/operations.md, and somebody \
         who removes what is old; another one needs its line here"
    );

    let nobody = rows.iter().filter(|row| row[2].starts_with("nobody")).map(|row| row[0]);
    assert_eq!(nobody.collect::<BTreeSet<_>>(), KEPT.into_iter().collect());
}

#[tokio::test]
async fn old_attempts_and_windows_go_and_young_ones_stay() {
    let test = TestDatabase::new().await;
    let mut service = test.role("service_role").await;
    attempts(&mut service, "unnest(ARRAY[0, 729, 731])").await;
    attempts(&mut service, "(SELECT 800 AS days FROM generate_series(1, 2500))").await;
    for days in [0, 729, 731] {
        for sql in [
            format!(
                "INSERT INTO budget_spend (scope_type, scope_id, month_end, month_nano_usd)
                 VALUES ('person', gen_random_uuid(), now() - interval '{days} days', 5)"
            ),
            format!(
                "INSERT INTO budget_alerts (scope_type, scope_id, period, window_start, threshold)
                 SELECT 'person', gen_random_uuid(), period, now() - interval '{days} days', 0.8
                 FROM unnest(ARRAY['day', 'month']) AS period"
            ),
        ] {
            run(&mut service, &sql).await;
        }
    }
    let removed = retention::forget_spending(test.database.pool(), 730).await.unwrap();
    assert_eq!(removed, 2501 + 1 + 2, "in several pieces");
    assert_eq!(ages(&mut service, "generation_logs", "created_at").await, ["0", "729"]);
    assert_eq!(ages(&mut service, "budget_spend", "month_end").await, ["0", "729"]);
    let alerts = ages(&mut service, "budget_alerts", "window_start").await;
    assert_eq!(alerts, ["0", "0", "729", "729"]);
    assert_eq!(retention::forget_spending(test.database.pool(), 730).await.unwrap(), 0);
}

#[tokio::test]
async fn a_request_of_thirteen_months_ago_is_still_refused() {
    let test = TestDatabase::new().await;
    let mut service = test.role("service_role").await;
    attempts(&mut service, "unnest(ARRAY[399])").await;
    assert_eq!(retention::forget_spending(test.database.pool(), 400).await.unwrap(), 0);
    let again = "SELECT admit_generations(gen_random_uuid(), '[]', jsonb_build_array(
          jsonb_build_object('id', request_id, 'run', gen_random_uuid(), 'amount', 5)))
        -> 0 ->> 'refusedBy' FROM generation_logs";
    assert_eq!(texts(&mut service, again).await, ["repeated"]);
}

#[tokio::test]
async fn what_is_young_cannot_be_removed() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut service = test.role("service_role").await;
    for arguments in ["'399 days', 10", "'0', 10", "'-1 day', 10", "NULL, 10"] {
        let sql = format!("SELECT forget_spending({arguments})");
        assert_eq!(refusal(&mut service, &sql).await, "22023", "{sql}");
    }
    // Without a limit one statement would remove everything.
    for sql in [
        "SELECT forget_spending('730 days', NULL)",
        "SELECT forget_spending('730 days', 0)",
        "SELECT forget_operations(NULL)",
        "SELECT forget_operations(0)",
    ] {
        assert_eq!(refusal(&mut service, sql).await, "22023", "{sql}");
    }
    for sql in [
        "DELETE FROM generation_logs",
        "DELETE FROM budget_spend",
        "DELETE FROM budget_alerts",
        "DELETE FROM maintenance_operations",
        "DELETE FROM database_backups",
    ] {
        assert_eq!(refusal(&mut service, sql).await, "42501", "{sql}");
    }
    for connection in &mut [test.person(ann).await, test.login().await] {
        for sql in ["SELECT forget_spending('730 days', 10)", "SELECT forget_operations(10)"] {
            assert_eq!(refusal(connection, sql).await, "42501", "{sql}");
        }
    }
}

#[tokio::test]
async fn one_server_removes_at_a_time_and_the_others_do_not_wait() {
    let test = TestDatabase::new().await;
    let mut service = test.role("service_role").await;
    attempts(&mut service, "unnest(ARRAY[800, 801])").await;
    let mut transaction = service.begin().await.unwrap();
    run(&mut transaction, "SELECT forget_spending('730 days', 1), forget_operations(1)").await;
    assert_eq!(retention::forget_spending(test.database.pool(), 730).await.unwrap(), 0);
    assert_eq!(retention::forget_operations(test.database.pool()).await.unwrap(), 0);
    transaction.commit().await.unwrap();
    assert_eq!(retention::forget_spending(test.database.pool(), 730).await.unwrap(), 1);
}

#[tokio::test]
async fn maintenance_and_backups_without_a_file_go_after_400_days() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let mut service = test.role("service_role").await;
    for days in [399, 401] {
        let ended = format!(
            "INSERT INTO maintenance_operations (operation_type, statements, status, created_at,
               completed_at)
             SELECT 'analyze', '{{ANALYZE}}', status, now() - interval '500 days',
               now() - interval '{days} days'
             FROM unnest(ARRAY['completed', 'failed', 'cancelled', 'skipped']) AS status"
        );
        run(&mut owner, &ended).await;
        let made = format!(
            "INSERT INTO database_backups (state, file_name, started_at, completed_at, checksum,
               entries)
             SELECT state, state || {days}, now() - interval '500 days',
               now() - interval '{days} days', repeat('a', 64), 1
             FROM unnest(ARRAY['verified', 'failed', 'removed']) AS state"
        );
        run(&mut service, &made).await;
    }
    // It waits since then, and has not ended.
    let waits = "INSERT INTO maintenance_operations (operation_type, statements, created_at)
        VALUES ('vacuum', '{VACUUM}', now() - interval '500 days')";
    run(&mut owner, waits).await;
    let running = "INSERT INTO database_backups (file_name, started_at)
        VALUES ('running', now() - interval '500 days')";
    run(&mut service, running).await;

    let removed = retention::forget_operations(test.database.pool()).await.unwrap();
    assert_eq!(removed, 4 + 2);
    let left = "SELECT status || coalesce(' ' || (now()::date - completed_at::date), '')
        FROM maintenance_operations ORDER BY 1";
    assert_eq!(
        texts(&mut service, left).await,
        ["cancelled 399", "completed 399", "failed 399", "queued", "skipped 399"]
    );
    let left = "SELECT file_name FROM database_backups ORDER BY 1";
    assert_eq!(
        texts(&mut service, left).await,
        ["failed399", "removed399", "running", "verified399", "verified401"]
    );
    assert_eq!(retention::forget_operations(test.database.pool()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_crashed_servers_left_goes_a_while_later() {
    let test = TestDatabase::new().await;
    let mut service = test.role("service_role").await;
    // The last one was taken while the clock was two days ahead.
    for minutes in [1, -59, -61, 2880] {
        for sql in [
            format!(
                "INSERT INTO generation_holds (request_id, run_id, server_id, person_id,
                   amount_nano_usd, expires_at)
                 VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                   gen_random_uuid(), 5, now() + interval '{minutes} minutes' - interval '23 h')"
            ),
            format!(
                "INSERT INTO servers (id, lease_until)
                 VALUES (gen_random_uuid(), now() + interval '{minutes} minutes')"
            ),
        ] {
            run(&mut service, &sql).await;
        }
    }
    assert_eq!(retention::forget_crashed(test.database.pool()).await.unwrap(), 4);
    for (table, column) in
        [("generation_holds", "expires_at + interval '23 h'"), ("servers", "lease_until")]
    {
        let sql = format!(
            "SELECT round(extract(epoch FROM ({column}) - now()) / 60)::integer::text FROM {table}"
        );
        // Beside them may stand the server of this test.
        let left = texts(&mut service, &sql).await;
        let has = |minutes: &str| left.iter().any(|other| other == minutes);
        assert!(has("-59") && has("1") && !has("-61") && !has("2880"), "{table}: {left:?}");
    }
}
