//! The usage log, narrowed.

use super::assert_names;
use crate::{
    http::app::{App, Client},
    support::run,
};
use serde_json::Value;

const LOG: &str = "/api/ai-usage/log";

/// An attempt of each end, of somebody's.
async fn attempts(app: &App, person: &Client<'_>) {
    let me = person.get("/api/auth/me").await.body;
    let id = me["user"]["id"].as_str().unwrap();
    let sql = format!(
        "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
           duration_ms, status, error_code, user_id)
         SELECT gen_random_uuid(), 1, model, 5, '1', 9, status, code, '{id}'
         FROM (VALUES ('claude-sonnet-4-6', 'success', NULL),
           ('claude-haiku-4-5', 'success', 'claude_malformed'),
           ('claude-sonnet-4-6', 'failed', 'claude_failed'),
           ('claude-sonnet-4-6', 'rate_limited', 'claude_rate_limited'),
           ('claude-sonnet-4-6', 'timeout', 'claude_timeout'),
           ('claude-sonnet-4-6', 'cancelled', 'cancelled')) AS attempt (model, status, code)"
    );
    run(&mut app.database.role("service_role").await, &sql).await;
}

/// What is found: status and code.
async fn found(person: &Client<'_>, query: &str) -> Vec<(String, String)> {
    let page = person.get(&format!("{LOG}?{query}")).await;
    page.assert_ok();
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = page.body["entries"].as_array().unwrap().iter();
    entries.map(|entry| (word(entry, "status"), word(entry, "errorCode"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_made_no_conversation_is_found_by_its_own_word() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    attempts(&app, &ann).await;
    for (word, status, code) in [
        ("success", "success", ""),
        ("unusable", "success", "claude_malformed"),
        ("failed", "failed", "claude_failed"),
        ("rate_limited", "rate_limited", "claude_rate_limited"),
        ("timeout", "timeout", "claude_timeout"),
        ("cancelled", "cancelled", "cancelled"),
    ] {
        let expected = [(status.to_owned(), code.to_owned())];
        assert_eq!(found(&ann, &format!("status={word}")).await, expected, "{word}");
    }
    assert_eq!(found(&ann, "").await.len(), 6);
    assert_eq!(found(&ann, "model=claude-haiku-4-5").await.len(), 1);
    let usage = ann.get("/api/ai-usage?groupBy=status").await;
    let groups = usage.body["groups"].as_array().unwrap();
    let unusable = groups.iter().find(|group| group["key"] == "unusable").expect("it has a sum");
    assert_eq!((&unusable["label"], groups.len()), (&Value::from("Unusable answer"), 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_attempt_can_be_found_by_is_refused() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let unknown = ann.get(&format!("{LOG}?model=claude-9")).await;
    assert_names(&unknown, &["model"], "There is no model “claude-9” in the catalog.");
    let unknown = ann.get(&format!("{LOG}?status=done")).await;
    assert_names(&unknown, &["status"], "unusable");
    // The page passes over what it does not know, as if nothing was asked for.
    let page = ann.get("/ai/usage?status=done&model=claude-9").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("No attempts yet"), "{}", page.text);
}
