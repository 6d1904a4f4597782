//! Without the database: 503 in the one shape, pages that say so, and probes that tell the two kinds of trouble apart.

use super::app::App;
use crate::support::run;

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
    app.state.shutdown.begin();
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
    let older = "DELETE FROM _sqlx_migrations WHERE version >= (SELECT max(version) FROM _sqlx_migrations WHERE version < 9999)";
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
