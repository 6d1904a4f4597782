//! PostgreSQL crashes, loses its counters and comes back: nothing is computed across that, and no
//! index is called unused.

use crate::support::{TestDatabase, run};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use train::{
    domain::database::{IndexQuery, Overview, Panel},
    server::{
        database::health::HealthService,
        foundation::context::{Actor, RequestContext, Role, Source},
    },
};
use uuid::Uuid;

/// Long for anything here; only a test that fails waits for it.
const SOON: Duration = Duration::from_secs(60);

/// Why there are no figures of the last interval.
fn reason(overview: &Panel<Overview>) -> &str {
    overview.value().and_then(|overview| overview.interval.reason()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_postgresql_begins_a_new_history() {
    let test = TestDatabase::apart().await;
    let health = HealthService::new(test.database.clone()).unused_after(Duration::ZERO);
    let actor = Actor { user_id: Uuid::new_v4(), role: Role::Admin, scopes: None };
    let admin =
        RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) };

    health.take_snapshots().await.unwrap();
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "UPDATE database_snapshots SET taken_at = taken_at - interval '2 minutes'")
        .await;
    let before = health.overview(&admin, true).await.unwrap();
    assert!(before.value().unwrap().interval.value().is_some(), "{before:?}");

    let victim: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut owner).await.unwrap();
    kill(Pid::from_raw(victim), Signal::SIGKILL).expect("it is a process of ours");
    let back = async {
        loop {
            // Everybody's connections are cut, and new ones are refused until the log is read.
            match health.overview(&admin, true).await {
                Ok(panel) if reason(&panel).starts_with("Not enough history yet") => return panel,
                _ => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let after = timeout(SOON, back).await.expect("PostgreSQL comes back");
    assert!(
        reason(&after).starts_with("Not enough history yet: the statistics were reset"),
        "{}",
        reason(&after)
    );
    let page = health.indexes(&admin, &IndexQuery::default()).await.unwrap();
    let unused = page.value().unwrap().unused_known.reason().unwrap_or_default().to_owned();
    assert!(unused.starts_with("Not enough history yet"), "{unused}");
}
