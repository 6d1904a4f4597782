//! What no trainer takes is approved by no machine, whichever way it comes or changes, and says
//! why.

use super::world::{MESSAGES, World, generate};
use crate::app::Client;
use claude_stand_in::Behaviour;
use http::Method;
use serde_json::{Value, json};

/// Who speaks in turn, and the rule that this breaks.
const SHAPES: [(&[&str], &str); 4] = [
    (&["user", "assistant", "user"], "ends_with_user"),
    (&["assistant", "user", "assistant"], "starts_with_assistant"),
    (&["user", "user", "assistant"], "not_alternating"),
    (&["assistant", "assistant"], "not_alternating"),
];

/// Has Claude write turns of these roles; answers the conversation.
async fn made(world: &World, person: &Client<'_>, roles: &[&str]) -> Value {
    let turn = |(index, role): (usize, &&str)| {
        let content = format!("The part {index} of what is said, in full.");
        json!({"role": role, "content": content})
    };
    let turns: Vec<Value> = roles.iter().enumerate().map(turn).collect();
    let text = json!({"title": "A loan", "turns": turns}).to_string();
    world.claude.script(MESSAGES, [Behaviour::Text { text, stop_reason: Some("end_turn".into()) }]);
    let answer = generate(person).await;
    answer.assert_ok();
    answer.body["conversation"].clone()
}

/// Changes all that match, if there is anything to change.
async fn change_all(world: &World, person: &Client<'_>, action: Value) {
    let body = json!({"action": action, "query": ""});
    let prepared = person.post("/api/bulk-jobs", body).await;
    assert_eq!(prepared.status.as_u16(), 201, "{}", prepared.text);
    let job = &prepared.body["job"];
    if job["changed"] != 0 {
        let place = format!("/api/bulk-jobs/{}/start", job["id"].as_str().unwrap());
        person.post(&place, Value::Null).await.assert_ok();
        while world.app.state.bulk.run_next().await.unwrap() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_trainer_takes_is_approved_by_no_machine() {
    let world = World::new().await;
    let ann = world.ann().await;
    let all = json!({"autoApproval": 0, "flagging": 0, "minimumAcceptable": 0});
    ann.patch("/api/user-preferences", json!({"qualityThresholds": all})).await.assert_ok();
    let whole = made(&world, &ann, &["user", "assistant"]).await;
    assert_eq!(whole["status"], "approved", "by these thresholds everything else is: {whole}");
    let mut places = Vec::new();
    for (roles, rule) in SHAPES {
        let conversation = made(&world, &ann, roles).await;
        assert_eq!(conversation["status"], "pending_review", "{roles:?}");
        places.push((format!("/api/conversations/{}", conversation["id"].as_str().unwrap()), rule));
    }
    let none_is_approved = async |after: &str| {
        for (place, rule) in &places {
            let now = ann.get(place).await.body["conversation"].clone();
            assert_ne!(now["status"], "approved", "{rule}, after {after}");
            let broken = now["gateFailures"].as_array().unwrap();
            assert!(broken.iter().any(|failure| failure["rule"] == *rule), "{rule}: {broken:?}");
        }
    };
    none_is_approved("generating").await;
    ann.post("/api/conversations/rerate", json!({})).await.assert_ok();
    none_is_approved("other thresholds").await;
    change_all(&world, &ann, json!({"kind": "rerate"})).await;
    none_is_approved("rating many").await;
    change_all(&world, &ann, json!({"kind": "decide", "decision": "approved"})).await;
    none_is_approved("approving many").await;
    for (place, _) in &places {
        let now = ann.get(place).await.body["conversation"].clone();
        let field = |name: &str| now[name].as_str().unwrap_or_default().to_owned();
        let turn = |turn: &Value| json!({"role": turn["role"], "content": turn["content"]});
        let turns: Vec<Value> = now["turns"].as_array().unwrap().iter().map(turn).collect();
        let content = json!({"title": "Another title", "persona": field("persona"),
            "emotion": field("emotion"), "topic": field("topic"), "tier": "edge_case",
            "turns": turns});
        let at = format!("\"{}\"", now["version"]);
        let editor = ann.again().header("if-match", &at);
        editor.json(Method::PUT, place, json!({"content": content})).await.assert_ok();
    }
    none_is_approved("editing").await;
    ann.post("/api/conversations/rerate", json!({})).await.assert_ok();
    none_is_approved("rating again").await;
}
