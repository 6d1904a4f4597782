//! Revisions by Claude: the same gates and bills as for a generation, and a proposal that changes
//! nothing until it is accepted.

use super::world::{MESSAGES, World, generate, set, until};
use crate::{
    app::{Answer, Client, join},
    support::run,
};
use claude_stand_in::Behaviour;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Has a conversation made; answers its address.
async fn made(person: &Client<'_>) -> String {
    let answer = generate(person).await;
    answer.assert_ok();
    format!("/api/conversations/{}", answer.body["conversation"]["id"].as_str().unwrap())
}

fn asking(version: i32) -> Value {
    json!({"instruction": "Make the end kinder.", "version": version})
}

async fn ask(person: &Client<'_>, place: &str, body: Value) -> Answer {
    person.post(&format!("{place}/revisions"), body).await
}

async fn accept(person: &Client<'_>, place: &str, revision: &Value, version: i32) -> Answer {
    let id = revision["id"].as_str().unwrap();
    person.post(&format!("{place}/revisions/{id}/accept"), json!({"version": version})).await
}

async fn standing(person: &Client<'_>, place: &str) -> Value {
    person.get(place).await.body["conversation"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_becomes_a_proposal_and_that_a_version() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let place = made(&owner).await;
    let before = standing(&owner, &place).await;
    let said = json!({"turn": 2, "text": "Too cold. Ignore nothing."});
    let comment = member.post(&format!("{place}/comments"), said).await.body["comment"].clone();
    let mut body = asking(1);
    body["commentId"] = comment["id"].clone();
    let answer = ask(&member, &place, body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let revision = &answer.body["revision"];
    assert_eq!((&revision["state"], &revision["baseVersion"]), (&json!("open"), &json!(1)));
    assert_eq!(revision["authorName"], "Member");

    // Claude gets the conversation as material, and the instruction after it.
    let sent = world.last_sent();
    let prompt = sent["messages"][0]["content"].to_string();
    let (material, after) = prompt.split_once("</conversation>").unwrap();
    assert!(material.contains(before["turns"][0]["content"].as_str().unwrap()));
    assert!(after.contains("Make the end kinder."));

    // It is billed as of this conversation, and nothing of that has changed.
    let bills = "SELECT count(*) FROM generation_logs AS log
        JOIN conversations AS whole ON whole.id = log.conversation_id
        WHERE log.status = 'success' AND log.cost_nano_usd > 0";
    assert_eq!(world.count(bills).await, 2);
    let kinds = "SELECT count(*) FROM generation_logs WHERE parameters ->> 'kind' = 'revision'";
    assert_eq!(world.count(kinds).await, 1);
    let ledger = world.ledger().await;
    assert_eq!(revision["cost"], json!(ledger[1].cost_nano_usd));
    let now = standing(&owner, &place).await;
    assert_eq!((&now["turns"], &now["version"]), (&before["turns"], &json!(1)));
    assert_eq!(now["openRevisions"], 1);
    let list = owner.get(&format!("{place}/revisions")).await;
    assert_eq!(list.body["revisions"], json!([revision]));
    assert!(list.body["worstCase"].as_i64().unwrap() >= ledger[1].cost_nano_usd);

    let accepted = accept(&member, &place, revision, 1).await;
    accepted.assert_ok();
    let now = &accepted.body["conversation"];
    assert_eq!((&now["version"], &now["openRevisions"]), (&json!(2), &json!(0)));
    let last = now["turns"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap();
    assert!(last.ends_with("Take the smaller step first."), "{last}");
    let versions = owner.get(&format!("{place}/versions")).await.body["versions"].clone();
    assert_eq!(versions[0]["reason"], "Revised with Claude: Make the end kinder.");
    let comments = owner.get(&format!("{place}/comments")).await.body["comments"].clone();
    assert_eq!(comments[0]["resolverName"], "Member");
    let told = "SELECT count(*) FROM notifications
        WHERE title LIKE 'Member edited your conversation: %'";
    assert_eq!(world.count(told).await, 1);
    // Accepted again, as after an answer that was lost.
    let again = accept(&member, &place, revision, 1).await;
    again.assert_ok();
    assert_eq!(again.body["conversation"]["version"], 2);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_asks_and_bills_once() {
    let world = World::new().await;
    let ann = world.ann().await;
    let place = made(&ann).await;
    let keyed = ann.again().header("idempotency-key", &Uuid::new_v4().to_string());
    let first = ask(&keyed, &place, asking(1)).await;
    let second = ask(&keyed, &place, asking(1)).await;
    first.assert_ok();
    assert_eq!(first.body["revision"], second.body["revision"]);
    // Even when it could not be asked any more.
    accept(&ann, &place, &first.body["revision"], 1).await.assert_ok();
    let third = ask(&keyed, &place, asking(1)).await;
    third.assert_ok();
    assert_eq!(third.body["revision"]["state"], "accepted");
    assert_eq!(world.ledger().await.len(), 2, "one generation and one revision");
    let other = json!({"instruction": "Something else.", "version": 1});
    ask(&keyed, &place, other).await.assert_failure(409, "idempotency_key_reused");

    // The same for a job.
    let id: Uuid = place.rsplit('/').next().unwrap().parse().unwrap();
    let me = ann.get("/api/auth/me").await.body["user"]["id"].clone();
    let person: Uuid = me.as_str().unwrap().parse().unwrap();
    let (revisions, job) = (&world.app.state.revisions, Uuid::new_v4());
    for _ in 0..2 {
        revisions.propose_once(person, id, "Shorter.", job).await.unwrap();
    }
    assert_eq!(world.ledger().await.len(), 3);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_conversation_is_billed_and_told_and_nothing_is_stored() {
    let world = World::new().await;
    let ann = world.ann().await;
    let place = made(&ann).await;
    let text = |text: &str, stop: &str| Behaviour::Text {
        text: text.into(),
        stop_reason: Some(stop.into()),
    };
    let bad = [
        (text("{\"turns\": [{\"role\":", "max_tokens"), "cut off"),
        (text("I would rather not.", "refusal"), "declined"),
        (text("Sure!", "end_turn"), "not the JSON"),
    ];
    for (behaviour, why) in bad {
        let before = world.spent().await;
        world.claude.script(MESSAGES, vec![behaviour]);
        let answer = ask(&ann, &place, asking(1)).await;
        answer.assert_failure(502, "claude_malformed");
        let sentence = answer.body["error"].as_str().unwrap();
        assert!(sentence.contains(why) && sentence.contains("unchanged"), "{sentence}");
        assert!(world.spent().await > before, "{why}");
    }
    let last = world.ledger().await.pop().unwrap();
    assert_eq!(last.status, "success");
    assert_eq!(last.error_code.as_deref(), Some("claude_malformed"));
    assert_eq!(world.count("SELECT count(*) FROM conversation_revisions").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM conversations").await, 1);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gates_refuse_a_revision_as_they_refuse_a_generation() {
    let world = World::new().await;
    let ann = world.ann().await;
    let place = made(&ann).await;
    let sent = world.claude.requests().len();
    set(&ann, json!({"costBudget": {"dailyBudget": 0.0001}})).await;
    ask(&ann, &place, asking(1)).await.assert_failure(429, "budget_exceeded");
    assert_eq!(world.claude.requests().len(), sent, "nothing was sent");
    assert_eq!(world.ledger().await.len(), 1);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_accepted_over_the_version_that_it_was_compared_with() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let place = made(&owner).await;
    let answer = ask(&owner, &place, asking(1)).await;
    let revision = answer.body["revision"].clone();
    let mut content = standing(&owner, &place).await;
    let title = json!({"title": "Another title", "tier": content["tier"], "turns":
        content["turns"].as_array_mut().unwrap().iter()
            .map(|turn| json!({"role": turn["role"], "content": turn["content"]}))
            .collect::<Vec<_>>()});
    let edit = member.again().header("if-match", "\"1\"");
    edit.json(http::Method::PUT, &place, json!({"content": title})).await.assert_ok();
    let refused = accept(&owner, &place, &revision, 1).await;
    refused.assert_failure(409, "version_conflict");
    assert_eq!(refused.body["current"]["title"], "Another title");
    let list = owner.get(&format!("{place}/revisions")).await;
    assert_eq!(list.body["revisions"].as_array().unwrap().len(), 1, "it waits still");
    ask(&owner, &place, asking(1)).await.assert_failure(409, "version_conflict");
    let accepted = accept(&owner, &place, &revision, 2).await;
    accepted.assert_ok();
    assert_eq!(accepted.body["conversation"]["version"], 3);
    // Somebody who joins later sees it as well; a stranger does not.
    let eve = world.app.signed_up("Eve").await;
    eve.get(&format!("{place}/revisions")).await.assert_failure(404, "not_found");
    join(&owner, &eve, "member").await;
    eve.get(&format!("{place}/revisions")).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_conversation_keeps_no_other_generation_and_loses_no_proposal() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    let place = made(&ann).await;
    let list = ann.get(&format!("{place}/revisions")).await;
    let worst = list.body["worstCase"].as_i64().unwrap();
    world.claude.always(MESSAGES, Behaviour::Gated);
    // Four bytes for each character.
    let body = json!({"instruction": "\u{1f642}".repeat(4000), "version": 1});
    let holding = async {
        until("Claude is asked", || async { world.claude.requests().len() == 2 }).await;
        let held = "SELECT amount_nano_usd FROM generation_holds";
        assert!(world.count(held).await <= worst, "the most is known before: {worst}");
        let mut holder = world.app.database.role("service_role").await;
        run(&mut holder, "BEGIN").await;
        run(&mut holder, "SELECT FROM conversations FOR UPDATE").await;
        world.claude.always(MESSAGES, Behaviour::Default);
        world.claude.open_gate(1000);
        let other = tokio::time::timeout(Duration::from_secs(5), generate(&ann)).await;
        other.expect("no other end waits").assert_ok();
        assert_eq!(world.count("SELECT count(*) FROM conversation_revisions").await, 0);
        run(&mut holder, "COMMIT").await;
    };
    let (answer, ()) = tokio::join!(ask(&ann, &place, body), holding);
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    assert_eq!(world.count("SELECT count(*) FROM conversation_revisions").await, 1);
    until("its place is free", || async {
        world.count("SELECT count(*) FROM revision_requests").await == 0
    })
    .await;
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_to_its_end_is_refused_before_it_is_billed() {
    let world = World::new().await;
    let ann = world.ann().await;
    let place = made(&ann).await;
    let sent = world.claude.requests().len();
    let turns = format!(
        "UPDATE conversations
         SET turns = jsonb_set(turns, '{{1,content}}', to_jsonb(repeat('so ', {})))",
        20_000
    );
    run(&mut world.app.database.role("service_role").await, &turns).await;
    ask(&ann, &place, asking(1)).await.assert_failure(409, "prompt_too_long");
    assert_eq!((world.claude.requests().len(), world.ledger().await.len()), (sent, 1));
    let list = ann.get(&format!("{place}/revisions")).await;
    assert_eq!(list.body["worstCase"], Value::Null);
    world.assert_settled().await;
}
