//! A generation's two steps: each does all of what it is for, or nothing, and what is told twice
//! counts once.

use crate::support::TestDatabase;
use serde_json::{Value, json};
use uuid::Uuid;

const START: &str = "2026-11-23T00:00:00+00:00";

/// One person's request, with limits that it reaches with its second sending at once.
struct Request {
    test: TestDatabase,
    person: Uuid,
    rate: i64,
    places: i64,
    budget: i64,
}

impl Request {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let sql = "INSERT INTO auth.users (email, password_hash, display_name)
            VALUES ('ann@example.com', '$argon2id$x', 'Ann')
            RETURNING id";
        let person = sqlx::query_scalar(sql).fetch_one(test.database.pool()).await.unwrap();
        Self { test, person, rate: 10, places: 10, budget: 100 }
    }

    fn budgets(&self) -> Value {
        json!([{
            "scopeType": "person", "scopeId": self.person, "period": "day", "windowStart": START,
            "limit": self.budget, "block": true, "thresholds": [0.5, 1],
        }])
    }

    async fn admit(&self, id: Uuid, amount: i64) -> Value {
        let scope = |more: Value| {
            let mut line = json!({"scopeType": "person", "scopeId": self.person});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!([line])
        };
        let sql = "SELECT admit_generation($1, $2, '1 hour', '1 hour', $3, $4, $5)";
        let asked = sqlx::query_scalar(sql).bind(id).bind(amount).bind(self.budgets());
        let asked = asked.bind(scope(json!({"requestsPerMinute": 1, "burst": self.rate - 1})));
        asked
            .bind(scope(json!({"limit": self.places})))
            .fetch_one(self.test.database.pool())
            .await
            .unwrap()
    }

    fn attempt(&self, id: Uuid, run: Uuid, ordinal: i64, cost: i64, status: &str) -> Value {
        json!({
            "request_id": id, "ordinal": ordinal, "attempt": ordinal, "model": "m",
            "parameters": {}, "input_tokens": 1, "output_tokens": 1, "cache_write_tokens": 0,
            "cache_read_tokens": 0, "cost_nano_usd": cost, "price_version": "1", "duration_ms": 1,
            "status": status, "error_code": null, "retry_number": ordinal - 1,
            "conversation_id": run, "user_id": self.person, "organization_id": null,
        })
    }

    fn conversation(&self, run: Uuid) -> Value {
        json!({
            "id": run, "title": "T", "persona": "p", "emotion": "e", "topic": "t", "intent": "",
            "tone": "", "tier": "template", "status": "approved", "categories": ["a"],
            "quality_score": 7.5, "quality_metrics": {}, "turn_count": 2, "input_tokens": 1,
            "output_tokens": 1, "estimated_cost_nano_usd": 50, "actual_cost_nano_usd": 20,
            "generation_duration_ms": 1, "parameters": {}, "created_by": self.person,
            "turns": [
                {"role": "user", "content": "Hello", "tokens": 2},
                {"role": "assistant", "content": "Hello to you", "tokens": 3},
            ],
        })
    }

    async fn finish(
        &self,
        id: Uuid,
        attempts: Value,
        conversation: Option<Value>,
    ) -> Result<Value, sqlx::Error> {
        let sql = "SELECT finish_generation($1, $2, $3, $4)";
        let asked =
            sqlx::query_scalar(sql).bind(id).bind(attempts).bind(self.budgets()).bind(conversation);
        asked.fetch_one(self.test.database.pool()).await
    }

    async fn bill(&self, id: Uuid, attempts: Value) -> Value {
        let asked = sqlx::query_scalar("SELECT bill_attempts($1, $2)").bind(id).bind(attempts);
        asked.fetch_one(self.test.database.pool()).await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.test.database.pool()).await.unwrap()
    }

    /// Settled and reserved in the window, what the ledger says, and the places taken.
    async fn state(&self) -> [i64; 4] {
        [
            self.count("SELECT coalesce(sum(settled_nano_usd), 0)::bigint FROM budget_spend").await,
            self.count("SELECT coalesce(sum(reserved_nano_usd), 0)::bigint FROM budget_spend")
                .await,
            self.count("SELECT coalesce(sum(cost_nano_usd), 0)::bigint FROM generation_logs").await,
            self.count("SELECT count(*) FROM concurrency_leases").await,
        ]
    }
}

#[tokio::test]
async fn each_gate_refuses_in_its_own_words_and_what_the_others_took_is_given_back() {
    let mut request = Request::new().await;
    let first = Uuid::new_v4();
    assert_eq!(request.admit(first, 40).await["attempts"], 0);
    assert_eq!(request.state().await, [0, 40, 0, 1]);

    let refused = request.admit(Uuid::new_v4(), 61).await;
    assert_eq!((&refused["refusedBy"], &refused["reserved"]), (&json!("budget"), &json!(40)));
    assert_eq!(request.admit(first, 40).await, json!({"refusedBy": "repeated"}));

    request.places = 1;
    let refused = request.admit(Uuid::new_v4(), 40).await;
    assert_eq!(
        (&refused["refusedBy"], &refused["line"]["limit"]),
        (&json!("concurrency"), &json!(1))
    );
    request.places = 10;
    request.rate = 1;
    let refused = request.admit(Uuid::new_v4(), 40).await;
    assert_eq!((&refused["refusedBy"], &refused["line"]["burst"]), (&json!("rate"), &json!(0)));
    assert!(refused["retryAfterMs"].as_i64().unwrap() > 0);
    assert_eq!(request.state().await, [0, 40, 0, 1]);
    assert_eq!(request.count("SELECT count(*) FROM budget_reservations").await, 1);
    // The one that found no place gave its rate back: of two, one is left.
    request.rate = 2;
    assert_eq!(request.admit(Uuid::new_v4(), 40).await["attempts"], 0);
    assert_eq!(request.admit(Uuid::new_v4(), 10).await["refusedBy"], "rate");
}

#[tokio::test]
async fn the_end_is_written_whole_or_not_at_all_and_once() {
    let request = Request::new().await;
    let (id, run) = (Uuid::new_v4(), Uuid::new_v4());
    request.admit(id, 60).await;
    let attempts = json!([request.attempt(id, run, 1, 50, "success")]);
    let mut wrong = request.conversation(run);
    wrong["turns"][1]["role"] = json!("nobody");
    let error = request.finish(id, attempts.clone(), Some(wrong)).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("23514"));
    assert_eq!(request.state().await, [0, 60, 0, 1], "nothing of it was written");
    assert_eq!(request.count("SELECT count(*) FROM conversations").await, 0);

    let ended =
        request.finish(id, attempts.clone(), Some(request.conversation(run))).await.unwrap();
    assert_eq!(
        (&ended["thresholds"][0]["threshold"], &ended["thresholds"][0]["settled"]),
        (&json!(0.5), &json!(50))
    );
    assert_eq!(ended["conversation"]["qualityScore"], 7.5);
    assert!(ended["conversation"]["approvedAt"].is_string());
    assert_eq!(request.state().await, [50, 0, 50, 0]);
    // Its answer was lost on the way: told again, it is the same and bills nothing.
    let again = request.finish(id, attempts, Some(request.conversation(run))).await.unwrap();
    assert_eq!(
        (&again["conversation"], &again["thresholds"]),
        (&ended["conversation"], &json!([]))
    );
    assert_eq!(request.state().await, [50, 0, 50, 0]);
    assert_eq!(request.count("SELECT count(*) FROM conversation_turns").await, 2);
    assert_eq!(request.admit(id, 10).await, json!({"refusedBy": "repeated"}));
    assert_eq!(request.count("SELECT actual_nano_usd FROM budget_reservations").await, 50);
}

#[tokio::test]
async fn an_attempt_before_a_retry_is_billed_beside_what_is_set_aside() {
    let request = Request::new().await;
    let (id, run) = (Uuid::new_v4(), Uuid::new_v4());
    request.admit(id, 40).await;
    let first = json!([request.attempt(id, run, 1, 30, "failed")]);
    assert_eq!(request.bill(id, first.clone()).await, json!({"recorded": true}));
    assert_eq!(
        request.state().await,
        [30, 40, 30, 1],
        "a server that dies now leaves budget and ledger in step"
    );
    assert_eq!(request.bill(id, first).await, json!({"recorded": true}), "told again, it is known");
    let free = json!([request.attempt(id, run, 2, 0, "failed")]);
    assert_eq!(request.bill(id, free).await, json!({"recorded": true}));
    // 30 and 31 are spent: another 40 do not fit any more.
    let more = request.bill(id, json!([request.attempt(id, run, 3, 31, "failed")])).await;
    assert_eq!(
        (&more["line"]["limit"], &more["settled"], &more["reserved"]),
        (&json!(100), &json!(61), &json!(0))
    );
    let ended = request.finish(id, json!([]), None).await.unwrap();
    assert_eq!(
        (&ended["conversation"], &ended["thresholds"][0]["threshold"]),
        (&json!(null), &json!(0.5))
    );
    assert_eq!(request.state().await, [61, 0, 61, 0]);
    assert_eq!(request.count("SELECT actual_nano_usd FROM budget_reservations").await, 61);
    assert_eq!(
        request.bill(Uuid::new_v4(), json!([])).await,
        json!({"recorded": false}),
        "never admitted"
    );
}

#[tokio::test]
async fn what_a_crash_of_the_database_forgot_is_billed_all_the_same() {
    let request = Request::new().await;
    let (id, run) = (Uuid::new_v4(), Uuid::new_v4());
    let attempts = json!([request.attempt(id, run, 1, 20, "success")]);
    request.finish(id, attempts, Some(request.conversation(run))).await.unwrap();
    assert_eq!(request.state().await, [20, 0, 20, 0]);
    assert_eq!(request.admit(id, 10).await, json!({"refusedBy": "repeated"}));
}

#[tokio::test]
async fn two_servers_that_both_made_one_request_are_both_billed() {
    let request = Request::new().await;
    let (id, slow, quick) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    request.admit(id, 40).await;
    let sql = "UPDATE budget_reservations SET expires_at = now()";
    sqlx::query(sql).execute(request.test.database.pool()).await.unwrap();
    assert_eq!(request.admit(id, 40).await["attempts"], 0, "the first was thought dead");
    request.finish(id, json!([request.attempt(id, quick, 1, 20, "success")]), None).await.unwrap();
    let late = json!([request.attempt(id, slow, 1, 25, "success")]);
    request.finish(id, late.clone(), None).await.unwrap();
    request.finish(id, late, None).await.unwrap();
    assert_eq!(request.state().await, [45, 0, 45, 0]);
    assert_eq!(request.count("SELECT actual_nano_usd FROM budget_reservations").await, 45);
}

#[tokio::test]
async fn whoever_left_the_organization_meanwhile_keeps_what_they_made() {
    let request = Request::new().await;
    let sql = "INSERT INTO organizations (name) VALUES ('Team') RETURNING id";
    let team: Uuid = sqlx::query_scalar(sql).fetch_one(request.test.database.pool()).await.unwrap();
    let (id, run) = (Uuid::new_v4(), Uuid::new_v4());
    let mut conversation = request.conversation(run);
    conversation["organization_id"] = json!(team);
    let ended = request.finish(id, json!([]), Some(conversation)).await.unwrap();
    assert_eq!(ended["conversation"]["organizationId"], json!(null));
}

#[tokio::test]
async fn admission_does_not_wait_for_the_disk_and_the_end_does() {
    let request = Request::new().await;
    let mut transaction = request.test.database.pool().begin().await.unwrap();
    let mode = "SELECT current_setting('synchronous_commit')";
    let usual: String = sqlx::query_scalar(mode).fetch_one(&mut *transaction).await.unwrap();
    let admit = "SELECT admit_generation($1, 0, '1 hour', '1 hour', '[]', '[]', '[]')";
    let admitted: Value =
        sqlx::query_scalar(admit).bind(Uuid::new_v4()).fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(admitted["attempts"], 0);
    let during: String = sqlx::query_scalar(mode).fetch_one(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let after: String =
        sqlx::query_scalar(mode).fetch_one(request.test.database.pool()).await.unwrap();
    assert_eq!((during.as_str(), after), ("off", usual.clone()), "for its own transaction only");
    let mut transaction = request.test.database.pool().begin().await.unwrap();
    let finish = "SELECT finish_generation($1, '[]', '[]', NULL)";
    sqlx::query(finish).bind(Uuid::new_v4()).execute(&mut *transaction).await.unwrap();
    let during: String = sqlx::query_scalar(mode).fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(during, usual);
}
