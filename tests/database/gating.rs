//! What the tests of the gates ask with: the functions of the database as a server calls them.

use crate::support::TestDatabase;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use sqlx::PgConnection;
use train::domain::generation::{Period, Window};
use uuid::Uuid;

/// A person or an organization with its limits. Without others: generous ones.
#[derive(Clone)]
pub struct Scope {
    pub id: Uuid,
    kind: &'static str,
    pace: (u32, u32),
    places: u32,
    budgets: [i64; 3],
    pub blocks: bool,
    pub thresholds: Vec<f64>,
    pub zone: Tz,
}

impl Scope {
    fn new(kind: &'static str) -> Self {
        Self {
            id: Uuid::new_v4(),
            kind,
            pace: (1000, 1000),
            places: 1000,
            budgets: [1_000_000; 3],
            blocks: true,
            thresholds: Vec::new(),
            zone: Tz::UTC,
        }
    }

    pub fn person() -> Self {
        Self::new("person")
    }

    pub fn organization() -> Self {
        Self::new("organization")
    }

    pub fn pace(self, each_minute: u32, burst: u32) -> Self {
        Self { pace: (each_minute, burst), ..self }
    }

    pub fn places(self, places: u32) -> Self {
        Self { places, ..self }
    }

    /// Of the day, the week, the month.
    pub fn budgets(self, budgets: [i64; 3]) -> Self {
        Self { budgets, ..self }
    }

    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    pub fn day(&self, now: DateTime<Utc>) -> Window {
        Window::around(Period::Day, now, &self.zone)
    }

    fn row(&self, now: DateTime<Utc>) -> Value {
        let calendar: Vec<_> = [Period::Day, Period::Week, Period::Month]
            .into_iter()
            .flat_map(|period| {
                let window = Window::around(period, now, &self.zone);
                [window.start, window.end, Window::around(period, window.end, &self.zone).end]
            })
            .collect();
        json!({
            "id": self.id, "kind": self.kind, "requests_per_minute": self.pace.0,
            "burst": self.pace.1, "places": self.places, "budgets": self.budgets,
            "blocks": self.blocks, "thresholds": self.thresholds, "calendar": calendar,
        })
    }
}

/// One sending of a request.
#[derive(Clone)]
pub struct Request {
    pub id: Uuid,
    pub run: Uuid,
    pub amount: i64,
}

impl Request {
    pub fn new(amount: i64) -> Self {
        Self { id: Uuid::new_v4(), run: Uuid::new_v4(), amount }
    }

    pub fn another_run(&self) -> Self {
        Self { run: Uuid::new_v4(), ..self.clone() }
    }

    /// `scopes` and `requests` as `admit_generations` takes them.
    pub fn asked(&self, scopes: &[Scope], now: DateTime<Utc>) -> (Value, Value) {
        let rows = scopes.iter().map(|scope| scope.row(now)).collect();
        let organization = (scopes.len() > 1).then_some(2);
        let row = json!({
            "id": self.id, "run": self.run, "amount": self.amount, "lifetime_ms": 180_000,
            "person": (!scopes.is_empty()).then_some(1), "organization": organization,
        });
        (Value::Array(rows), json!([row]))
    }

    /// A row of the ledger.
    pub fn attempt(&self, scopes: &[Scope], ordinal: i64, cost: i64, status: &str) -> Value {
        json!({
            "request_id": self.id, "run_id": self.run, "ordinal": ordinal, "attempt": ordinal,
            "model": "m", "parameters": {}, "input_tokens": 1, "output_tokens": 1,
            "thinking_tokens": 1, "cache_write_tokens": 0, "cache_read_tokens": 0,
            "cost_nano_usd": cost, "price_version": "1", "duration_ms": 1, "status": status,
            "error_code": null, "retry_number": ordinal - 1, "conversation_id": self.run,
            "user_id": scopes.first().map(|scope| scope.id),
            "organization_id": scopes.get(1).map(|scope| scope.id), "estimated": false,
        })
    }
}

pub struct Gate {
    pub test: TestDatabase,
    pub server: Uuid,
}

impl Gate {
    pub async fn new() -> Self {
        let gate = Self { test: TestDatabase::new().await, server: Uuid::new_v4() };
        gate.is_alive(gate.server).await;
        gate
    }

    /// A sign of life, for as long as a test takes.
    pub async fn is_alive(&self, server: Uuid) {
        let sql = "INSERT INTO servers (id, lease_until) VALUES ($1, now() + interval '20 s')
            ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until";
        sqlx::query(sql).bind(server).execute(self.test.database.pool()).await.unwrap();
    }

    pub async fn admit(&self, scopes: &[Scope], request: &Request, now: DateTime<Utc>) -> Value {
        self.admit_by(self.server, scopes, request, now).await
    }

    pub async fn admit_by(
        &self,
        server: Uuid,
        scopes: &[Scope],
        request: &Request,
        now: DateTime<Utc>,
    ) -> Value {
        let (scopes, rows) = request.asked(scopes, now);
        self.ask(server, scopes, rows, now).await[0].take()
    }

    /// All in one batch, in this order.
    pub async fn admit_all(&self, batch: &[(Vec<Scope>, Request)], now: DateTime<Utc>) -> Value {
        let mut known: Vec<&Scope> = Vec::new();
        for scope in batch.iter().flat_map(|(scopes, _)| scopes) {
            if !known.iter().any(|other| other.id == scope.id) {
                known.push(scope);
            }
        }
        let number = |scope: Option<&Scope>| {
            let id = scope?.id;
            known.iter().position(|other| other.id == id).map(|place| place + 1)
        };
        let rows: Vec<Value> = batch
            .iter()
            .map(|(scopes, request)| {
                let mut row = request.asked(scopes, now).1[0].take();
                row["person"] = json!(number(scopes.first()));
                row["organization"] = json!(number(scopes.get(1)));
                row
            })
            .collect();
        let scopes: Vec<Value> = known.iter().map(|scope| scope.row(now)).collect();
        self.ask(self.server, json!(scopes), json!(rows), now).await
    }

    async fn ask(&self, server: Uuid, scopes: Value, rows: Value, now: DateTime<Utc>) -> Value {
        sqlx::query_scalar("SELECT admit_generations($1, $2, $3, $4)")
            .bind(server)
            .bind(scopes)
            .bind(rows)
            .bind(now)
            .fetch_one(self.test.database.pool())
            .await
            .unwrap()
    }

    pub async fn headroom(&self, scopes: &[Scope], now: DateTime<Utc>) -> Value {
        let rows: Vec<Value> = scopes.iter().map(|scope| scope.row(now)).collect();
        sqlx::query_scalar("SELECT gates_headroom($1, $2, $3)")
            .bind(self.server)
            .bind(json!(rows))
            .bind(now)
            .fetch_one(self.test.database.pool())
            .await
            .unwrap()
    }

    /// After a change of budgets: (place among the scopes, period from 0, threshold) of those who
    /// are told.
    pub async fn note(&self, scopes: &[Scope], now: DateTime<Utc>) -> Vec<(u64, u64, f64)> {
        let rows: Vec<Value> = scopes.iter().map(|scope| scope.row(now)).collect();
        let passed: Value = sqlx::query_scalar("SELECT note_thresholds($1, $2)")
            .bind(json!(rows))
            .bind(now)
            .fetch_one(self.test.database.pool())
            .await
            .unwrap();
        let number = |line: &Value, name: &str| line[name].as_u64().unwrap();
        let lines = passed.as_array().unwrap().iter();
        lines
            .map(|line| {
                let threshold = line["threshold"].as_f64().unwrap();
                (number(line, "scope"), number(line, "period"), threshold)
            })
            .collect()
    }

    /// Ends a request without a conversation.
    pub async fn end(
        &self,
        scopes: &[Scope],
        request: &Request,
        attempts: Value,
        now: DateTime<Utc>,
    ) -> Value {
        let mut connection = self.test.role("service_role").await;
        self.end_on(&mut connection, scopes, request, attempts, true, None, now).await.unwrap()
    }

    #[allow(clippy::too_many_arguments, reason = "as many as the function has")]
    pub async fn end_on(
        &self,
        connection: &mut PgConnection,
        scopes: &[Scope],
        request: &Request,
        attempts: Value,
        is_final: bool,
        conversation: Option<Value>,
        now: DateTime<Utc>,
    ) -> Result<Value, sqlx::Error> {
        let (rows, mut ended) = request.asked(scopes, now);
        ended[0]["final"] = json!(is_final);
        let conversations: Vec<Value> = conversation.into_iter().collect();
        sqlx::query_scalar("SELECT end_generations($1, $2, $3, $4, $5)")
            .bind(rows)
            .bind(ended)
            .bind(attempts)
            .bind(json!(conversations))
            .bind(now)
            .fetch_one(connection)
            .await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.test.database.pool()).await.unwrap()
    }
}
