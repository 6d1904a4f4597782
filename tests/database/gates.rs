//! Budget, pace and places: exact, on the database's clock, for all servers together.

use super::gating::{Gate, Request, Scope};
use crate::support::run;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Answers of many requests that come at once, half of them by each of two servers.
async fn at_once(gate: &Gate, requests: Vec<(Vec<Scope>, i64)>) -> usize {
    let servers = [Uuid::new_v4(), Uuid::new_v4()];
    for server in servers {
        gate.is_alive(server).await;
    }
    let tries = requests.into_iter().enumerate().map(|(number, (scopes, amount))| {
        let pool = gate.test.database.pool().clone();
        tokio::spawn(async move {
            let request = Request::new(amount);
            let (scopes, rows) = request.asked(&scopes, Utc::now());
            let sql = "SELECT admit_generations($1, $2, $3) -> 0";
            let answer: Value = sqlx::query_scalar(sql)
                .bind(servers[number % 2])
                .bind(scopes)
                .bind(rows)
                .fetch_one(&pool)
                .await
                .unwrap();
            answer["refusedBy"].is_null()
        })
    });
    let mut admitted = 0;
    for one in tries.collect::<Vec<_>>() {
        admitted += usize::from(one.await.unwrap());
    }
    admitted
}

#[tokio::test]
async fn fifty_at_once_over_two_servers_against_a_budget_for_seven_admit_seven() {
    let gate = Gate::new().await;
    for _ in 0..10 {
        let person = Scope::person().budgets([1000, 5000, 5000]);
        let organization = Scope::organization().budgets([1000, 5000, 70]);
        let both = vec![person.clone(), organization.clone()];
        let requests = (0..50).map(|_| (both.clone(), 10)).collect();
        assert_eq!(at_once(&gate, requests).await, 7);
        let headroom = gate.headroom(&both, Utc::now()).await;
        assert_eq!(
            (&headroom[0]["amount"], &headroom[1]["amount"]),
            (&json!(70), &json!(70)),
            "what was refused took nothing anywhere"
        );
    }
}

#[tokio::test]
async fn fifty_at_once_over_two_servers_share_pace_and_places() {
    let gate = Gate::new().await;
    let paced = [Scope::person().pace(1, 30), Scope::organization().pace(1, 6)].to_vec();
    assert_eq!(at_once(&gate, (0..50).map(|_| (paced.clone(), 0)).collect()).await, 7);
    let placed = [Scope::person().places(40), Scope::organization().places(3)].to_vec();
    assert_eq!(at_once(&gate, (0..50).map(|_| (placed.clone(), 0)).collect()).await, 3);
    // People of one organization who come at once, each with the same places.
    let organization = Scope::organization().places(5);
    let people = (0..50).map(|_| (vec![Scope::person(), organization.clone()], 0)).collect();
    assert_eq!(at_once(&gate, people).await, 5);
}

#[tokio::test]
async fn a_refusal_names_the_budget_and_one_that_only_warns_admits() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let organization = Scope::organization();
    let mut person = Scope::person().budgets([10, 100, 100]);
    let both = [person.clone(), organization.clone()];
    let exactly = gate.admit(&both, &Request::new(10), now).await;
    assert_eq!(exactly, json!({"attempts": 0, "exceeded": []}), "exactly the budget fits");
    let refused = gate.admit(&both, &Request::new(1), now).await;
    assert_eq!(
        (&refused["refusedBy"], &refused["scope"], &refused["period"], &refused["reserved"]),
        (&json!("budget"), &json!(0), &json!(0), &json!(10))
    );
    assert_eq!(at(refused["windowEnd"].as_str().unwrap()), person.day(now).end);
    person.blocks = false;
    let warned = gate.admit(&[person.clone()], &Request::new(5), now).await;
    assert_eq!(warned["exceeded"][0]["reserved"], 15);
    let headroom = gate.headroom(&[person], now).await;
    assert_eq!((&headroom[0]["amount"], &headroom[0]["places"]), (&json!(15), &json!(2)));
}

#[tokio::test]
async fn each_gate_refuses_in_its_own_words_and_takes_nothing() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let scope = Scope::person().budgets([100, 100, 100]).pace(1, 9).places(1);
    let first = Request::new(40);
    assert_eq!(gate.admit(std::slice::from_ref(&scope), &first, now).await["attempts"], 0);
    let refused_by = |scope: Scope, amount: i64| {
        let gate = &gate;
        async move { gate.admit(&[scope], &Request::new(amount), now).await }
    };
    assert_eq!(refused_by(scope.clone(), 61).await["refusedBy"], "budget");
    for _ in 0..20 {
        assert_eq!(refused_by(scope.clone(), 1).await["refusedBy"], "places");
    }
    let hurried = refused_by(scope.clone().pace(1, 0).places(9), 1).await;
    assert_eq!((&hurried["refusedBy"], &hurried["retryAfterMs"]), (&json!("pace"), &json!(60_000)));
    // Whoever waits for a place asks again and again: that used up no pace.
    let again = scope.clone().places(99);
    for _ in 0..9 {
        assert_eq!(refused_by(again.clone(), 1).await["attempts"], 0);
    }
    assert_eq!(refused_by(again, 1).await["refusedBy"], "pace");
}

#[tokio::test]
async fn the_pace_follows_its_schedule_exactly() {
    let gate = Gate::new().await;
    // 50 a minute: one every 1200 ms, and ten ahead of their time.
    let scope = [Scope::person().pace(50, 10)];
    let start = at("2026-01-01T00:00:00Z");
    let wait = |milliseconds: i64| {
        let (gate, scope) = (&gate, &scope);
        let moment = start + TimeDelta::milliseconds(milliseconds);
        async move {
            let answer = gate.admit(scope, &Request::new(0), moment).await;
            answer["retryAfterMs"].as_i64().unwrap_or_default()
        }
    };
    for number in 0..11 {
        assert_eq!(wait(0).await, 0, "{number}");
    }
    assert_eq!(wait(0).await, 1200);
    assert_eq!(wait(1199).await, 1);
    assert_eq!(wait(1200).await, 0);
    assert_eq!(wait(1200).await, 1200, "only one came free");
    let rested = start + TimeDelta::days(1);
    assert_eq!(gate.headroom(&scope, rested).await[0]["requests"], 11, "and not more than full");
    for _ in 0..11 {
        assert_eq!(wait(3_600_000).await, 0);
    }
    assert_eq!(wait(3_600_000).await, 1200);
}

/// ITU-T I.371, virtual scheduling, in microseconds.
#[derive(Clone)]
struct Reference {
    step: i64,
    tolerance: i64,
    arrival: i64,
}

impl Reference {
    fn wait(&self, now: i64) -> i64 {
        (self.arrival - self.tolerance - now).max(0)
    }
}

#[tokio::test]
async fn the_pace_is_that_of_the_reference_at_random_times() {
    let gate = Gate::new().await;
    let start = at("2026-01-01T00:00:00Z");
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..5 {
        let limits =
            [(random.u32(1..200), random.u32(0..6)), (random.u32(1..400), random.u32(0..9))];
        let scopes = [
            Scope::person().pace(limits[0].0, limits[0].1),
            Scope::organization().pace(limits[1].0, limits[1].1),
        ];
        let mut reference = limits.map(|(each_minute, burst)| {
            let step = (60_000_000.0 / f64::from(each_minute)).round() as i64;
            Reference { step, tolerance: step * i64::from(burst), arrival: i64::MIN / 2 }
        });
        let mut now = 0;
        for _ in 0..60 {
            now += random.i64(0..900_000);
            let answer =
                gate.admit(&scopes, &Request::new(0), start + TimeDelta::microseconds(now)).await;
            let wait = reference.iter().map(|it| it.wait(now)).max().unwrap();
            assert_eq!(answer["retryAfterMs"].as_i64().unwrap_or_default(), (wait + 999) / 1000);
            if wait == 0 {
                reference.iter_mut().for_each(|it| it.arrival = it.arrival.max(now) + it.step);
            }
        }
    }
}

#[tokio::test]
async fn requests_asked_together_are_answered_as_one_by_one() {
    let mut random = fastrand::Rng::with_seed(11);
    let gate = Gate::new().await;
    for _ in 0..40 {
        let now = Utc::now();
        let organization = || Scope::organization().budgets([300, 600, 900]).pace(60, 12).places(9);
        let people = |count: usize| -> Vec<Scope> {
            (0..count)
                .map(|_| Scope::person().budgets([90, 200, 400]).pace(60, 4).places(4))
                .collect()
        };
        let (together, apart) = (people(3), people(3));
        let (shared, other) = (organization(), organization());
        let picks: Vec<(usize, bool, i64)> = (0..random.usize(1..30))
            .map(|_| (random.usize(0..3), random.bool(), random.i64(0..60)))
            .collect();
        let of =
            |people: &[Scope], shared: &Scope, (person, in_organization, _): (usize, bool, i64)| {
                let mut scopes = vec![people[person].clone()];
                scopes.extend(in_organization.then(|| shared.clone()));
                scopes
            };
        let batch: Vec<(Vec<Scope>, Request)> = picks
            .iter()
            .map(|pick| (of(&together, &shared, *pick), Request::new(pick.2)))
            .collect();
        let answers = gate.admit_all(&batch, now).await;
        for (pick, answer) in picks.iter().zip(answers.as_array().unwrap()) {
            let alone = gate.admit(&of(&apart, &other, *pick), &Request::new(pick.2), now).await;
            assert_eq!(answer, &alone, "{picks:?}");
        }
    }
}

#[tokio::test]
async fn a_request_is_admitted_once_and_a_lost_answer_is_given_again() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let scope = [Scope::person().budgets([100, 100, 100]).pace(1, 0)];
    let request = Request::new(60);
    let answer = gate.admit(&scope, &request, now).await;
    assert_eq!(gate.admit(&scope, &request, now).await["attempts"], answer["attempts"]);
    let another = request.another_run();
    assert_eq!(gate.admit(&scope, &another, now).await, json!({"refusedBy": "repeated"}));
    assert_eq!(gate.headroom(&scope, now).await[0]["amount"], 60);
    // Sent twice at once, it may stand twice in one batch.
    let fresh = [Scope::person()];
    let first = Request::new(5);
    let twice = [(fresh.to_vec(), first.clone()), (fresh.to_vec(), first.another_run())];
    let answers = gate.admit_all(&twice, now).await;
    assert_eq!(
        (&answers[0]["attempts"], &answers[1]["refusedBy"]),
        (&json!(0), &json!("repeated"))
    );
}

#[tokio::test]
async fn what_a_dead_server_holds_comes_free() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let scope = [Scope::person().budgets([100, 100, 100]).places(1)];
    let lost = Request::new(80);
    gate.admit(&scope, &lost, now).await;
    let next = Request::new(10);
    assert_eq!(gate.admit(&scope, &next, now).await["refusedBy"], "places");
    let gone = "UPDATE servers SET lease_until = now() - interval '29 seconds'";
    run(&mut gate.test.role("service_role").await, gone).await;
    let server = Uuid::new_v4();
    assert_eq!(gate.admit_by(server, &scope, &next, now).await["attempts"], 0, "its place");
    let too_much = gate.admit_by(server, &scope, &Request::new(20), now).await;
    assert_eq!(too_much["refusedBy"], "budget", "its money stays, until it has expired");
    let later = now + TimeDelta::minutes(4);
    assert_eq!(gate.admit_by(server, &scope, &Request::new(90), later).await["attempts"], 0);
    // The same request may be sent again; what it holds now is what it needs now.
    let again = Request { amount: 10, ..lost.another_run() };
    assert_eq!(gate.admit_by(server, &scope, &again, later).await["refusedBy"], "places");
    let wide = [scope[0].clone().places(9)];
    assert_eq!(gate.admit_by(server, &wide, &again, later).await["attempts"], 0);
    assert_eq!(gate.headroom(&wide, later).await[0]["amount"], 100);
}

#[tokio::test]
async fn issue_13_1_5_what_was_kept_while_the_clock_was_ahead_locks_nobody_out() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let scope = [Scope::person().budgets([100, 500, 500]).pace(1, 2).places(1)];
    let ahead = now + TimeDelta::days(40);
    let first = Request::new(100);
    gate.admit(&scope, &first, ahead).await;
    gate.end(&scope, &first, json!([first.attempt(&scope, 1, 100, "success")]), ahead).await;
    gate.admit(&scope, &Request::new(1), ahead).await;
    let headroom = gate.headroom(&scope, now).await;
    assert_eq!(
        (&headroom[0]["requests"], &headroom[0]["retryAfterMs"]),
        (&json!(0), &json!(60_000)),
        "the whole burst is used up, and no more than that"
    );
    assert_eq!((&headroom[0]["amount"], &headroom[0]["places"]), (&json!(0), &json!(0)));
    let start = headroom[0]["windowStarts"][0].as_str().unwrap();
    assert_eq!(at(start), scope[0].day(now).start);
}

#[tokio::test]
async fn what_was_thought_and_cached_stands_in_the_ledger_whichever_way_a_row_is_written() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let scope = [Scope::person()];
    let first = Request::new(5);
    // The second is billed although another server made the same call: row by row.
    for (request, thinking) in [(first.clone(), 4), (first.another_run(), 3)] {
        let mut attempt = request.attempt(&scope, 1, 5, "success");
        attempt["output_tokens"] = json!(9);
        attempt["thinking_tokens"] = json!(thinking);
        attempt["cache_write_tokens"] = json!(7);
        attempt["cache_read_tokens"] = json!(8);
        gate.end(&scope, &request, json!([attempt]), now).await;
    }
    let sql = "SELECT attempt, output_tokens, thinking_tokens, cache_write_tokens,
        cache_read_tokens FROM generation_logs ORDER BY attempt";
    let rows: Vec<(i32, i64, i64, i64, i64)> =
        sqlx::query_as(sql).fetch_all(gate.test.database.pool()).await.unwrap();
    assert_eq!(rows, [(1, 9, 4, 7, 8), (2, 9, 3, 7, 8)]);
}

#[tokio::test]
async fn an_admission_waits_for_no_end() {
    let gate = Gate::new().await;
    let now = Utc::now();
    let both = [Scope::person(), Scope::organization()];
    let first = Request::new(5);
    gate.admit(&both, &first, now).await;
    // An end that is written and waits for the disk.
    let mut ending = gate.test.role("service_role").await;
    run(&mut ending, "BEGIN").await;
    let attempts = json!([first.attempt(&both, 1, 5, "success")]);
    gate.end_on(&mut ending, &both, &first, attempts, true, None, now).await.unwrap();
    for request in [Request::new(5), first.another_run()] {
        let mut admitting = gate.test.role("service_role").await;
        run(&mut admitting, "SET lock_timeout = '1ms'").await;
        let (scopes, rows) = request.asked(&both, now);
        let sql = "SELECT admit_generations(gen_random_uuid(), $1, $2) -> 0";
        let answer: Value = sqlx::query_scalar(sql)
            .bind(scopes)
            .bind(rows)
            .fetch_one(&mut admitting)
            .await
            .unwrap();
        let again = request.id == first.id;
        assert_eq!(answer["refusedBy"] == "repeated", again, "{answer}");
    }
}
