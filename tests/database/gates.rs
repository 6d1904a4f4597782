//! Budget, rate and concurrency: atomic, on the database's clock, for all servers together.

use crate::support::{TestDatabase, run};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

const HOUR: &str = "1 hour";
/// A reservation or lease that was never ended by anybody and whose time is over.
const OVER: &str = "-1 second";

async fn ask(
    test: &TestDatabase,
    sql: &'static str,
    id: Uuid,
    amount: i64,
    time: &str,
    lines: &Value,
) -> Value {
    let asked = sqlx::query_scalar(sql).bind(id).bind(amount).bind(time).bind(lines);
    asked.fetch_one(test.database.pool()).await.unwrap()
}

async fn reserve(test: &TestDatabase, id: Uuid, amount: i64, time: &str, lines: &Value) -> Value {
    ask(test, "SELECT reserve_budget($1, $2, $3::text::interval, $4)", id, amount, time, lines)
        .await
}

async fn settle(test: &TestDatabase, id: Uuid, actual: i64) -> Value {
    let settled = sqlx::query_scalar("SELECT settle_budget($1, $2)").bind(id).bind(actual);
    settled.fetch_one(test.database.pool()).await.unwrap()
}

async fn lease(test: &TestDatabase, id: Uuid, time: &str, lines: &Value) -> bool {
    let sql = "SELECT take_lease($1, $2::text::interval, $3)";
    let taken: Value = sqlx::query_scalar(sql)
        .bind(id)
        .bind(time)
        .bind(lines)
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    taken["admitted"].as_bool().unwrap()
}

async fn value(test: &TestDatabase, sql: &'static str, lines: &Value) -> Value {
    sqlx::query_scalar(sql).bind(lines).fetch_one(test.database.pool()).await.unwrap()
}

/// (settled, reserved) of each line.
async fn spent(test: &TestDatabase, lines: &Value) -> Vec<(i64, i64)> {
    let state = value(test, "SELECT budget_state($1)", lines).await;
    let number = |line: &Value, name: &str| line[name].as_i64().unwrap();
    state
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (number(line, "settled"), number(line, "reserved")))
        .collect()
}

fn window(kind: &str, id: Uuid, period: &str, limit: Option<i64>) -> Value {
    json!({
        "scopeType": kind, "scopeId": id, "period": period,
        "windowStart": "2026-11-23T00:00:00+00:00", "limit": limit,
    })
}

fn ids() -> (Uuid, Uuid) {
    (Uuid::new_v4(), Uuid::new_v4())
}

#[tokio::test]
async fn fifty_at_once_against_a_budget_for_seven_admit_seven() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let person = window("person", ann, "day", Some(1000));
    let organization = window("organization", team, "month", Some(70));
    let both = [json!([person, organization]), json!([organization, person])];
    let tries = (0..50).map(|number: usize| {
        let (pool, lines) = (test.database.pool().clone(), both[number % 2].clone());
        tokio::spawn(async move {
            let sql = "SELECT reserve_budget($1, 10, '1 hour', $2)";
            let answer: Value = sqlx::query_scalar(sql)
                .bind(Uuid::new_v4())
                .bind(lines)
                .fetch_one(&pool)
                .await
                .unwrap();
            answer["admitted"].as_bool().unwrap()
        })
    });
    let mut admitted = 0;
    for one in tries.collect::<Vec<_>>() {
        admitted += u32::from(one.await.unwrap());
    }
    assert_eq!(admitted, 7);
    assert_eq!(
        spent(&test, &both[0]).await,
        [(0, 70), (0, 70)],
        "what was refused took nothing anywhere"
    );
}

#[tokio::test]
async fn issue_13_1_5_what_is_reserved_while_another_waits_is_not_taken_for_the_future() {
    let test = TestDatabase::new().await;
    let (ann, _) = ids();
    let lines = json!([window("person", ann, "day", Some(10))]);
    let first = Uuid::new_v4();
    let mut holder = test.role("service_role").await;
    run(&mut holder, "BEGIN").await;
    sqlx::query("SELECT reserve_budget($1, 10, '1 hour', '[]')")
        .bind(first)
        .execute(&mut holder)
        .await
        .unwrap();
    // Only a superuser sees what others wait for.
    let superuser = test.options().username("postgres");
    let mut watcher = PgConnection::connect_with(&superuser).await.unwrap();
    let second = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let asked = || sqlx::query_scalar::<_, i64>(waiting);
        while asked().fetch_one(&mut watcher).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let answer = reserve(&test, Uuid::new_v4(), 10, "1 hour", &lines).await;
        run(&mut holder, "ROLLBACK").await;
        answer["admitted"].as_bool().unwrap()
    };
    let (repeated, second) = tokio::join!(reserve(&test, first, 10, "1 hour", &lines), second);
    assert!(second);
    assert_eq!(repeated["admitted"], false, "the money is held");
}

#[tokio::test]
async fn a_refusal_names_the_line_and_an_alerting_one_admits() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let mut person = window("person", ann, "day", Some(10));
    let organization = window("organization", team, "day", None);
    let lines = json!([organization, person]);
    assert_eq!(
        reserve(&test, Uuid::new_v4(), 10, HOUR, &lines).await["admitted"],
        true,
        "exactly the budget fits"
    );
    let refused = reserve(&test, Uuid::new_v4(), 1, HOUR, &lines).await;
    let expected = json!({
        "admitted": false, "reason": "budget", "line": person, "settled": 0, "reserved": 10,
    });
    assert_eq!(refused, expected);
    person["block"] = json!(false);
    assert_eq!(
        reserve(&test, Uuid::new_v4(), 5, HOUR, &json!([person])).await["lines"][0]["reserved"],
        15
    );
    let headroom = value(&test, "SELECT budget_headroom($1)", &lines).await;
    assert_eq!((&headroom[0]["headroom"], &headroom[1]["headroom"]), (&json!(null), &json!(0)));
}

#[tokio::test]
async fn one_request_reserves_and_pays_once() {
    let test = TestDatabase::new().await;
    let (id, ann) = ids();
    let lines =
        json!([window("person", ann, "day", Some(100)), window("person", ann, "week", Some(500))]);
    reserve(&test, id, 60, HOUR, &lines).await;
    assert_eq!(reserve(&test, id, 60, HOUR, &lines).await["repeated"], true);
    assert_eq!(spent(&test, &lines).await, [(0, 60), (0, 60)]);
    let first = settle(&test, id, 25).await;
    assert_eq!(
        (&first["billed"], &first["lines"][0]["settled"], &first["lines"][0]["limit"]),
        (&json!(25), &json!(25), &json!(100))
    );
    let again = settle(&test, id, 25).await;
    assert_eq!((&again["repeated"], &again["billed"]), (&json!(true), &json!(0)));
    assert_eq!(spent(&test, &lines).await, [(25, 0), (25, 0)]);
    assert_eq!(
        reserve(&test, id, 60, HOUR, &lines).await,
        json!({"admitted": false, "reason": "settled"})
    );
    assert_eq!(settle(&test, Uuid::new_v4(), 1).await, json!({"settled": false}), "never reserved");
}

#[tokio::test]
async fn parallel_settlements_bill_once() {
    let test = TestDatabase::new().await;
    let (id, ann) = ids();
    let lines = json!([window("person", ann, "day", Some(100))]);
    reserve(&test, id, 60, HOUR, &lines).await;
    let tries = (0..20).map(|_| {
        let pool = test.database.pool().clone();
        tokio::spawn(async move {
            let sql = "SELECT (settle_budget($1, 30) ->> 'billed')::bigint";
            let billed: i64 = sqlx::query_scalar(sql).bind(id).fetch_one(&pool).await.unwrap();
            billed
        })
    });
    let mut billed = 0;
    for one in tries.collect::<Vec<_>>() {
        billed += one.await.unwrap();
    }
    assert_eq!((billed, spent(&test, &lines).await), (30, vec![(30, 0)]));
}

#[tokio::test]
async fn an_expired_reservation_is_given_back_and_still_billed() {
    let test = TestDatabase::new().await;
    let ((crashed, next), ann) = (ids(), Uuid::new_v4());
    let lines = json!([window("person", ann, "day", Some(100))]);
    reserve(&test, crashed, 80, OVER, &lines).await;
    let headroom = value(&test, "SELECT budget_headroom($1)", &lines).await;
    assert_eq!((&headroom[0]["headroom"], &headroom[0]["reserved"]), (&json!(100), &json!(0)));
    // Somebody else's request gives it back.
    let other = json!([window("person", Uuid::new_v4(), "day", Some(100))]);
    reserve(&test, Uuid::new_v4(), 1, HOUR, &other).await;
    assert_eq!(spent(&test, &lines).await, [(0, 0)]);
    assert_eq!(reserve(&test, next, 90, HOUR, &lines).await["admitted"], true);
    // It had not crashed, it was slow: the money is spent.
    assert_eq!(settle(&test, crashed, 40).await["billed"], 40);
    assert_eq!(settle(&test, next, 90).await["billed"], 90);
    assert_eq!(spent(&test, &lines).await, [(130, 0)]);
    // Late, but before anybody gave it back.
    let late = Uuid::new_v4();
    let fresh = json!([window("person", Uuid::new_v4(), "day", Some(100))]);
    reserve(&test, late, 80, OVER, &fresh).await;
    settle(&test, late, 10).await;
    assert_eq!(spent(&test, &fresh).await, [(10, 0)]);
    // The same request again, before anybody gave it back: it takes what it needs now, and only
    // that.
    let again = Uuid::new_v4();
    reserve(&test, again, 80, OVER, &fresh).await;
    assert_eq!(reserve(&test, again, 30, HOUR, &fresh).await["repeated"], false);
    assert_eq!(spent(&test, &fresh).await, [(10, 30)]);
    assert_eq!(reserve(&test, again, 30, HOUR, &fresh).await["repeated"], true);
}

#[tokio::test]
async fn the_same_request_at_once_and_given_back_leaves_nothing_behind() {
    let test = TestDatabase::new().await;
    let (id, ann) = ids();
    let lines = json!([window("person", ann, "day", Some(1_000_000))]);
    let tries = (0..20).map(|_| {
        let (pool, lines) = (test.database.pool().clone(), lines.clone());
        tokio::spawn(async move {
            for _ in 0..20 {
                let reserve = sqlx::query("SELECT reserve_budget($1, 10, '1 hour', $2)")
                    .bind(id)
                    .bind(&lines);
                reserve.execute(&pool).await.unwrap();
                sqlx::query("SELECT release_budget($1)").bind(id).execute(&pool).await.unwrap();
            }
        })
    });
    for one in tries.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    assert_eq!(spent(&test, &lines).await, [(0, 0)]);
}

#[tokio::test]
async fn a_threshold_is_told_once_per_window() {
    let test = TestDatabase::new().await;
    let sql = "SELECT note_budget_alert('person', $1, 'day', $2::text::timestamptz, $3)";
    let ann = Uuid::new_v4();
    for (day, threshold, expected) in [
        ("2026-11-23", 0.5, true),
        ("2026-11-23", 0.5, false),
        ("2026-11-23", 0.9, true),
        ("2026-11-24", 0.5, true),
    ] {
        let noted: bool = sqlx::query_scalar(sql)
            .bind(ann)
            .bind(day)
            .bind(threshold)
            .fetch_one(test.database.pool())
            .await
            .unwrap();
        assert_eq!(noted, expected, "{day} {threshold}");
    }
}

/// Takes at a time given in milliseconds: how long to wait, 0 when it was taken.
async fn rate(test: &TestDatabase, lines: &Value, at: i64) -> i64 {
    let sql = "SELECT take_rate($1, '2026-01-01Z'::timestamptz + $2 * interval '1 ms')";
    let answer: Value =
        sqlx::query_scalar(sql).bind(lines).bind(at).fetch_one(test.database.pool()).await.unwrap();
    assert_eq!(answer["admitted"], answer["retryAfterMs"] == 0);
    answer["retryAfterMs"].as_i64().unwrap()
}

#[tokio::test]
async fn a_rate_that_is_given_back_is_as_if_it_had_not_been_taken() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let both = json!([limit("person", ann, 60, 2), limit("organization", team, 60, 5)]);
    let give_back = || async {
        sqlx::query("SELECT give_rate_back($1)")
            .bind(&both)
            .execute(test.database.pool())
            .await
            .unwrap();
    };
    give_back().await;
    for _ in 0..3 {
        assert_eq!(rate(&test, &both, 0).await, 0);
    }
    for _ in 0..5 {
        assert_eq!(rate(&test, &both, 0).await, 1000);
        give_back().await;
        assert_eq!(rate(&test, &both, 0).await, 0);
    }
    assert_eq!(rate(&test, &json!([both[1]]), 0).await, 0, "the organization's too");
    assert_eq!(rate(&test, &both, 1000).await, 0);
}

fn limit(kind: &str, id: Uuid, requests: i64, burst: i64) -> Value {
    json!({"scopeType": kind, "scopeId": id, "requestsPerMinute": requests, "burst": burst})
}

#[tokio::test]
async fn the_rate_follows_its_schedule_exactly() {
    let test = TestDatabase::new().await;
    // 50 a minute: one every 1200 ms, and ten ahead of their time.
    let lines = json!([limit("person", Uuid::new_v4(), 50, 10)]);
    for number in 0..11 {
        assert_eq!(rate(&test, &lines, 0).await, 0, "{number}");
    }
    assert_eq!(rate(&test, &lines, 0).await, 1200);
    assert_eq!(rate(&test, &lines, 1199).await, 1);
    assert_eq!(rate(&test, &lines, 1200).await, 0);
    assert_eq!(rate(&test, &lines, 1200).await, 1200, "only one came free");
    // After a long rest the burst is full again, and not more than full.
    let headroom: Value = sqlx::query_scalar("SELECT rate_headroom($1, '2026-01-02Z')")
        .bind(&lines)
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    assert_eq!(headroom[0]["headroom"], 11);
    for _ in 0..11 {
        assert_eq!(rate(&test, &lines, 3_600_000).await, 0);
    }
    assert_eq!(rate(&test, &lines, 3_600_000).await, 1200);
}

#[tokio::test]
async fn a_rate_is_taken_of_all_scopes_or_of_none() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let (person, organization) = (limit("person", ann, 60, 5), limit("organization", team, 6, 0));
    let both = json!([person, organization]);
    assert_eq!(rate(&test, &both, 0).await, 0);
    for _ in 0..20 {
        assert_eq!(rate(&test, &both, 0).await, 10_000);
    }
    for number in 0..5 {
        assert_eq!(
            rate(&test, &json!([person]), 0).await,
            0,
            "{number}: the refusals cost the person nothing"
        );
    }
    assert_eq!(rate(&test, &json!([person]), 0).await, 1000);
}

#[tokio::test]
async fn parallel_requests_never_share_a_place() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let (person, organization) = (limit("person", ann, 1, 30), limit("organization", team, 1, 6));
    let both = [json!([person, organization]), json!([organization, person])];
    let tries = (0..50).map(|number: usize| {
        let (pool, lines) = (test.database.pool().clone(), both[number % 2].clone());
        tokio::spawn(async move {
            let sql = "SELECT (take_rate($1, '2026-01-01Z') ->> 'admitted')::boolean";
            let admitted: bool =
                sqlx::query_scalar(sql).bind(lines).fetch_one(&pool).await.unwrap();
            admitted
        })
    });
    let mut admitted = 0;
    for one in tries.collect::<Vec<_>>() {
        admitted += u32::from(one.await.unwrap());
    }
    assert_eq!(admitted, 7);
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_an_error() {
    let test = TestDatabase::new().await;
    for lines in [
        json!([limit("person", Uuid::new_v4(), 0, 1)]),
        json!([limit("person", Uuid::new_v4(), 1, -1)]),
        json!([{}]),
    ] {
        let error = sqlx::query("SELECT take_rate($1)")
            .bind(&lines)
            .execute(test.database.pool())
            .await
            .unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("22023"), "{lines}");
    }
}

fn places(kind: &str, id: Uuid, most: i64) -> Value {
    json!({"scopeType": kind, "scopeId": id, "limit": most})
}

#[tokio::test]
async fn leases_never_exceed_the_limit() {
    let test = TestDatabase::new().await;
    let (ann, team) = ids();
    let (person, organization) = (places("person", ann, 40), places("organization", team, 3));
    let both = [json!([person, organization]), json!([organization, person])];
    let tries = (0..50).map(|number: usize| {
        let (pool, lines) = (test.database.pool().clone(), both[number % 2].clone());
        tokio::spawn(async move {
            let sql = "SELECT (take_lease($1, '1 hour', $2) ->> 'admitted')::boolean";
            let admitted: bool = sqlx::query_scalar(sql)
                .bind(Uuid::new_v4())
                .bind(lines)
                .fetch_one(&pool)
                .await
                .unwrap();
            admitted
        })
    });
    let mut admitted = 0;
    for one in tries.collect::<Vec<_>>() {
        admitted += u32::from(one.await.unwrap());
    }
    assert_eq!(admitted, 3);
    let headroom = value(&test, "SELECT lease_headroom($1)", &both[0]).await;
    assert_eq!(
        (&headroom[0]["held"], &headroom[1]["headroom"]),
        (&json!(3), &json!(0)),
        "all of them or none"
    );
}

#[tokio::test]
async fn a_lease_ends_when_it_is_released_or_expires() {
    let test = TestDatabase::new().await;
    let ((first, second), ann) = (ids(), Uuid::new_v4());
    let lines = json!([places("person", ann, 1)]);
    assert!(lease(&test, first, HOUR, &lines).await);
    assert!(lease(&test, first, HOUR, &lines).await, "the same request renews its own");
    assert!(!lease(&test, second, HOUR, &lines).await);
    let release = |id: Uuid| {
        let pool = test.database.pool().clone();
        async move {
            let sql = "SELECT release_lease($1)";
            sqlx::query_scalar::<_, bool>(sql).bind(id).fetch_one(&pool).await.unwrap()
        }
    };
    assert!(release(first).await);
    assert!(!release(first).await);
    assert!(lease(&test, second, OVER, &lines).await);
    let renew = "SELECT renew_lease($1, '1 hour')";
    let renewed: bool =
        sqlx::query_scalar(renew).bind(second).fetch_one(test.database.pool()).await.unwrap();
    assert!(!renewed, "its place may be somebody else's by now");
    assert!(lease(&test, first, HOUR, &lines).await, "the server of the second is gone");
    let renewed: bool =
        sqlx::query_scalar(renew).bind(first).fetch_one(test.database.pool()).await.unwrap();
    assert!(renewed);
}
