//! What becomes of the requests of a batch.

use super::client::{BATCHES, get, made, post, requests, results, started, with};
use claude_stand_in::{BatchEnd, BatchOutcome, BatchRule, BatchSettings, Counts};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

fn rule(custom_id: &str, outcome: BatchOutcome) -> BatchRule {
    BatchRule { custom_ids: Some(vec![custom_id.to_owned()]), outcome, ..BatchRule::default() }
}

fn settings() -> BatchSettings {
    BatchSettings { ends_after_ms: None, ..BatchSettings::default() }
}

fn by_id(lines: Vec<Value>) -> BTreeMap<String, Value> {
    let of = |line: Value| (line["custom_id"].as_str().unwrap().to_owned(), line["result"].clone());
    lines.into_iter().map(of).collect()
}

#[tokio::test]
async fn every_outcome_has_its_line_and_what_was_generated_is_billed() {
    let claude = started().await;
    let overloaded = BatchOutcome::Errored {
        error_type: "overloaded_error".to_owned(),
        message: "Overloaded".to_owned(),
    };
    let rules = vec![
        rule("b-1", BatchOutcome::Refusal),
        rule("b-2", BatchOutcome::CutOff),
        rule("b-3", BatchOutcome::Malformed),
        rule("b-4", overloaded),
        rule("b-5", BatchOutcome::Canceled),
        rule("b-6", BatchOutcome::Expired),
    ];
    claude.set_batches(BatchSettings { rules, ..BatchSettings::default() });
    let id = made(&claude, &requests(7)).await;
    let lines = by_id(results(&claude, &id).await.lines());
    let message = |id: &str| &lines[id]["message"];
    let output = |id: &str| message(id)["usage"]["output_tokens"].as_u64().unwrap();
    assert_eq!(message("b-0")["stop_reason"], "end_turn");
    assert_eq!(message("b-1")["stop_reason"], "refusal");
    assert_eq!((&message("b-1")["content"], output("b-1") > 0), (&json!([]), true));
    assert_eq!(message("b-2")["stop_reason"], "max_tokens");
    assert_eq!(output("b-2"), output("b-0").div_ceil(2));
    let broken = message("b-3")["content"][0]["text"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(broken).is_err());
    assert_eq!(lines["b-4"]["error"]["error"]["type"], "overloaded_error");
    assert_eq!(lines["b-5"], json!({ "type": "canceled" }));
    assert_eq!(lines["b-6"], json!({ "type": "expired" }));
    let counts = Counts { processing: 0, succeeded: 4, errored: 1, canceled: 1, expired: 1 };
    let seen = &claude.batches()[0];
    assert_eq!((seen.request_counts, seen.bill.requests), (counts, 4));
    let told: u64 = ["b-0", "b-1", "b-2", "b-3"].into_iter().map(output).sum();
    assert_eq!(seen.bill.usage.output, told);
    // Read a second time they say the same.
    assert_eq!(by_id(results(&claude, &id).await.lines()), lines);
}

#[tokio::test]
async fn of_a_batch_that_is_canceled_what_ran_is_kept_and_billed() {
    let claude = started().await;
    let half = BatchSettings { ran_percent: 50, cancels_after_ms: None, ..settings() };
    claude.set_batches(half);
    let id = made(&claude, &requests(10)).await;
    let path = format!("{BATCHES}/{id}/cancel");
    for _ in 0..2 {
        let canceling = post(&claude, &path, &Value::Null).await.json();
        assert_eq!(canceling["processing_status"], "canceling");
        assert_eq!(canceling["request_counts"]["processing"], 10);
        assert!(canceling["cancel_initiated_at"].is_string());
    }
    claude.end_batches(&BatchEnd::default());
    let ended = get(&claude, &format!("{BATCHES}/{id}")).await.json();
    assert_eq!(ended["processing_status"], "ended");
    let counts = &ended["request_counts"];
    assert_eq!((&counts["succeeded"], &counts["canceled"]), (&json!(5), &json!(5)));
    assert_eq!(claude.bills().batches.requests, 5);
    assert_eq!(post(&claude, &path, &Value::Null).await.status, 400);
}

#[tokio::test]
async fn canceling_ends_by_itself_unless_it_waits() {
    let claude = started().await;
    claude.set_batches(settings());
    let id = made(&claude, &requests(2)).await;
    post(&claude, &format!("{BATCHES}/{id}/cancel"), &Value::Null).await;
    let ended = get(&claude, &format!("{BATCHES}/{id}")).await.json();
    assert_eq!(ended["processing_status"], "ended");
    assert_eq!(ended["request_counts"]["canceled"], 2);
}

#[tokio::test]
async fn what_has_not_run_within_a_day_is_expired() {
    let claude = started().await;
    claude.set_batches(BatchSettings { ran_percent: 25, ..settings() });
    let id = made(&claude, &requests(4)).await;
    claude.advance(Duration::from_secs(86_400));
    let ended = get(&claude, &format!("{BATCHES}/{id}")).await.json();
    let counts = &ended["request_counts"];
    assert_eq!((&counts["succeeded"], &counts["expired"]), (&json!(1), &json!(3)));
    assert_eq!(ended["ended_at"], ended["expires_at"]);
    let told = made(&claude, &requests(4)).await;
    let how = BatchEnd { id: Some(told), expired: true, ..BatchEnd::default() };
    claude.end_batches(&BatchEnd { ran_percent: Some(0), ..how });
    assert_eq!(claude.batches()[1].request_counts.expired, 4);
}

#[tokio::test]
async fn a_long_beginning_is_cached_in_a_batch_as_often_as_was_asked_for() {
    let claude = started().await;
    claude.set_batches(BatchSettings { cache_hit_percent: 70, ..BatchSettings::default() });
    let guide = "Write warmly. ".repeat(700);
    let system = json!([{ "type": "text", "text": guide,
        "cache_control": { "type": "ephemeral", "ttl": "1h" } }]);
    let params = with(&json!({ "system": system }));
    let requests: Vec<Value> = (0..100)
        .map(|number| json!({ "custom_id": format!("b-{number}"), "params": params }))
        .collect();
    made(&claude, &json!({ "requests": requests })).await;
    let usage = claude.batches()[0].bill.usage;
    let marked = (guide.len() as u64).div_ceil(4);
    assert_eq!(usage.cache_read + usage.cache_write_1h, 100 * marked);
    let read = usage.cache_read / marked;
    assert!((69..=70).contains(&read), "{read} of a hundred, and the first one found none");
}
