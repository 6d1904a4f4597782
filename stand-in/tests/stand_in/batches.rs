//! Batches as the interface has them.

use super::client::{BATCHES, KEY, ask, ask_as, get, ids, made, post, requests, results, started};
use claude_stand_in::{BatchEnd, BatchSettings, StandIn};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};

/// One whose batches end when they are told to.
async fn patient() -> StandIn {
    let claude = started().await;
    claude.set_batches(BatchSettings { ends_after_ms: None, ..BatchSettings::default() });
    claude
}

async fn polled(claude: &StandIn, id: &str) -> Value {
    get(claude, &format!("{BATCHES}/{id}")).await.json()
}

#[tokio::test]
async fn a_batch_is_made_polled_ended_read_and_deleted() {
    let claude = patient().await;
    let answer = post(&claude, BATCHES, &requests(3)).await;
    let batch = answer.json();
    let id = batch["id"].as_str().unwrap();
    assert!(id.starts_with("msgbatch_"), "{batch}");
    let (path, of_results) = (format!("{BATCHES}/{id}"), format!("{BATCHES}/{id}/results"));
    assert_eq!(batch["type"], "message_batch");
    for name in ["ended_at", "cancel_initiated_at", "archived_at", "results_url"] {
        assert_eq!(batch.get(name), Some(&Value::Null), "{name}");
    }
    let day = |name: &str| batch[name].as_str().unwrap()[..10].to_owned();
    assert!(day("created_at") < day("expires_at"));

    let waiting = get(&claude, &path).await;
    assert_eq!(waiting.headers["retry-after"], "10");
    let waiting = waiting.json();
    assert_eq!(waiting["processing_status"], "in_progress");
    let none_yet = json!({ "processing": 3, "succeeded": 0, "errored": 0, "canceled": 0,
        "expired": 0 });
    assert_eq!(waiting["request_counts"], none_yet);
    let early = get(&claude, &of_results).await;
    assert_eq!(early.status, 404);
    assert_eq!(early.why(), format!("Message Batch {id} has no available results."));
    let refused = ask(&claude, "DELETE", &path, &Value::Null).await;
    assert_eq!(refused.status, 400);
    assert!(refused.why().contains("cannot be deleted"), "{}", refused.why());

    assert_eq!(claude.end_batches(&BatchEnd::default()), [id]);
    let ended = polled(&claude, id).await;
    assert_eq!(ended["processing_status"], "ended");
    assert_eq!(ended["request_counts"]["succeeded"], 3);
    assert_eq!(ended["request_counts"]["processing"], 0);
    assert_eq!(ended["results_url"], format!("{}{of_results}", claude.url()));
    assert!(ended["ended_at"].is_string());
    let answer = get(&claude, &of_results).await;
    assert_eq!(answer.headers["content-type"], "application/x-jsonl");
    let lines = answer.lines();
    assert!(answer.whole);
    assert_eq!(ids(&lines), ["b-0", "b-1", "b-2"]);
    assert_ne!(lines[0]["custom_id"], "b-0", "not in the order of the requests");
    for line in &lines {
        let message = &line["result"]["message"];
        assert_eq!(line["result"]["type"], "succeeded");
        assert_eq!(message["usage"]["service_tier"], "batch");
        assert!(message["content"][0]["text"].as_str().unwrap().len() > 20, "{line}");
    }

    let deleted = ask(&claude, "DELETE", &path, &Value::Null).await.json();
    assert_eq!(deleted, json!({ "id": id, "type": "message_batch_deleted" }));
    let gone = get(&claude, &path).await;
    assert_eq!((gone.status, gone.why()), (404, format!("Message Batch {id} not found.")));
    assert_eq!(get(&claude, BATCHES).await.json()["data"], json!([]));
    assert!(claude.batches()[0].deleted);
}

#[tokio::test]
async fn a_batch_ends_at_once_or_after_some_time() {
    let claude = started().await;
    let at_once = made(&claude, &requests(1)).await;
    assert_eq!(polled(&claude, &at_once).await["processing_status"], "ended");
    let hour = Some(3_600_000);
    claude.set_batches(BatchSettings { ends_after_ms: hour, ..BatchSettings::default() });
    let later = made(&claude, &requests(1)).await;
    assert_eq!(polled(&claude, &later).await["processing_status"], "in_progress");
    claude.advance(Duration::from_secs(3600));
    assert_eq!(polled(&claude, &later).await["processing_status"], "ended");
}

#[tokio::test]
async fn lists_are_turned_page_by_page_the_newest_first() {
    let claude = started().await;
    let mut made_in_order = Vec::new();
    for _ in 0..5 {
        made_in_order.push(made(&claude, &requests(1)).await);
    }
    made_in_order.reverse();
    let newest = made_in_order;
    let page = async |query: &str| {
        let page = get(&claude, &format!("{BATCHES}{query}")).await.json();
        let data = page["data"].as_array().unwrap().clone();
        let ids: Vec<String> =
            data.iter().map(|batch| batch["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(page["first_id"].as_str(), ids.first().map(String::as_str));
        assert_eq!(page["last_id"].as_str(), ids.last().map(String::as_str));
        (ids, page["has_more"] == true)
    };
    assert_eq!(page("").await, (newest.clone(), false));
    assert_eq!(page("?limit=2").await, (newest[..2].to_vec(), true));
    let after = format!("?limit=3&after_id={}", newest[1]);
    assert_eq!(page(&after).await, (newest[2..].to_vec(), false));
    let before = format!("?limit=2&before_id={}", newest[3]);
    assert_eq!(page(&before).await, (newest[1..3].to_vec(), true));
    let refused = get(&claude, &format!("{BATCHES}?limit=1001")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(get(&claude, &format!("{BATCHES}?after_id=msgbatch_9")).await.status, 404);
}

#[tokio::test]
async fn batches_are_a_workspaces_and_not_a_keys() {
    let claude = started().await;
    let id = made(&claude, &requests(1)).await;
    let path = format!("{BATCHES}/{id}");
    let status =
        async |key: &str, path: &str| ask_as(key, &claude, "GET", path, b"").await.unwrap().status;
    assert_eq!(status(&format!("Bearer {KEY}"), &path).await, 200, "the same key");
    assert_eq!(status("sk-ant-other", &path).await, 404);
    assert_eq!(status("sk-ant-other", &format!("{path}/results")).await, 404);
    let listed = ask_as("sk-ant-other", &claude, "GET", BATCHES, b"").await.unwrap();
    assert_eq!(listed.json()["data"], json!([]));
    // A key that was rotated within the workspace.
    let one = ("sk-ant-new".to_owned(), KEY.to_owned());
    claude.set_workspaces(HashMap::from([one]));
    assert_eq!(status("sk-ant-new", &path).await, 200);
    claude.accept_only(Some(vec!["sk-ant-new".to_owned()]));
    assert_eq!(status(KEY, &path).await, 401);
    assert_eq!(status("sk-ant-new", &format!("{path}/results")).await, 200);
}

#[tokio::test]
async fn results_are_kept_for_29_days() {
    let claude = started().await;
    let id = made(&claude, &requests(1)).await;
    assert_eq!(results(&claude, &id).await.status, 200);
    claude.advance(Duration::from_secs(29 * 86_400));
    let old = polled(&claude, &id).await;
    assert!(old["archived_at"].is_string() && old["results_url"].is_null(), "{old}");
    assert_eq!(results(&claude, &id).await.status, 404);
}

#[tokio::test]
async fn many_requests_are_read_while_they_come() {
    let claude = started().await;
    let id = made(&claude, &requests(5000)).await;
    let answer = results(&claude, &id).await;
    assert!(answer.whole);
    let mut found = ids(&answer.lines());
    found.dedup();
    assert_eq!(found.len(), 5000);
    let seen = &claude.batches()[0];
    assert_eq!((seen.requests, seen.results_read), (5000, 1));
    assert_eq!(seen.bytes, requests(5000).to_string().len() as u64);
    let received = &claude.requests()[0];
    assert_eq!((&*received.method, &*received.path), ("POST", BATCHES));
    assert_eq!(received.body, json!({ "requests": 5000, "bytes": seen.bytes }));
    let sent = claude.batch_requests(&id, 4999, 10).unwrap();
    assert_eq!((sent.len(), &sent[0]["custom_id"]), (1, &json!("b-4999")));
    assert_eq!(sent[0]["params"], super::client::message());
}
