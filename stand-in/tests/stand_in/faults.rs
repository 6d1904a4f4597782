//! What goes wrong with batches when it was asked for.

use super::client::{
    BATCHES, KEY, ask_as, get, ids, made, message, post, requests, results, started,
};
use claude_stand_in::{BatchSettings, Behaviour, ResultFaults, StandIn};
use serde_json::json;

const CREATE: &str = "POST /v1/messages/batches";
const RESULTS: &str = "GET /v1/messages/batches/{id}/results";

fn faults() -> ResultFaults {
    ResultFaults::default()
}

async fn create(claude: &StandIn) -> Option<u16> {
    let body = requests(2).to_string();
    ask_as(KEY, claude, "POST", BATCHES, body.as_bytes()).await.ok().map(|answer| answer.status)
}

#[tokio::test]
async fn the_answer_of_the_making_is_lost_before_or_after_it() {
    let claude = started().await;
    let script = [
        Behaviour::Closed,
        Behaviour::Lost,
        Behaviour::StatusAfter { status: 500 },
        Behaviour::status(500),
        Behaviour::status_with(429, "retry-after", "3"),
        Behaviour::status(529),
        Behaviour::status(401),
    ];
    claude.script(CREATE, script);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let status = create(&claude).await;
        seen.push((status, claude.batches().len()));
    }
    assert_eq!(
        seen,
        [
            (None, 0),
            (None, 1),
            (Some(500), 2),
            (Some(500), 2),
            (Some(429), 2),
            (Some(529), 2),
            (Some(401), 2),
            (Some(200), 3),
        ]
    );
    let listed = get(&claude, BATCHES).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 3, "all of them can be found");
}

#[tokio::test]
async fn a_batch_may_be_missing_in_the_first_lists() {
    let claude = started().await;
    claude.set_batches(BatchSettings { unlisted: 2, ..BatchSettings::default() });
    made(&claude, &requests(1)).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        counts.push(get(&claude, BATCHES).await.json()["data"].as_array().unwrap().len());
    }
    assert_eq!(counts, [0, 0, 1]);
}

#[tokio::test]
async fn results_break_off_after_lines_or_bytes_as_often_as_was_scripted() {
    let claude = started().await;
    let id = made(&claude, &requests(50)).await;
    let cut = |lines| Behaviour::Results(ResultFaults { cut_after_lines: Some(lines), ..faults() });
    let bytes = ResultFaults { cut_after_bytes: Some(1000), ..faults() };
    claude.script(RESULTS, [cut(3), cut(49), Behaviour::Results(bytes)]);
    for expected in [3, 49] {
        let answer = results(&claude, &id).await;
        assert_eq!((answer.lines().len(), answer.whole), (expected, false));
    }
    let answer = results(&claude, &id).await;
    assert_eq!((answer.body.len(), answer.whole), (1000, false));
    let answer = results(&claude, &id).await;
    assert_eq!((answer.lines().len(), answer.whole), (50, true));
}

#[tokio::test]
async fn results_have_lines_too_many_and_too_few() {
    let claude = started().await;
    let id = made(&claude, &requests(10)).await;
    let more = ResultFaults { repeat_every: Some(5), foreign_every: Some(4), ..faults() };
    claude.script(RESULTS, [Behaviour::Results(more)]);
    let found = ids(&results(&claude, &id).await.lines());
    let foreign = found.iter().filter(|id| id.starts_with("foreign-")).count();
    assert_eq!((found.len(), foreign), (14, 2));
    let mut own = found;
    own.dedup();
    assert_eq!(own.len(), 12, "two of ours are there twice");

    let fewer = ResultFaults { missing_every: Some(3), ..faults() };
    claude.always(RESULTS, Behaviour::Results(fewer));
    for _ in 0..2 {
        assert_eq!(results(&claude, &id).await.lines().len(), 7);
    }
    let both = ResultFaults { missing_every: Some(3), cut_after_lines: Some(3), ..faults() };
    claude.script(RESULTS, [Behaviour::Results(both)]);
    let answer = results(&claude, &id).await;
    assert_eq!((answer.lines().len(), answer.whole), (2, false), "a line that is missing counts");
    let broken =
        ResultFaults { malformed_every: Some(9), long_line_bytes: Some(100_000), ..faults() };
    claude.script(RESULTS, [Behaviour::Results(broken)]);
    let text = results(&claude, &id).await.text();
    let bad = text.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_err());
    assert_eq!((text.lines().count(), bad.count()), (12, 1));
    assert!(text.lines().nth(1).unwrap().len() > 100_000);
}

#[tokio::test]
async fn asking_for_a_batch_fails_by_its_kind_or_by_its_path() {
    let claude = started().await;
    let id = made(&claude, &requests(1)).await;
    let path = format!("{BATCHES}/{id}");
    claude.script("GET /v1/messages/batches/{id}", [Behaviour::status(503)]);
    claude.script(&path, [Behaviour::Html { status: 502 }, Behaviour::Lost]);
    assert_eq!(get(&claude, &path).await.status, 502, "what names the path comes first");
    assert!(ask_as(KEY, &claude, "GET", &path, b"").await.is_err());
    assert_eq!(get(&claude, &path).await.status, 503);
    assert_eq!(get(&claude, &path).await.status, 200);
    claude.script(RESULTS, [Behaviour::status(404)]);
    assert_eq!(results(&claude, &id).await.status, 404);
    claude.script("GET /v1/messages/batches", [Behaviour::status(500)]);
    assert_eq!(get(&claude, BATCHES).await.status, 500);
    assert_eq!(get(&claude, BATCHES).await.status, 200);
}

#[tokio::test]
async fn the_address_of_the_results_may_lead_elsewhere() {
    let claude = started().await;
    let base = Some("http://elsewhere.example".to_owned());
    claude.set_batches(BatchSettings { results_base: base, ..BatchSettings::default() });
    let id = made(&claude, &requests(1)).await;
    let batch = get(&claude, &format!("{BATCHES}/{id}")).await.json();
    let expected = format!("http://elsewhere.example{BATCHES}/{id}/results");
    assert_eq!(batch["results_url"], expected);
    assert_eq!(results(&claude, &id).await.status, 200, "they are here all the same");
}

#[tokio::test]
async fn a_message_that_is_lost_is_billed_and_one_that_is_refused_is_not() {
    let claude = started().await;
    let script = [Behaviour::Closed, Behaviour::status(529), Behaviour::Lost];
    claude.script("/v1/messages", script);
    let body = message().to_string();
    let mut billed = Vec::new();
    for _ in 0..3 {
        let _ = ask_as(KEY, &claude, "POST", "/v1/messages", body.as_bytes()).await;
        billed.push(claude.bills().live.requests);
    }
    assert_eq!(billed, [0, 0, 1]);
}

#[tokio::test]
async fn limits_of_money_come_with_their_word() {
    let claude = started().await;
    let limit =
        |code: &str, status| Behaviour::Limit { code: code.to_owned(), status, retry_after: None };
    claude.script(
        CREATE,
        [
            limit("ramp_limit_exceeded", None),
            limit("enforced_spend_limit_reached", Some(400)),
            limit("organization_on_hold", None),
            limit("specified_workspace_limit", None),
        ],
    );
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(post(&claude, BATCHES, &requests(1)).await);
    }
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [429, 400, 400, 400]);
    assert_eq!(answers[0].headers["retry-after"], "7");
    let code = |place: usize| answers[place].json()["error"]["details"]["error_code"].clone();
    assert_eq!(code(0), "ramp_limit_exceeded");
    assert_eq!(code(1), "enforced_spend_limit_reached");
    assert_eq!((code(2), code(3)), (json!("organization_on_hold"), json!(null)));
    assert!(answers[3].why().starts_with("You have reached your specified workspace"));
    assert_eq!(claude.batches(), []);
}
