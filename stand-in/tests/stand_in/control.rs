//! The same, told over HTTP.

use super::client::{
    BATCHES, KEY, ask, ask_as, get, made, message, post, requests, results, started, with,
};
use claude_stand_in::StandIn;
use serde_json::{Value, json};

async fn tell(claude: &StandIn, what: &str, body: Value) -> Value {
    let answer = post(claude, &format!("/_control/{what}"), &body).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

#[tokio::test]
async fn batches_are_steered_over_http() {
    let claude = started().await;
    let rules = json!([{ "first": 1, "outcome": { "type": "cut_off" } }]);
    tell(&claude, "batches", json!({ "ends_after_ms": null, "rules": rules })).await;
    let id = made(&claude, &requests(2)).await;
    let seen = get(&claude, "/_control/batches").await.json();
    assert_eq!(
        (&seen[0]["id"], &seen[0]["processing_status"]),
        (&json!(id), &json!("in_progress"))
    );
    assert_eq!(get(&claude, "/_control/bill").await.json()["nano_usd"], 0);
    let ended = tell(&claude, "batches/end", json!({})).await;
    assert_eq!(ended, json!({ "ended": [id] }));
    let bill = get(&claude, "/_control/bill").await.json();
    assert_eq!(bill["by_batch"][&id], bill["batches"]);
    for name in [
        "requests",
        "input_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cache_read_tokens",
        "output_tokens",
        "thinking_tokens",
        "nano_usd",
    ] {
        assert!(bill["batches"][name].is_u64(), "{name}");
    }
    let sent = get(&claude, &format!("/_control/batches/{id}/requests?limit=1")).await.json();
    assert_eq!(sent.as_array().unwrap().len(), 1);
    assert_eq!(sent[0]["outcome"], json!({ "type": "cut_off" }));
    assert_eq!(sent[0]["params"], message());
    assert_eq!(get(&claude, "/_control/batches/none/requests").await.status, 404);
    let unknown = post(&claude, "/_control/batches", &json!({ "ends_after": 1 })).await;
    assert_eq!(unknown.status, 422, "a slip of the pen is no setting");
}

#[tokio::test]
async fn faults_keys_models_and_the_clock_are_set_over_http() {
    let claude = started().await;
    let id = made(&claude, &requests(3)).await;
    let behaviours = json!([
        { "kind": "results", "cut_after_lines": 1 },
        { "kind": "lost" },
        { "kind": "status_after", "status": 500 },
        { "kind": "limit", "code": "contract_spend_limit_reached" },
        { "kind": "results", "missing_every": 3 },
    ]);
    let path = "GET /v1/messages/batches/{id}/results";
    tell(&claude, "behaviours", json!({ "path": path, "behaviours": behaviours })).await;
    assert_eq!(results(&claude, &id).await.lines().len(), 1);
    let path = format!("{BATCHES}/{id}/results");
    assert!(ask_as(KEY, &claude, "GET", &path, b"").await.is_err());
    assert_eq!(results(&claude, &id).await.status, 500);
    assert_eq!(results(&claude, &id).await.status, 429);
    assert_eq!(results(&claude, &id).await.lines().len(), 2);

    let habits = json!({ "model": "claude-sonnet-4-6", "thinking": "always",
        "thinking_tokens": { "low": 9 }, "cache_minimum": 1 });
    tell(&claude, "models", habits).await;
    let low = with(&json!({ "output_config": { "effort": "low" } }));
    let answer = post(&claude, "/v1/messages", &low).await.json();
    assert_eq!(answer["usage"]["output_tokens_details"]["thinking_tokens"], 9);

    tell(&claude, "clock", json!({ "advance_ms": 29_u64 * 86_400_000 })).await;
    assert_eq!(results(&claude, &id).await.status, 404);
    tell(&claude, "keys", json!({ "workspaces": { "sk-ant-one": "other" } })).await;
    assert_eq!(get(&claude, &format!("{BATCHES}/{id}")).await.status, 404);
    tell(&claude, "keys", json!({ "valid": [] })).await;
    assert_eq!(get(&claude, BATCHES).await.status, 401);
    tell(&claude, "keys", json!({ "valid": null })).await;
    assert_eq!(get(&claude, BATCHES).await.status, 200);
    ask(&claude, "DELETE", "/_control", &Value::Null).await;
    assert_eq!(get(&claude, "/_control/batches").await.json(), json!([]));
}
