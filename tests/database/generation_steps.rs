//! The end of a generation: all of it or nothing, what is told twice counts once, and what the
//! budgets say is what the ledger says, at every moment and in every time zone.

use super::gating::{Gate, Request, Scope};
use crate::support::run;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

const SETTLED: &str = "SELECT coalesce(sum(day_nano_usd), 0)::bigint FROM budget_spend";
const LEDGER: &str = "SELECT coalesce(sum(cost_nano_usd), 0)::bigint FROM generation_logs";
const HELD: &str = "SELECT coalesce(sum(amount_nano_usd), 0)::bigint FROM generation_holds";

/// One person's requests, with a budget of 100.
struct One {
    gate: Gate,
    scope: [Scope; 1],
    now: DateTime<Utc>,
}

impl One {
    async fn new() -> Self {
        let gate = Gate::new().await;
        let sql = "INSERT INTO auth.users (email, password_hash, display_name)
            VALUES ('ann@example.com', '$argon2id$x', 'Ann')
            RETURNING id";
        let id = sqlx::query_scalar(sql).fetch_one(gate.test.database.pool()).await.unwrap();
        let mut scope = Scope::person().budgets([100, 1000, 1000]);
        scope.id = id;
        scope.thresholds = vec![0.5, 1.0];
        Self { gate, scope: [scope], now: Utc::now() }
    }

    async fn admit(&self, request: &Request) -> Value {
        self.gate.admit(&self.scope, request, self.now).await
    }

    fn attempt(&self, request: &Request, ordinal: i64, cost: i64, status: &str) -> Value {
        request.attempt(&self.scope, ordinal, cost, status)
    }

    async fn tell(
        &self,
        request: &Request,
        attempts: Value,
        is_final: bool,
        conversation: Option<Value>,
    ) -> Result<Value, sqlx::Error> {
        let mut role = self.gate.test.role("service_role").await;
        let (scope, now) = (&self.scope, self.now);
        self.gate.end_on(&mut role, scope, request, attempts, is_final, conversation, now).await
    }

    fn conversation(&self, run: Uuid) -> Value {
        json!({
            "id": run, "title": "T", "persona": "p", "emotion": "e", "topic": "t", "intent": "",
            "tone": "", "tier": "template", "status": "approved", "categories": ["a"],
            "quality_score": 7.5, "quality_metrics": {}, "turn_count": 2, "input_tokens": 1,
            "output_tokens": 1, "estimated_cost_nano_usd": 50, "actual_cost_nano_usd": 20,
            "generation_duration_ms": 1, "parameters": {}, "created_by": self.scope[0].id,
            "training_tokens": 13, "gate_failures": [],
            "turns": [
                {"role": "user", "content": "Hello", "tokens": 2},
                {"role": "assistant", "content": "Hello to you", "tokens": 3},
            ],
        })
    }

    /// What is settled, what the ledger says, and what is held.
    async fn state(&self) -> [i64; 3] {
        [self.gate.count(SETTLED).await, self.gate.count(LEDGER).await, self.gate.count(HELD).await]
    }
}

#[tokio::test]
async fn the_end_is_written_whole_or_not_at_all_and_once() {
    let one = One::new().await;
    let request = Request::new(60);
    one.admit(&request).await;
    let attempts = json!([one.attempt(&request, 1, 50, "success")]);
    for turns in [
        json!([{"role": "nobody", "content": "x"}]),
        json!([{"role": "user", "content": 5}]),
        json!([{"content": "x"}]),
        json!({}),
    ] {
        let mut wrong = one.conversation(request.run);
        wrong["turns"] = turns;
        let error = one.tell(&request, attempts.clone(), true, Some(wrong)).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("23514"));
    }
    assert_eq!(one.state().await, [0, 0, 60], "nothing of it was written");
    assert_eq!(one.gate.count("SELECT count(*) FROM conversations").await, 0);

    let conversation = one.conversation(request.run);
    let ended = one.tell(&request, attempts.clone(), true, Some(conversation.clone())).await;
    let ended = ended.unwrap();
    assert_eq!(
        (&ended["thresholds"][0]["threshold"], &ended["thresholds"][0]["settled"]),
        (&json!(0.5), &json!(50))
    );
    let id = request.run.to_string();
    let stored = &ended["conversations"][&id];
    assert_eq!(stored["qualityScore"], 7.5);
    assert!(stored["approvedAt"].is_string());
    assert_eq!(one.state().await, [50, 50, 0]);
    // Its answer was lost on the way: told again, it is the same and bills nothing.
    let again = one.tell(&request, attempts, true, Some(conversation)).await.unwrap();
    assert_eq!((&again["conversations"][&id], &again["thresholds"]), (stored, &json!(null)));
    assert_eq!(one.state().await, [50, 50, 0]);
    let turns = "SELECT sum(jsonb_array_length(turns))::bigint FROM conversations";
    assert_eq!(one.gate.count(turns).await, 2);
    assert_eq!(one.admit(&request.another_run()).await, json!({"refusedBy": "repeated"}));
}

#[tokio::test]
async fn parallel_ends_of_one_request_bill_once() {
    let one = One::new().await;
    let request = Request::new(60);
    one.admit(&request).await;
    let attempts = json!([one.attempt(&request, 1, 30, "success")]);
    let ends = (0..20).map(|_| one.tell(&request, attempts.clone(), true, None));
    futures::future::try_join_all(ends).await.unwrap();
    assert_eq!(one.state().await, [30, 30, 0]);
}

#[tokio::test]
async fn an_attempt_before_a_retry_is_billed_beside_what_is_set_aside() {
    let one = One::new().await;
    let request = Request::new(40);
    one.admit(&request).await;
    let first = json!([one.attempt(&request, 1, 30, "failed")]);
    let goes_on = json!([{"held": true}]);
    let told = one.tell(&request, first.clone(), false, None).await.unwrap();
    assert_eq!(told["requests"], goes_on);
    assert_eq!(
        one.state().await,
        [30, 30, 40],
        "a server that dies now leaves budget and ledger in step"
    );
    let told = one.tell(&request, first, false, None).await.unwrap();
    assert_eq!(told["requests"], goes_on, "told again, it is known");
    let free = json!([one.attempt(&request, 2, 0, "failed")]);
    assert_eq!(one.tell(&request, free, false, None).await.unwrap()["requests"], goes_on);
    // 30 and 31 are spent: another 40 do not fit any more.
    let third = json!([one.attempt(&request, 3, 31, "failed")]);
    let over = one.tell(&request, third, false, None).await.unwrap();
    let over = &over["requests"][0]["over"];
    assert_eq!(
        (&over["period"], &over["settled"], &over["reserved"]),
        (&json!(0), &json!(61), &json!(0))
    );
    one.tell(&request, json!([]), true, None).await.unwrap();
    assert_eq!(one.state().await, [61, 61, 0]);
    let stranger = Request::new(1);
    let told = one.tell(&stranger, json!([]), false, None).await.unwrap();
    assert_eq!(told["requests"], json!([{"held": false}]), "never admitted");
}

#[tokio::test]
async fn what_a_crash_of_the_database_forgot_is_billed_all_the_same() {
    let one = One::new().await;
    let request = Request::new(60);
    let attempts = json!([one.attempt(&request, 1, 20, "success")]);
    let conversation = one.conversation(request.run);
    one.tell(&request, attempts, true, Some(conversation)).await.unwrap();
    assert_eq!(one.state().await, [20, 20, 0]);
    assert_eq!(one.admit(&request).await, json!({"refusedBy": "repeated"}));
}

#[tokio::test]
async fn two_servers_that_both_made_one_request_are_both_billed() {
    let one = One::new().await;
    let slow = Request::new(40);
    let quick = slow.another_run();
    one.admit(&slow).await;
    let later = one.now + TimeDelta::minutes(4);
    let taken = one.gate.admit(&one.scope, &quick, later).await;
    assert_eq!(taken["attempts"], 0, "the first was thought dead");
    let late = json!([one.attempt(&slow, 1, 25, "success")]);
    one.tell(&slow, late.clone(), true, None).await.unwrap();
    assert_eq!(one.state().await, [25, 25, 40], "the other still runs");
    one.tell(&quick, json!([one.attempt(&quick, 1, 20, "success")]), true, None).await.unwrap();
    one.tell(&slow, late, true, None).await.unwrap();
    assert_eq!(one.state().await, [45, 45, 0]);
}

#[tokio::test]
async fn both_are_billed_also_when_they_were_for_one_conversation() {
    let one = One::new().await;
    let slow = Request::new(40);
    let quick = slow.another_run();
    let conversation = Uuid::new_v4();
    let attempt = |request: &Request, cost: i64| {
        let mut attempt = one.attempt(request, 1, cost, "success");
        attempt["conversation_id"] = json!(conversation);
        json!([attempt])
    };
    one.admit(&slow).await;
    one.gate.admit(&one.scope, &quick, one.now + TimeDelta::minutes(4)).await;
    one.tell(&slow, attempt(&slow, 25), true, None).await.unwrap();
    for _ in 0..2 {
        one.tell(&quick, attempt(&quick, 20), true, None).await.unwrap();
    }
    assert_eq!(one.state().await, [45, 45, 0]);
}

#[tokio::test]
async fn no_end_waits_for_whoever_removes_a_conversation() {
    let one = One::new().await;
    let request = Request::new(1);
    let conversation = one.conversation(request.run);
    one.tell(&request, json!([]), true, Some(conversation)).await.unwrap();
    let proposal = json!([{
        "id": Uuid::new_v4(), "conversation_id": request.run, "request_id": Uuid::new_v4(),
        "instruction": "Shorter", "base_version": 1, "content": {}, "gate_failures": [],
        "quality_score": 7.5, "model": "m", "cost_nano_usd": 5,
        "created_by": one.scope[0].id,
    }]);
    let mut remover = one.gate.test.role("service_role").await;
    run(&mut remover, "BEGIN").await;
    run(&mut remover, "SELECT FROM conversations FOR UPDATE").await;
    let mut role = one.gate.test.role("service_role").await;
    let mut store = async || {
        let sql = "SELECT store_revisions($1)";
        sqlx::query(sql).bind(&proposal).execute(&mut role).await
    };
    let refused = store().await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "55P03");
    run(&mut remover, "ROLLBACK").await;
    store().await.unwrap();
    assert_eq!(one.gate.count("SELECT count(*) FROM conversation_revisions").await, 1);
}

#[tokio::test]
async fn a_threshold_is_told_once_per_window() {
    let one = One::new().await;
    let spend = |cost: i64, now: DateTime<Utc>| {
        let one = &one;
        async move {
            let request = Request::new(cost);
            let attempts = json!([one.attempt(&request, 1, cost, "success")]);
            let ended = one.gate.end(&one.scope, &request, attempts, now).await;
            let passed = ended["thresholds"].as_array().cloned().unwrap_or_default();
            let of_day = passed.into_iter().filter(|line| line["period"] == 0);
            of_day.map(|line| line["threshold"].as_f64().unwrap()).collect::<Vec<_>>()
        }
    };
    assert_eq!(spend(49, one.now).await, [0.0; 0]);
    assert_eq!(spend(1, one.now).await, [0.5]);
    assert_eq!(spend(10, one.now).await, [0.0; 0]);
    assert_eq!(spend(60, one.now).await, [1.0]);
    let tomorrow = one.scope[0].day(one.now).end;
    assert_eq!(spend(200, tomorrow).await, [0.5, 1.0], "both at once, in the next window");
}

#[tokio::test]
async fn whoever_left_the_organization_meanwhile_keeps_what_they_made() {
    let one = One::new().await;
    let sql = "INSERT INTO organizations (name) VALUES ('Team') RETURNING id";
    let team: Uuid =
        sqlx::query_scalar(sql).fetch_one(one.gate.test.database.pool()).await.unwrap();
    let request = Request::new(1);
    let mut conversation = one.conversation(request.run);
    conversation["organization_id"] = json!(team);
    let ended = one.tell(&request, json!([]), true, Some(conversation)).await.unwrap();
    let stored = &ended["conversations"][request.run.to_string()];
    assert_eq!(stored["organizationId"], json!(null));
}

#[tokio::test]
async fn a_conversation_is_searchable_after_the_job_and_after_each_edit() {
    let one = One::new().await;
    let request = Request::new(1);
    let conversation = one.conversation(request.run);
    one.tell(&request, json!([]), true, Some(conversation)).await.unwrap();
    let found = "SELECT count(*) FROM conversation_search
        WHERE search @@ to_tsquery('english', 'hello')";
    assert_eq!(one.gate.count(found).await, 0);
    assert_eq!(one.gate.count("SELECT index_conversations(10)").await, 1);
    assert_eq!(one.gate.count("SELECT index_conversations(10)").await, 0);
    assert_eq!(one.gate.count(found).await, 1);
    let edit = "UPDATE conversations SET turns = '[{\"role\": \"user\", \"content\": \"Bye\"}]'";
    sqlx::query(edit).execute(one.gate.test.database.pool()).await.unwrap();
    assert_eq!(one.gate.count(found).await, 0);
}

#[tokio::test]
async fn admission_does_not_wait_for_the_disk_and_the_end_does() {
    let gate = Gate::new().await;
    let mode = "SELECT current_setting('synchronous_commit')";
    let usual: String =
        sqlx::query_scalar(mode).fetch_one(gate.test.database.pool()).await.unwrap();
    for (statement, expected) in [
        ("SELECT admit_generations(gen_random_uuid(), '[]', '[]')", "off"),
        ("SELECT end_generations('[]', '[]', '[]', '[]')", usual.as_str()),
    ] {
        let mut transaction = gate.test.database.pool().begin().await.unwrap();
        sqlx::query(statement).execute(&mut *transaction).await.unwrap();
        let during: String = sqlx::query_scalar(mode).fetch_one(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        let after: String =
            sqlx::query_scalar(mode).fetch_one(gate.test.database.pool()).await.unwrap();
        assert_eq!((during.as_str(), after.as_str()), (expected, usual.as_str()), "{statement}");
    }
}

/// Each window, as the gates say it, holds exactly what the ledger says from its start on, and what
/// is admitted never exceeds a budget in any of them.
async fn in_step(gate: &Gate, scope: &Scope, now: DateTime<Utc>, budgets: [i64; 3]) {
    let headroom = gate.headroom(std::slice::from_ref(scope), now).await;
    for period in 0..3 {
        let text = |name: &str| headroom[0][name][period].as_str().unwrap().to_owned();
        let (start, end) = (text("windowStarts"), text("windowEnds"));
        let [start, end]: [DateTime<Utc>; 2] = [start.parse().unwrap(), end.parse().unwrap()];
        assert!(start <= now && now < end, "{start} {now} {end}");
        let sql = "SELECT coalesce(sum(cost_nano_usd), 0)::bigint FROM generation_logs
            WHERE user_id = $1 AND created_at >= $2";
        let spent: i64 = sqlx::query_scalar(sql)
            .bind(scope.id)
            .bind(start)
            .fetch_one(gate.test.database.pool())
            .await
            .unwrap();
        assert_eq!(headroom[0]["settled"][period], spent, "{period} at {now} in {}", scope.zone);
        assert!(spent <= budgets[period]);
    }
}

#[tokio::test]
async fn budgets_are_what_the_ledger_says_over_midnight_month_ends_dst_and_time_zones() {
    const ZONES: [Tz; 5] = [
        Tz::UTC,
        Tz::America__New_York,
        Tz::Pacific__Kiritimati,
        Tz::Pacific__Honolulu,
        Tz::Australia__Lord_Howe,
    ];
    let budgets = [20, 60, 100];
    let gate = Gate::new().await;
    let mut random = fastrand::Rng::with_seed(5);
    // Both changes of clocks in New York, a month's and a year's end.
    for start in ["2026-03-06T00:00:00Z", "2026-10-29T00:00:00Z", "2026-12-29T00:00:00Z"] {
        let mut now: DateTime<Utc> = start.parse().unwrap();
        let mut scope = Scope::person().budgets(budgets);
        for _ in 0..40 {
            now += TimeDelta::minutes(random.i64(1..360));
            if random.u32(0..4) == 0 {
                scope.zone = ZONES[random.usize(0..ZONES.len())];
            }
            let request = Request::new(random.i64(1..9));
            let scopes = [scope.clone()];
            let admitted = gate.admit(&scopes, &request, now).await["refusedBy"].is_null();
            if admitted {
                // It ends minutes later: perhaps in the next window.
                now += TimeDelta::minutes(random.i64(0..3));
                let cost = random.i64(0..=request.amount);
                let attempts = json!([request.attempt(&scopes, 1, cost, "success")]);
                gate.end(&scopes, &request, attempts, now).await;
            }
            in_step(&gate, &scope, now, budgets).await;
        }
    }
}

#[tokio::test]
async fn a_changed_time_zone_gives_nobody_a_new_budget() {
    let gate = Gate::new().await;
    let scope = Scope::person().budgets([10, 1000, 1000]);
    let spent: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    let request = Request::new(10);
    let alone = std::slice::from_ref(&scope);
    let attempts = json!([request.attempt(alone, 1, 10, "success")]);
    gate.end(alone, &request, attempts, spent).await;
    let refused = |zone: Tz, now: &str| {
        let scope = [scope.clone().in_zone(zone)];
        let now: DateTime<Utc> = now.parse().unwrap();
        let gate = &gate;
        async move { gate.admit(&scope, &Request::new(1), now).await["refusedBy"] == "budget" }
    };
    // Where it is tomorrow already, the day that has begun still runs.
    assert!(refused(Tz::Pacific__Kiritimati, "2026-11-23T12:00:01Z").await);
    // That day is over; in Honolulu the day of the spending is not.
    assert!(refused(Tz::Pacific__Honolulu, "2026-11-24T01:00:00Z").await);
    assert!(!refused(Tz::Pacific__Honolulu, "2026-11-24T10:00:00Z").await);
    assert!(!refused(Tz::UTC, "2026-11-24T01:00:00Z").await);
}
