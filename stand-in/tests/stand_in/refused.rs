//! What is refused of a batch, in the provider's words, and what only its end tells.

use super::client::{BATCHES, ask_as, made, message, post, requests, results, started, with};
use claude_stand_in::BatchSettings;
use serde_json::{Value, json};

fn one(custom_id: &str) -> Value {
    json!({ "requests": [{ "custom_id": custom_id, "params": message() }] })
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused_at_once() {
    let claude = started().await;
    let long = "a".repeat(65);
    let dictionary = "requests.0.params: Input should be a valid dictionary";
    for (body, expected) in [
        (json!({}), "requests: Field required"),
        (
            json!({ "requests": [] }),
            "requests: List should have at least 1 item after validation, not 0",
        ),
        (json!({ "requests": [{ "params": {} }] }), "requests.0.custom_id: Field required"),
        (
            json!({ "requests": [{ "custom_id": 7, "params": {} }] }),
            "requests.0.custom_id: Input should be a valid string",
        ),
        (one(&long), "requests.0.custom_id: String should have at most 64 characters"),
        (one("b:1"), "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"),
        (one(""), "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"),
        (json!({ "requests": [{ "custom_id": "a" }] }), "requests.0.params: Field required"),
        (json!({ "requests": [{ "custom_id": "a", "params": [] }] }), dictionary),
        (
            json!({ "requests": [one("a")["requests"][0], one("a")["requests"][0]] }),
            "requests: custom_id's must be unique within a batch. Duplicate custom_id found: a",
        ),
    ] {
        let answer = post(&claude, BATCHES, &body).await;
        assert_eq!((answer.status, &*answer.why()), (400, expected));
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
    for body in ["", "{", "[]", r#"{"requests": [{"custom_id": "a"}"#, r#"{"requests": 1}"#] {
        let answer = ask_as("k", &claude, "POST", BATCHES, body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.why().starts_with("The request body is not valid JSON"), "{body}");
    }
    assert_eq!(claude.batches(), []);
}

#[tokio::test]
async fn too_many_requests_and_too_many_bytes_are_refused() {
    let claude = started().await;
    claude.set_batches(BatchSettings { most_requests: 2, ..BatchSettings::default() });
    let answer = post(&claude, BATCHES, &requests(3)).await;
    assert_eq!(answer.status, 400);
    let why = "requests: List should have at most 2 items after validation, not 3";
    assert_eq!(answer.why(), why);
    claude.set_batches(BatchSettings { most_bytes: 10_000, ..BatchSettings::default() });
    let answer = post(&claude, BATCHES, &requests(1000)).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]["type"]),
        (413, &json!("request_too_large"))
    );
    made(&claude, &requests(2)).await;
    assert_eq!(claude.batches().len(), 1);
}

#[tokio::test]
async fn what_a_request_may_not_be_is_told_by_its_result() {
    let claude = started().await;
    let with_params =
        |custom_id: &str, params: Value| json!({ "custom_id": custom_id, "params": params });
    let mut nameless = message();
    nameless.as_object_mut().unwrap().remove("max_tokens");
    let batch = json!({ "requests": [
        with_params("fine", message()),
        with_params("endless", nameless),
        with_params("streamed", with(&json!({ "stream": true }))),
        with_params("unknown", with(&json!({ "model": "claude-9" }))),
        with_params("empty", json!({})),
    ] });
    let id = made(&claude, &batch).await;
    for line in results(&claude, &id).await.lines() {
        let (kind, words) = match line["custom_id"].as_str().unwrap() {
            "fine" => {
                assert_eq!(line["result"]["type"], "succeeded");
                continue;
            }
            "endless" => ("invalid_request_error", "max_tokens"),
            "streamed" => ("invalid_request_error", "\"stream=True\" is not supported"),
            _ => ("not_found_error", "model: "),
        };
        let result = &line["result"];
        assert_eq!(
            (&result["type"], &result["error"]["type"]),
            (&json!("errored"), &json!("error"))
        );
        let error = &result["error"]["error"];
        assert_eq!(error["type"], kind, "{line}");
        assert!(error["message"].as_str().unwrap().contains(words), "{line}");
    }
    let seen = &claude.batches()[0];
    assert_eq!((seen.request_counts.succeeded, seen.request_counts.errored), (1, 4));
    assert_eq!(seen.bill.requests, 1);
}
