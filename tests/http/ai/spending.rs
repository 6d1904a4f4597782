//! Spending as it is drawn: whose window it is, and figures that add up.

use super::assert_names;
use crate::{
    http::app::{App, Client},
    support::run,
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use train::domain::generation::{Period, Window};

const SPENDING: &str = "/api/fn/ai-spending";

async fn spending(person: &Client<'_>, window: &str, back: u32) -> Value {
    let query = json!({"scope": "person", "window": window, "back": back});
    let answer = person.post(SPENDING, json!({"query": query})).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.body
}

async fn id_of(person: &Client<'_>) -> String {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

/// Puts a request into the ledger: so many dollars, at that time.
async fn spend(app: &App, person: &str, at: DateTime<Utc>, model: &str, dollars: i64) {
    let sql = format!(
        "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
           duration_ms, status, user_id, created_at)
         VALUES (gen_random_uuid(), 1, '{model}', {dollars} * 1000000000::bigint, '1', 1,
           'success', '{person}', '{}')",
        at.to_rfc3339()
    );
    run(&mut app.database.role("service_role").await, &sql).await;
}

/// A zone in which no day begins while the test runs, which names of days depend on.
fn zone(now: DateTime<Utc>) -> Tz {
    let zones = [Tz::Europe__Berlin, Tz::Pacific__Honolulu];
    let is_calm =
        |zone: &Tz| Window::around(Period::Day, now, zone).contains(now + Duration::minutes(30));
    zones.into_iter().find(is_calm).unwrap()
}

/// Dollars of the cells of a row behind its first.
fn dollars<'a>(cells: impl IntoIterator<Item = &'a Value>) -> f64 {
    let dollars = |cell: &Value| cell.as_str()?.strip_prefix('$')?.parse::<f64>().ok();
    cells.into_iter().filter_map(dollars).sum()
}

fn cells(list: &Value) -> Vec<&Vec<Value>> {
    list.as_array().unwrap().iter().map(|row| row["cells"].as_array().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_the_ledger_stands_in_its_hour_and_all_of_them_add_up() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let now = Utc::now();
    let zone = zone(now);
    ann.patch("/api/auth/profile", json!({"timeZone": zone.name()})).await.assert_ok();
    let (ann_id, today) = (id_of(&ann).await, Window::around(Period::Day, now, &zone));
    let day = Window::around(Period::Day, today.start - Duration::seconds(1), &zone);
    let instant = Duration::microseconds(1);
    for (at, model, amount) in [
        (day.start - instant, "one", 32),
        (day.start, "one", 1),
        (day.start + Duration::hours(1) - instant, "one", 2),
        (day.start + Duration::hours(1), "two", 4),
        (day.end - instant, "one", 8),
        (day.end, "one", 64),
    ] {
        spend(&app, &ann_id, at, model, amount).await;
    }
    let told = spending(&ann, "day", 1).await;
    assert_eq!(told["title"], day.start.with_timezone(&zone).format("%-d %b %Y").to_string());
    assert_eq!(told["summary"], "$15.00 spent in 4 requests.");
    let hours = cells(&told["overTime"]["points"]);
    assert_eq!(hours.len() as i64, (day.end - day.start).num_hours());
    assert_eq!(told["overTime"]["columns"], json!(["Hour", "one", "two"]));
    assert_eq!(*hours[0], ["00:00", "$3.00", "$0.00"]);
    assert_eq!(*hours[1], ["01:00", "$0.00", "$4.00"]);
    assert_eq!(**hours.last().unwrap(), ["23:00", "$8.00", "$0.00"]);

    let all = |list: &Value| dollars(cells(list).into_iter().flatten());
    assert_eq!(all(&told["overTime"]["points"]), 15.0);
    assert_eq!(dollars(*cells(&told["sum"]["points"]).last().unwrap()), 15.0);
    assert_eq!(told["sum"]["summary"], "$15.00 in all.", "the budget of that day is not known");
    assert_eq!(told["sum"]["thresholds"], json!([]));
    for share in told["shares"].as_array().unwrap() {
        assert_eq!(all(&share["bars"]["rows"]), 15.0, "{share}");
    }
    let week = spending(&ann, "week", 0).await;
    let days = all(&week["overTime"]["points"]);
    assert_eq!(dollars(*cells(&week["sum"]["points"]).last().unwrap()), days);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_window_is_the_one_that_the_gates_count_in() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ann_id = id_of(&ann).await;
    // As if it had begun in another time zone: it runs to its end.
    let begun = Utc::now() - Duration::hours(3);
    let sql = format!(
        "INSERT INTO budget_spend (scope_id, scope_type, day_start, day_end, day_nano_usd)
         VALUES ('{ann_id}', 'person', '{}', '{}', 2000000000)",
        begun.to_rfc3339(),
        (begun + Duration::hours(24)).to_rfc3339()
    );
    run(&mut app.database.role("service_role").await, &sql).await;
    spend(&app, &ann_id, begun - Duration::milliseconds(1), "one", 1).await;
    spend(&app, &ann_id, begun + Duration::milliseconds(1), "one", 2).await;
    let present = spending(&ann, "day", 0).await;
    assert_eq!(present["summary"], "$2.00 spent in 1 request.");
    let limit = present["sum"]["summary"].as_str().unwrap();
    assert!(limit.starts_with("$2.00 of $"), "{limit}");
    let usage = ann.get("/api/ai-usage?window=day").await.body;
    assert_eq!(usage["spend"], 2_000_000_000_i64, "as the gates have it");
    assert_eq!(cells(&present["overTime"]["points"]).len(), 24);
    let before = spending(&ann, "day", 1).await;
    assert_eq!(before["summary"], "$1.00 spent in 1 request.", "nothing is in both");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_window_is_refused() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ask = async |query: Value| ann.post(SPENDING, json!({"query": query})).await;
    for wrong in [
        json!({"scope": "planet", "window": "day"}),
        json!({"scope": "person", "window": "year"}),
        json!({"scope": "person", "window": "day", "back": -1}),
        json!({"scope": "person", "window": "day", "back": "one"}),
        json!({"scope": "person"}),
    ] {
        ask(wrong).await.assert_failure(400, "malformed");
    }
    let far = json!({"scope": "person", "window": "month", "back": 121});
    assert_names(&ask(far).await, &["back"], "from 0 to 120");
    spending(&ann, "month", 120).await;
}
