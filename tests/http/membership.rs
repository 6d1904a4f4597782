//! How memberships begin and end: what a new account is told, who may leave, what closes with the
//! last member, and what everybody is told of it.

use super::app::{Answer, App, Client, email, invite, join};
use serde_json::{Value, json};

async fn place(person: &Client<'_>) -> String {
    let list = person.get("/api/organizations").await;
    format!("/api/organizations/{}", list.body["organizations"][0]["id"].as_str().unwrap())
}

async fn id(person: &Client<'_>) -> String {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

/// The address by which somebody leaves.
async fn way_out(person: &Client<'_>) -> String {
    format!("{}/members/{}", place(person).await, id(person).await)
}

async fn leave(person: &Client<'_>) -> Answer {
    person.delete(&way_out(person).await).await
}

async fn leave_and_close(person: &Client<'_>) -> Answer {
    person.delete(&format!("{}?closes=true", way_out(person).await)).await
}

/// The titles of what somebody was told, the newest first.
async fn told(person: &Client<'_>) -> Vec<String> {
    let answer = person.get("/api/notifications").await;
    let list = answer.body["notifications"].as_array().unwrap();
    list.iter().map(|told| told["title"].as_str().unwrap().to_owned()).collect()
}

async fn run(app: &App, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::query(sql).execute(app.database.database.pool()).await.unwrap();
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.database.database.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_invited_before_they_signed_up_is_told_once() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    owner.patch(&place(&owner).await, json!({"name": "Team"})).await.assert_ok();
    invite(&owner, &email("Ben"), "member").await;
    let ended = invite(&owner, &email("Cem"), "member").await;
    owner.delete(&format!("{}/invitations/{ended}", place(&owner).await)).await.assert_ok();

    let (ben, cem) = (app.signed_up("Ben").await, app.signed_up("Cem").await);
    assert_eq!(told(&ben).await, ["You are invited to “Team”"]);
    assert_eq!(told(&cem).await, [""; 0], "that one was withdrawn");
    let first = ben.get("/api/notifications").await.body["notifications"][0].clone();
    let text = first["text"].as_str().unwrap();
    assert!(text.starts_with("Owner (owner@example.com) invites you as a member."), "{text}");
    assert_eq!(first["link"], "/invitations");
    let page = ben.get("/organization/members").await.text;
    let sentence = "1 invitation is waiting for your answer: Owner invites you to “Team”.";
    assert!(page.contains(sentence), "{page}");
    let page = cem.get("/organization/members").await.text;
    assert!(!page.contains("is waiting for your answer"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_is_told_to_whoever_was_told_of_it() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let team = place(&owner).await;
    owner.patch(&team, json!({"name": "Team"})).await.assert_ok();
    let invitation = invite(&owner, &email("Ben"), "member").await;
    // A renewal that reached nobody, as when too many were sent.
    run(&app, "UPDATE invitations SET invited_at = invited_at + interval '1 second'").await;
    let withdrawing = format!("{team}/invitations/{invitation}");
    owner.delete(&withdrawing).await.assert_ok();
    let titles = ["The invitation to “Team” was withdrawn", "You are invited to “Team”"];
    assert_eq!(told(&ben).await, titles);

    // Each side reads what it can do about an invitation that is over.
    let late = owner.delete(&withdrawing).await;
    late.assert_failure(409, "invitation_ended");
    assert!(late.text.contains("Nothing is left to withdraw."), "{}", late.text);
    let late = ben.post(&format!("/api/invitations/{invitation}/accept"), json!({})).await;
    late.assert_failure(409, "invitation_ended");
    assert!(late.text.contains("Ask for a new one."), "{}", late.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_knows_who_decides_and_what_leaving_means() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let (cem, dan) = (app.signed_up("Cem").await, app.signed_up("Dan").await);
    let team = place(&owner).await;
    assert_eq!(owner.get(&team).await.body["leaving"], "closes");
    join(&owner, &ben, "member").await;
    join(&owner, &cem, "admin").await;
    let managers = json!([
        {"displayName": "Owner", "role": "owner"},
        {"displayName": "Cem", "role": "admin"},
    ]);
    for (person, leaving) in [(&owner, "needs_owner"), (&cem, "goes_on"), (&ben, "goes_on")] {
        let known = person.get(&team).await.body;
        assert_eq!((&known["managers"], &known["leaving"]), (&managers, &json!(leaving)));
        assert!(!known.to_string().contains('@'), "names, no addresses: {known}");
    }
    dan.get(&team).await.assert_failure(404, "not_found");
    let page = ben.get("/organization/members").await.text;
    assert!(page.contains("Managed by") && page.contains("Cem"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_member_closes_the_organization_and_nothing_billed_is_lost() {
    let app = App::new().await;
    let (boss, ben) = (app.signed_up("Boss").await, app.signed_up("Ben").await);
    ben.post("/api/organizations", json!({"name": "Barn"})).await.assert_ok();
    let barn = place(&ben).await;
    let (barn_id, ben_id) = (barn.rsplit('/').next().unwrap().to_owned(), id(&ben).await);
    ben.patch(&format!("{barn}/preference-defaults"), json!({"theme": "dark"})).await.assert_ok();
    ben.patch("/api/ai-policy", json!({"dailyBudget": 5})).await.assert_ok();
    invite(&ben, &email("Nobody"), "member").await;
    let cem = app.signed_up("Cem").await;
    invite(&ben, &email("Cem"), "member").await;
    run(
        &app,
        &format!(
            "INSERT INTO conversations (organization_id, tier, created_by)
             VALUES ('{barn_id}', 'template', '{ben_id}'), ('{barn_id}', 'template', NULL)"
        ),
    )
    .await;
    run(
        &app,
        &format!(
            "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
               duration_ms, status, user_id, organization_id)
             VALUES (gen_random_uuid(), 1, 'a', 7, 'a', 1, 'success', '{ben_id}', '{barn_id}')"
        ),
    )
    .await;
    let changes = "SELECT count(*) FROM configuration_audit_log
        WHERE owner_organization_id IS NOT NULL AND action = 'updated'";
    let before = count(&app, changes).await;
    assert!(before >= 2, "{before}");

    // Who read that it goes on may be the last by now; and a token is for no such thing.
    leave(&ben).await.assert_failure(409, "closes_organization");
    let token = json!({"name": "Script", "scopes": ["organization:write", "organization:read"]});
    let token = ben.post("/api/tokens", token).await.body["secret"].as_str().unwrap().to_owned();
    let closing = format!("{}?closes=true", way_out(&ben).await);
    let by_token = app.with_token(&token).delete(&closing).await;
    by_token.assert_failure(409, "closes_organization");
    assert_eq!(count(&app, "SELECT count(*) FROM organizations WHERE name = 'Barn'").await, 1);

    leave_and_close(&ben).await.assert_ok();
    assert_eq!(ben.get("/api/organizations").await.body["organizations"], json!([]));
    assert_eq!(count(&app, "SELECT count(*) FROM organizations WHERE name = 'Barn'").await, 0);
    let orphans = "SELECT count(*) FROM conversations WHERE created_by IS NULL";
    assert_eq!(count(&app, orphans).await, 0, "kept for the organization alone");
    assert_eq!(count(&app, "SELECT count(*) FROM invitations").await, 0);
    let titles = ["The invitation to “Barn” was withdrawn", "You are invited to “Barn”"];
    assert_eq!(told(&cem).await, titles);
    let kept = "SELECT count(*) FROM conversations WHERE organization_id IS NULL
        AND created_by IS NOT NULL";
    assert_eq!(count(&app, kept).await, 1, "it stays with its author");
    let billed = "SELECT count(*) FROM generation_logs WHERE organization_id IS NOT NULL
        AND cost_nano_usd = 7";
    assert_eq!(count(&app, billed).await, 1);
    assert_eq!(count(&app, changes).await, before, "history stays");
    let closed = "SELECT count(*) FROM configuration_audit_log WHERE action = 'deleted'";
    let by_ben = format!("{closed} AND changed_by = '{ben_id}'");
    let by_ben = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(by_ben));
    let by_ben = by_ben.fetch_one(app.database.database.pool()).await.unwrap();
    assert!(by_ben > 0, "and says who closed it");
    assert_eq!(count(&app, closed).await, by_ben);

    // By joining another one, which is asked for in the same words.
    ben.post("/api/organizations", json!({"name": "Shed"})).await.assert_ok();
    let invitation = invite(&boss, &email("Ben"), "member").await;
    let own = ben.get("/api/invitations").await.body;
    assert_eq!((&own["current"]["name"], &own["leaving"]), (&json!("Shed"), &json!("closes")));
    let page = ben.get("/invitations").await.text;
    assert!(page.contains("Leave and close “Shed” when I accept"), "{page}");
    let accept = format!("/api/invitations/{invitation}/accept");
    ben.post(&accept, json!({})).await.assert_failure(409, "already_member");
    assert_eq!(count(&app, "SELECT count(*) FROM organizations WHERE name = 'Shed'").await, 1);
    let only_leaving = ben.post(&accept, json!({"leaveCurrent": true})).await;
    only_leaving.assert_failure(409, "closes_organization");
    assert_eq!(count(&app, "SELECT count(*) FROM organizations WHERE name = 'Shed'").await, 1);
    ben.post(&accept, json!({"leaveCurrent": true, "closes": true})).await.assert_ok();
    assert_eq!(count(&app, "SELECT count(*) FROM organizations WHERE name = 'Shed'").await, 0);
    assert_eq!(told(&boss).await.len(), 1, "that Ben joined");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_owner_of_others_is_offered_nothing_that_cannot_work() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let cem = app.signed_up("Cem").await;
    ben.post("/api/organizations", json!({"name": "Barn"})).await.assert_ok();
    join(&ben, &cem, "admin").await;
    invite(&owner, &email("Ben"), "member").await;
    let own: Value = ben.get("/api/invitations").await.body;
    assert_eq!(own["leaving"], "needs_owner");
    let page = ben.get("/invitations").await.text;
    assert!(page.contains("you are the only owner of “Barn”"), "{page}");
    assert!(!page.contains("/api/fn/accept-invitation"), "{page}");
    assert!(page.contains("/api/fn/decline-invitation"), "{page}");
    leave(&ben).await.assert_failure(409, "last_owner");
}
