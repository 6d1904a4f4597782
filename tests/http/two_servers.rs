//! Whoever was told that a change is made reads it from every server, whatever that one remembers.

use super::app::{Answer, App, Client, join, sign_in};
use axum::Router;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use tokio::time::{sleep, timeout};
use train::server::http::{router::router, state::AppState};

const PREFERENCES: &str = "/api/user-preferences";
const CONFIGURATION: &str = "/api/ai-configuration";

/// Until both receive from each other, so that both remember what they read.
async fn listening(states: [&AppState; 2]) {
    let all = async {
        while !states.iter().all(|state| state.events.is_connected()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), all).await.expect("both servers receive changes");
}

/// The connection over which the second server receives changes, stopped: it is deaf, and does not
/// know it.
struct Deaf(Pid);

impl Deaf {
    async fn second(app: &App) -> Self {
        let sql = "SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'train listener'
            ORDER BY backend_start DESC LIMIT 1";
        let mut login = app.database.login().await;
        let process = Pid::from_raw(sqlx::query_scalar(sql).fetch_one(&mut login).await.unwrap());
        kill(process, Signal::SIGSTOP).expect("it is a process of ours");
        Self(process)
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        // It may have been ended meanwhile.
        let _ = kill(self.0, Signal::SIGCONT);
    }
}

/// Makes a change at one server and reads at the other all the while: from the moment it is
/// answered, what is read is new.
async fn read_elsewhere(
    what: &str,
    change: impl Future<Output = Answer>,
    is_new: impl AsyncFn() -> bool,
) {
    let mut change = pin!(change);
    loop {
        // Looked at before the reading begins.
        let acknowledged = tokio::select! {
            biased;
            answer = &mut change => {
                answer.assert_ok();
                true
            }
            () = sleep(Duration::from_millis(20)) => false,
        };
        let new = is_new().await;
        if acknowledged {
            assert!(
                new,
                "{what}: the change is acknowledged, and the other server answers the old"
            );
            return;
        }
    }
}

async fn theme(client: &Client<'_>) -> Value {
    client.get(PREFERENCES).await.body["preferences"]["theme"].clone()
}

async fn rows(client: &Client<'_>) -> Value {
    client.get(PREFERENCES).await.body["preferences"]["rowsPerPage"].clone()
}

async fn most_tokens(client: &Client<'_>) -> Value {
    client.get(CONFIGURATION).await.body["effective"]["model"]["maxTokens"].clone()
}

async fn retires(client: &Client<'_>) -> Value {
    let models = client.get("/api/ai-configuration/models").await.body["catalog"]["models"].take();
    let models = models.as_array().unwrap().iter();
    let mut found = models.filter(|model| model["id"] == "claude-sonnet-4-6");
    found.next().unwrap()["retires"].clone()
}

async fn status(client: &Client<'_>) -> u16 {
    client.get("/api/auth/me").await.status.as_u16()
}

/// Somebody with a token of their own, as the second server knows them.
async fn token(client: &Client<'_>) -> (String, String) {
    let body = json!({"name": "Script", "scopes": ["preferences:read"]});
    let mut made = client.post("/api/tokens", body).await.body;
    let text = |value: Value| value.as_str().unwrap().to_owned();
    (text(made["token"]["id"].take()), text(made["secret"].take()))
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_5_a_second_server_answers_nothing_older_than_what_was_acknowledged() {
    let app = App::new().await;
    let second = app.second_state().await;
    let there: Router = router(second.clone());
    let owner = app.signed_up("Owner").await;
    let member = app.signed_up("Member").await;
    let ann = app.signed_up("Ann").await;
    let organization = owner.get("/api/organizations").await.body["organizations"][0]["id"].take();
    let organization = organization.as_str().unwrap();
    join(&owner, &member, "member").await;
    let other = app.browser();
    other.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let (id, secret) = token(&ann).await;
    let script = app.with_token(&secret);
    let leaving = app.signed_up("Leaving").await;
    join(&owner, &leaving, "member").await;
    let leaver = leaving.get("/api/auth/me").await.body["user"]["id"].take();
    let defaults = format!("/api/organizations/{organization}/preference-defaults");
    owner.patch(&defaults, json!({"rowsPerPage": 50})).await.assert_ok();

    listening([&app.state, &second]).await;
    let [ann_there, other_there, member_there, owner_there, leaving_there] =
        [&ann, &other, &member, &owner, &leaving].map(|client| client.through(&there));
    let script_there = script.through(&there);
    // The second server remembers all of it.
    assert_eq!(theme(&ann_there).await, "system");
    assert_eq!(rows(&member_there).await, 50);
    assert_eq!(rows(&leaving_there).await, 50);
    assert_eq!(most_tokens(&ann_there).await, 4096);
    assert_eq!(most_tokens(&member_there).await, 4096);
    assert_eq!(retires(&owner_there).await, Value::Null);
    assert_eq!((status(&other_there).await, status(&script_there).await), (200, 200));

    let deaf = Deaf::second(&app).await;
    let (token, membership) = (
        format!("/api/tokens/{id}"),
        format!("/api/organizations/{organization}/members/{}", leaver.as_str().unwrap()),
    );
    let tokens = json!({"configName": "Default", "updates": {"model": {"maxTokens": 1000}}});
    let retired = json!({"entry": {"retires": "2099-01-31"}});
    tokio::join!(
        read_elsewhere(
            "a preference",
            ann.patch(PREFERENCES, json!({"theme": "dark"})),
            async || { theme(&ann_there).await == "dark" }
        ),
        read_elsewhere("an AI configuration", ann.patch(CONFIGURATION, tokens), async || {
            most_tokens(&ann_there).await == 1000
        }),
        read_elsewhere(
            "defaults",
            owner.patch(&defaults, json!({"rowsPerPage": 100})),
            async || { rows(&member_there).await == 100 }
        ),
        read_elsewhere(
            "a ceiling",
            owner.patch("/api/ai-policy", json!({"maxTokens": 500})),
            async || { most_tokens(&member_there).await == 500 }
        ),
        read_elsewhere(
            "the catalog of models",
            owner.patch("/api/ai-configuration/models/claude-sonnet-4-6", retired),
            async || retires(&owner_there).await == "2099-01-31"
        ),
        read_elsewhere("a revoked token", ann.delete(&token), async || {
            status(&script_there).await == 401
        }),
        read_elsewhere(
            "an ended session",
            ann.post("/api/auth/sessions/sign-out-everywhere", Value::Null),
            async || status(&other_there).await == 401
        ),
        read_elsewhere("a membership", owner.delete(&membership), async || {
            rows(&leaving_there).await == 25
        }),
    );
    drop(deaf);
}

/// The usual case: nobody has to lose a lease, and saves from both sides are read on both.
#[tokio::test(flavor = "multi_thread")]
async fn saves_at_either_server_are_read_at_the_other() {
    let app = App::new().await;
    let second = app.second_state().await;
    let there: Router = router(second.clone());
    let ann = app.signed_up("Ann").await;
    listening([&app.state, &second]).await;
    let ann_there = ann.through(&there);
    for round in 0..40 {
        let (writer, reader) = if round % 2 == 0 { (&ann, &ann_there) } else { (&ann_there, &ann) };
        let wanted = ["light", "dark"][round / 2 % 2];
        writer.patch(PREFERENCES, json!({"theme": wanted})).await.assert_ok();
        assert_eq!(theme(reader).await, wanted, "round {round}");
        let tokens = 1000 + round;
        let body = json!({"configName": "Default", "updates": {"model": {"maxTokens": tokens}}});
        writer.patch(CONFIGURATION, body).await.assert_ok();
        assert_eq!(most_tokens(reader).await, tokens, "round {round}");
    }
}

/// A server that stops says so; nobody waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stopped_keeps_nobody_waiting() {
    let app = App::new().await;
    let second = app.second_state().await;
    listening([&app.state, &second]).await;
    let count = async || -> i64 {
        let sql = "SELECT count(*) FROM servers WHERE lease_until > clock_timestamp()";
        sqlx::query_scalar(sql).fetch_one(app.database.database.pool()).await.unwrap()
    };
    assert_eq!(count().await, 2);
    second.database.close().await;
    assert!(!second.events.is_connected(), "it answers nothing from memory any more");
    assert_eq!(count().await, 1);
}
