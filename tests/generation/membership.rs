//! What joining an organization opens to its people, backwards and forwards: what was made as a
//! member, and nothing else.

use super::world::{CONFIGURATION, World, generate, reached, set_for_all};
use crate::app::{Client, join};
use serde_json::json;

/// In the effective configuration: the organization sets it, so it says to whom the organization's
/// applies.
const LIMIT: &str = "/model/maxTokens";

async fn made(person: &Client<'_>) -> String {
    let answer = generate(person).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    answer.body["conversation"]["id"].as_str().expect("it has an id").to_owned()
}

async fn status(person: &Client<'_>, conversation: &str) -> u16 {
    person.get(&format!("/api/conversations/{conversation}")).await.status.as_u16()
}

async fn usage(owner: &Client<'_>) -> usize {
    let log = owner.get("/api/ai-usage/log?scope=organization").await;
    log.body["entries"].as_array().expect("owners read it").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_reads_what_was_made_as_a_member_and_nothing_else() {
    let world = World::new().await;
    // The first account administers the installation and reads everything.
    world.app.signed_up("First").await;
    let (owner, member) = (world.app.signed_up("Owner").await, world.app.signed_up("Member").await);
    owner.post("/api/organizations", json!({"name": "Team"})).await.assert_ok();
    set_for_all(&owner, json!({"model": {"maxTokens": 1234}})).await;
    let before = made(&member).await;
    let usual = member.get(CONFIGURATION).await.body["effective"].pointer(LIMIT).cloned().unwrap();
    assert_eq!((usage(&owner).await, usual == json!(1234)), (0, false));
    join(&owner, &member, "member").await;
    reached(&member, LIMIT, json!(1234)).await;
    let during = made(&member).await;
    let me = member.get("/api/auth/me").await.body["user"].clone();
    let place = format!(
        "/api/organizations/{}/members/{}",
        me["organization"]["id"].as_str().expect("they joined"),
        me["id"].as_str().expect("they are signed in")
    );
    let theirs = made(&owner).await;
    assert_eq!(status(&member, &theirs).await, 200, "members read each other's");
    member.delete(&place).await.assert_ok();
    reached(&member, LIMIT, usual).await;
    let after = made(&member).await;

    let read = [&before, &during, &after].map(|id| status(&owner, id));
    assert_eq!(futures::future::join_all(read).await, [404, 200, 404]);
    assert_eq!(usage(&owner).await, 2, "one of each of theirs");
    let own = [&before, &during, &after].map(|id| status(&member, id));
    assert_eq!(futures::future::join_all(own).await, [200, 200, 200]);
    assert_eq!(status(&member, &theirs).await, 404, "who left reads the others' no longer");
    member.get("/api/ai-usage/log?scope=organization").await.assert_failure(404, "no_organization");
    // Back again, what was made in between stays their own.
    join(&owner, &member, "admin").await;
    assert_eq!(status(&owner, &after).await, 404);
}
