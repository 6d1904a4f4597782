//! Without the database: 503 in the one shape, pages that say so, and probes that tell the two
//! kinds of trouble apart.

use super::app::App;
use crate::support::run;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_nothing_pretends() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.get("/readyz").await.assert_ok();
    app.database.database.pool().close().await;

    ann.get("/healthz").await.assert_ok();
    ann.get("/readyz").await.assert_failure(503, "database_unavailable");
    let answer = ann.get("/api/tokens").await;
    answer.assert_failure(503, "database_unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(ann.cookie("train_session").is_some(), "not knowing is no reason to sign anybody out");
    let other = app.browser();
    other.set_cookie("train_session", &"0".repeat(64));
    other.get("/api/auth/me").await.assert_failure(503, "database_unavailable");
    other
        .post("/api/auth/sign-in", super::app::sign_in("Ann"))
        .await
        .assert_failure(503, "database_unavailable");

    for client in [&ann, &other] {
        let page = client.get("/settings/display").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("\"unavailable\":true"), "the page says so itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_is_not_ready_but_alive() {
    let app = App::new().await;
    app.state.shutdown.cancel();
    app.browser().get("/healthz").await.assert_ok();
    app.browser().get("/readyz").await.assert_failure(503, "stopping");
    tokio::time::timeout(std::time::Duration::from_secs(5), app.state.stopping())
        .await
        .expect("streams end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_when_its_database_has_all_steps_that_it_knows() {
    let app = App::new().await;
    let probe = app.browser();
    let mut owner = app.database.role("train_owner").await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'newer', true, '', 0)";
    run(&mut owner, newer).await;
    probe.get("/readyz").await.assert_ok();
    let older = "DELETE FROM _sqlx_migrations
        WHERE version >= (SELECT max(version) FROM _sqlx_migrations WHERE version < 9999)";
    run(&mut owner, older).await;
    let answer = probe.get("/readyz").await;
    answer.assert_failure(503, "not_migrated");
    assert!(answer.text.contains("train migrate up"), "{}", answer.text);
    run(&mut owner, "DROP TABLE _sqlx_migrations").await;
    probe.get("/readyz").await.assert_failure(503, "not_migrated");
    probe.get("/healthz").await.assert_ok();

    // What was asked as the owner of the schema left nothing of that role in the pool.
    let role = sqlx::query_scalar::<_, String>("SELECT current_user::text");
    assert_eq!(role.fetch_one(app.state.database.pool()).await.unwrap(), "service_role");
}

/// Ann's saves, and the question whether the database can write, end with this error: as with a
/// disk that is full. A real one is in `command_line/disk_full.rs`.
async fn raise(app: &App, code: &str) {
    let mut owner = app.database.role("train_owner").await;
    let raising = format!("BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '{code}'; END");
    run(
        &mut owner,
        &format!(
            "CREATE OR REPLACE FUNCTION can_write() RETURNS boolean
               LANGUAGE plpgsql AS $$ {raising} $$;
             CREATE OR REPLACE FUNCTION refuse() RETURNS trigger
               LANGUAGE plpgsql AS $$ {raising} $$;

             GRANT EXECUTE ON FUNCTION refuse() TO PUBLIC;
             CREATE OR REPLACE TRIGGER refuse BEFORE UPDATE ON user_preferences
               FOR EACH ROW EXECUTE FUNCTION refuse()"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_4_3_what_keeps_the_database_from_writing_is_told_apart_and_readyz_says_so() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.get("/readyz").await.assert_ok();
    for (state, code) in [
        ("53100", "disk_full"),
        ("53200", "database_out_of_memory"),
        ("53300", "database_connections_used_up"),
        ("25006", "database_read_only"),
    ] {
        raise(&app, state).await;
        let saved = ann.patch("/api/user-preferences", json!({"rowsPerPage": 50})).await;
        saved.assert_failure(503, code);
        assert!(!saved.header("retry-after").is_empty());
        ann.get("/readyz").await.assert_failure(503, code);
        // What only reads goes on.
        ann.get("/api/user-preferences").await.assert_ok();
    }
    // Whatever else it is, the server is not ready.
    raise(&app, "58030").await;
    ann.get("/readyz").await.assert_failure(503, "database_unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_changes_is_not_ready() {
    let app = App::new().await;
    let mut owner = app.database.role("train_owner").await;
    let read_only = "DO $$ BEGIN EXECUTE format(
        'ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$";

    run(&mut owner, read_only).await;
    let second = app.second_server().await;
    let answer = app.browser().through(&second).get("/readyz").await;
    answer.assert_failure(503, "database_read_only");
}
