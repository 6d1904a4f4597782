//! The application with the stand-in behind it, and what the tests ask of both.

use crate::{
    app::{Answer, App, Client, generous, join},
    support::TestDatabase,
};
use axum::body::{Body, BodyDataStream};
use claude_stand_in::StandIn;
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use train::server::{ai::AiEnvironment, config::Config};

/// The key of the environment.
pub const KEY: &str = "sk-ant-api03-environment-0123456789-e5f6";
pub const MESSAGES: &str = "/v1/messages";
pub const CONFIGURATION: &str = "/api/ai-configuration";
pub const GENERATE: &str = "/api/conversations/generate";
/// Only a program that is broken makes a test wait for so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    pub claude: StandIn,
    pub app: App,
}

/// One row of the ledger.
#[derive(Debug, PartialEq, sqlx::FromRow)]
pub struct Row {
    pub attempt: i32,
    pub retry_number: i32,
    pub status: String,
    pub error_code: Option<String>,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_nano_usd: i64,
    pub estimated: bool,
}

impl World {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With more variables in the environment of the servers; an empty one is none.
    pub async fn with(environment: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::new().await, environment).await
    }

    /// With a PostgreSQL that no other test notices the end of.
    pub async fn apart() -> Self {
        Self::on(TestDatabase::apart().await, &[]).await
    }

    async fn on(database: TestDatabase, environment: &[(&str, &str)]) -> Self {
        let claude = StandIn::start().await.expect("a port is free");
        let url = claude.url();
        let known = [("ANTHROPIC_API_BASE_URL", url.as_str()), ("ANTHROPIC_API_KEY", KEY)];
        let look_up = |name: &str| {
            let all = environment.iter().chain(&known);
            all.copied().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        let ai = AiEnvironment::read(look_up).expect("the variables can be used");
        let app = App::on(database, Config { ai, ..Config::default() }, generous()).await;
        Self { claude, app }
    }

    /// An account of its own, not the installation's first: without an organization.
    pub async fn ann(&self) -> Client<'_> {
        self.app.signed_up("First").await;
        self.app.signed_up("Ann").await
    }

    /// The owner and a member of one organization.
    pub async fn team(&self) -> (Client<'_>, Client<'_>) {
        let (owner, member) =
            (self.app.signed_up("Owner").await, self.app.signed_up("Member").await);
        join(&owner, &member, "member").await;
        (owner, member)
    }

    /// The body of the last request that Claude received.
    pub fn last_sent(&self) -> Value {
        self.claude.requests().pop().expect("something was sent").body
    }

    /// The keys of all requests, in their order.
    pub fn keys_sent(&self) -> Vec<String> {
        self.claude.requests().into_iter().filter_map(|request| request.key).collect()
    }

    pub async fn ledger(&self) -> Vec<Row> {
        let sql = "SELECT attempt, retry_number, status, error_code, input_tokens, output_tokens,
              cost_nano_usd, estimated
            FROM generation_logs ORDER BY id";
        sqlx::query_as(sql)
            .fetch_all(self.app.database.database.pool())
            .await
            .expect("the ledger can be read")
    }

    /// What the ledger says was spent, in nano-dollars.
    pub async fn spent(&self) -> i64 {
        self.ledger().await.iter().map(|row| row.cost_nano_usd).sum()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.app.database.database.pool())
            .await
            .expect("it can be counted")
    }

    /// Requests in flight.
    pub async fn holds(&self) -> i64 {
        self.count("SELECT count(*) FROM generation_holds").await
    }

    /// Nothing is held any more, and every budget says what the ledger says.
    #[track_caller]
    pub fn assert_settled(&self) -> impl Future<Output = ()> {
        let in_step = self.assert_in_step();
        async move {
            until("nothing is held", || async { self.holds().await == 0 }).await;
            in_step.await;
        }
    }

    /// Every budget says what the ledger says.
    #[track_caller]
    pub fn assert_in_step(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let wrong = "SELECT count(*) FROM budget_spend AS budget
                CROSS JOIN LATERAL (
                  SELECT
                    sum(cost_nano_usd) FILTER (WHERE log.created_at >= day_start) AS day,
                    sum(cost_nano_usd) FILTER (WHERE log.created_at >= week_start) AS week,
                    sum(cost_nano_usd) FILTER (WHERE log.created_at >= month_start) AS month
                  FROM generation_logs AS log WHERE budget.scope_id = CASE budget.scope_type
                    WHEN 'person' THEN log.user_id ELSE log.organization_id END) AS spent
                WHERE (day_nano_usd, week_nano_usd, month_nano_usd)
                  <> (coalesce(day, 0), coalesce(week, 0), coalesce(month, 0))";
            assert_eq!(self.count(wrong).await, 0, "{place}: budgets and ledger disagree");
        }
    }
}

pub fn conversation() -> Value {
    json!({
        "tier": "template", "persona": "New parent", "emotion": "tired", "topic": "Sleep",
        "turns": 2,
    })
}

pub async fn generate(person: &Client<'_>) -> Answer {
    person.post(GENERATE, conversation()).await
}

/// Generates, and says what Claude was sent for it.
pub async fn sent_for(world: &World, person: &Client<'_>) -> Value {
    let answer = generate(person).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    world.last_sent()
}

/// Sets values of the person's own configuration.
pub async fn set(person: &Client<'_>, updates: Value) {
    person
        .patch(CONFIGURATION, json!({"configName": "Mine", "updates": updates}))
        .await
        .assert_ok();
}

/// Sets values of the organization's configuration.
pub async fn set_for_all(owner: &Client<'_>, updates: Value) {
    let body = json!({"configName": "Ours", "updates": updates, "scope": "organization"});
    owner.patch(CONFIGURATION, body).await.assert_ok();
}

/// Waits until a change that was made at one server has reached another.
pub async fn reached(person: &Client<'_>, pointer: &str, value: Value) {
    until(pointer, || async {
        person.get(CONFIGURATION).await.body["effective"].pointer(pointer).cloned()
            == Some(value.clone())
    })
    .await;
}

/// The most that one generation can cost, in nano-dollars.
pub async fn worst_case(person: &Client<'_>) -> i64 {
    let answer = person.post("/api/ai-configuration/dry-run", conversation()).await;
    answer.assert_ok();
    answer.body["worstCase"].as_i64().expect("an amount")
}

/// Nano-dollars as the number of dollars that a configuration holds, rounded up to a millionth.
pub fn dollars(nanos: i64) -> Value {
    json!((nanos as f64 / 1000.0).ceil() / 1e6)
}

/// Asks again and again until it is so.
pub async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let asking = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, asking).await.is_err() {
        panic!("it never came about: {what}");
    }
}

/// A generation as a stream of events. Dropping it is what a browser does that goes away.
pub struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    pub async fn open(person: &Client<'_>) -> Self {
        let person = person.again().header("accept", "text/event-stream");
        let body = Body::from(conversation().to_string());
        let response = person.open(Method::POST, GENERATE, Some("application/json"), body).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event's name and data; `None` at the end.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                let named = field("event:").map(str::to_owned);
                let data = field("data:").map(|data| serde_json::from_str(data).expect("JSON"));
                self.text = rest.to_owned();
                match (named, data) {
                    (Some(name), Some(data)) => return Some((name, data)),
                    // A comment, to keep the connection.
                    _ => continue,
                }
            }
            let bytes = self.body.next().await?.expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// The next event, which has this name.
    pub async fn expect(&mut self, name: &str) -> Value {
        let (found, data) = self.next().await.expect("the stream goes on");
        assert_eq!(found, name, "{data}");
        data
    }
}
