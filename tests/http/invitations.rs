//! Membership by invitation that is accepted. Nobody is made a member of anything, and nothing is
//! shared or set for them before they said yes.

use super::app::{Answer, App, Client, email, generous, invite, join};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use train::server::{
    accounts::{Limit, Limits},
    config::Config,
};

const OWN: &str = "/api/invitations";
const AI: &str = "/api/ai-configuration";

/// The organization that somebody belongs to: its address in the HTTP interface.
async fn organization(person: &Client<'_>) -> String {
    let list = person.get("/api/organizations").await;
    format!("/api/organizations/{}", list.body["organizations"][0]["id"].as_str().unwrap())
}

async fn member_of(person: &Client<'_>) -> Value {
    person.get("/api/organizations").await.body["organizations"].clone()
}

async fn asked(owner: &Client<'_>, address: &str, role: &str) -> Answer {
    let invitations = format!("{}/invitations", organization(owner).await);
    owner.post(&invitations, json!({"email": address, "role": role})).await
}

async fn accept(person: &Client<'_>, id: &str, body: Value) -> Answer {
    person.post(&format!("{OWN}/{id}/accept"), body).await
}

async fn decline(person: &Client<'_>, id: &str) -> Answer {
    person.post(&format!("{OWN}/{id}/decline"), json!({})).await
}

async fn withdraw(owner: &Client<'_>, id: &str) -> Answer {
    owner.delete(&format!("{}/invitations/{id}", organization(owner).await)).await
}

/// The invitations that wait for somebody's answer.
async fn waiting(person: &Client<'_>) -> Vec<Value> {
    let answer = person.get(OWN).await;
    answer.assert_ok();
    answer.body["invitations"].as_array().unwrap().clone()
}

/// The titles of what somebody was told, the newest first.
async fn told(person: &Client<'_>) -> Vec<String> {
    let answer = person.get("/api/notifications").await;
    let list = answer.body["notifications"].as_array().unwrap();
    list.iter().map(|told| told["title"].as_str().unwrap().to_owned()).collect()
}

async fn run(app: &App, sql: &'static str) {
    sqlx::query(sql).execute(app.database.database.pool()).await.unwrap();
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.database.database.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_membership_is_impossible() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let place = organization(&owner).await;
    owner.patch("/api/ai-policy", json!({"dailyBudget": 0})).await.assert_ok();
    owner
        .patch(&format!("{place}/preference-defaults"), json!({"theme": "dark"}))
        .await
        .assert_ok();
    let governed = || async {
        let settings = ben.get("/api/user-preferences").await.body["preferences"].clone();
        (settings, ben.get(AI).await.body["effective"].clone(), member_of(&ben).await)
    };
    let before = governed().await;

    let members = format!("{place}/members");
    let old = owner.post(&members, json!({"email": email("Ben"), "role": "member"})).await;
    old.assert_failure(405, "method_not_allowed");
    let id = invite(&owner, &email("Ben"), "member").await;
    assert_eq!(governed().await, before, "an invitation changes nothing");
    assert_eq!(before.2, json!([]));
    assert_eq!(owner.get(&members).await.body["members"].as_array().unwrap().len(), 1);
    ben.get(&members).await.assert_failure(404, "not_found");
    let [shown] = waiting(&ben).await.try_into().unwrap();
    assert_eq!((&shown["id"], &shown["invitedByEmail"]), (&json!(id), &json!(email("Owner"))));

    let joined = accept(&ben, &id, json!({})).await;
    joined.assert_ok();
    assert_eq!(joined.body["organization"]["role"], "member");
    assert_eq!(member_of(&ben).await, json!([joined.body["organization"]]));
    assert_eq!(owner.get(&members).await.body["members"].as_array().unwrap().len(), 2);
    assert_eq!(waiting(&ben).await, [Value::Null; 0]);
    accept(&ben, &id, json!({})).await.assert_failure(409, "invitation_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_answers_the_same_with_and_without_an_account() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let ben = app.signed_up("Ben").await;
    ben.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    let mut answers = Vec::new();
    for address in [email("Ben"), email("Nobody")] {
        let answer = asked(&owner, &address, "admin").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let mut shown = answer.body["invitation"].clone();
        assert_eq!(shown["email"], address);
        for own in ["id", "email", "invitedAt", "expiresAt"] {
            assert!(shown[own].is_string(), "{}", answer.text);
            shown[own] = Value::Null;
        }
        answers.push(shown);
    }
    assert_eq!(answers[0], answers[1]);
    let list = owner.get(&format!("{}/invitations", organization(&owner).await)).await;
    assert_eq!(list.body["invitations"].as_array().unwrap().len(), 2);
    let again = asked(&owner, &email("Owner"), "member").await;
    assert_eq!(again.paths(), ["email"], "whom the inviter sees in the list of members");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_up_later_finds_the_invitation() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let id = invite(&owner, "BEN@Example.com", "member").await;
    let ben = app.signed_up("Ben").await;
    assert_eq!(waiting(&ben).await[0]["id"], json!(id));
    let page = ben.get("/invitations").await;
    assert!(page.text.contains("invites you as a member"), "{}", page.text);
    let anna = app.signed_up("Anna").await;
    assert!(anna.get("/invitations").await.text.contains("No pending invitations"));
    let stranger = app.browser().get("/invitations?token=inv_1").await;
    assert_eq!(stranger.header("location"), "/sign-in?next=/invitations%3Ftoken%3Dinv_1");
    accept(&ben, &id, json!({})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_invite_and_only_owners_invite_owners() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let (admin, member) = (app.signed_up("Admin").await, app.signed_up("Member").await);
    let stranger = app.signed_up("Stranger").await;
    join(&owner, &admin, "admin").await;
    join(&owner, &member, "member").await;
    let place = format!("{}/invitations", organization(&owner).await);
    let wanted = json!({"email": email("Ben"), "role": "owner"});
    // Who may ask is decided before what was asked is judged.
    for body in [wanted.clone(), json!({"email": 7}), json!([])] {
        member.post(&place, body.clone()).await.assert_failure(403, "forbidden");
        stranger.post(&place, body.clone()).await.assert_failure(404, "not_found");
        app.browser().post(&place, body).await.assert_failure(401, "not_signed_in");
    }
    member.send(Method::POST, &place, None, "{".into()).await.assert_failure(403, "forbidden");
    member.get(&place).await.assert_failure(403, "forbidden");
    stranger.get(&place).await.assert_failure(404, "not_found");
    admin.post(&place, wanted.clone()).await.assert_failure(403, "forbidden");
    assert_eq!(owner.post(&place, json!({"email": "ben", "role": "king"})).await.paths(), ["role"]);
    assert_eq!(
        owner.post(&place, json!({"email": email("B"), "rol": "owner"})).await.paths(),
        ["rol"]
    );
    let id = invite(&owner, &email("Ben"), "owner").await;
    withdraw(&member, &id).await.assert_failure(403, "forbidden");
    withdraw(&admin, &id).await.assert_failure(403, "forbidden");
    for role in ["member", "admin"] {
        let changed = asked(&admin, &email("Ben"), role).await;
        changed.assert_failure(403, "forbidden");
    }
    let list = admin.get(&place).await;
    assert_eq!(list.body["invitations"][0]["role"], "owner", "as the owner made it");
    run(&app, "UPDATE invitations SET expires_at = now()").await;
    assert_eq!(asked(&admin, &email("Ben"), "member").await.status, 201, "that one is over");
    assert_eq!(asked(&owner, &email("Ben"), "owner").await.status, 201);
    stranger.delete(&format!("{place}/{id}")).await.assert_failure(404, "not_found");
    withdraw(&owner, &id).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_for_somebody_else() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let other = app.signed_up("Other").await;
    let id = invite(&owner, &email("Ben"), "member").await;
    for person in [&other, &owner] {
        assert_eq!(waiting(person).await, [Value::Null; 0]);
        accept(person, &id, json!({})).await.assert_failure(404, "not_found");
        decline(person, &id).await.assert_failure(404, "not_found");
    }
    let scopes = json!({"name": "x", "scopes": ["organization:read", "organization:write"]});
    let secret = ben.post("/api/tokens", scopes).await.body["secret"].clone();
    let script = app.with_token(secret.as_str().unwrap());
    assert_eq!(waiting(&script).await.len(), 1);
    accept(&script, &id, json!({})).await.assert_failure(403, "session_needed");
    decline(&script, &id).await.assert_failure(403, "session_needed");
    let unknown = "/api/invitations/00000000-0000-0000-0000-000000000000/accept";
    ben.post(unknown, json!({})).await.assert_failure(404, "not_found");
    assert_eq!(accept(&ben, &id, json!({"leave": true})).await.status, 400);
    assert_eq!(member_of(&ben).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declined_withdrawn_or_expired_makes_no_member() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let declined = invite(&owner, &email("Ben"), "member").await;
    decline(&ben, &declined).await.assert_ok();
    let withdrawn = invite(&owner, &email("Ben"), "member").await;
    withdraw(&owner, &withdrawn).await.assert_ok();
    let expired = invite(&owner, &email("Ben"), "member").await;
    run(&app, "UPDATE invitations SET expires_at = now() WHERE state = 'pending'").await;
    for id in [&declined, &withdrawn, &expired] {
        accept(&ben, id, json!({})).await.assert_failure(409, "invitation_ended");
        decline(&ben, id).await.assert_failure(409, "invitation_ended");
        withdraw(&owner, id).await.assert_failure(409, "invitation_ended");
    }
    assert_eq!(waiting(&ben).await, [Value::Null; 0]);
    let list = owner.get(&format!("{}/invitations", organization(&owner).await)).await;
    assert_eq!(list.body["invitations"], json!([]));
    assert_eq!(member_of(&ben).await, json!([]));

    // What nobody answered is called by its name; what ended long ago goes.
    app.state.organizations.tidy_invitations().await.unwrap();
    assert_eq!(count(&app, "SELECT count(*) FROM invitations WHERE state = 'expired'").await, 1);
    run(
        &app,
        "UPDATE invitations SET ended_at = now() - interval '91 days' WHERE state = 'declined'",
    )
    .await;
    assert_eq!(app.state.organizations.tidy_invitations().await.unwrap(), 1);
    assert_eq!(count(&app, "SELECT count(*) FROM invitations").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_again_renews() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let first = invite(&owner, &email("Ben"), "member").await;
    run(&app, "UPDATE invitations SET expires_at = now()").await;
    assert_eq!(invite(&owner, &email("BEN"), "admin").await, first);
    let list = owner.get(&format!("{}/invitations", organization(&owner).await)).await;
    let [shown] = list.body["invitations"].as_array().unwrap().as_slice() else {
        panic!("{}", list.text)
    };
    assert_eq!((&shown["role"], &shown["invitedBy"]), (&json!("admin"), &json!("Owner")));
    let days =
        count(&app, "SELECT extract(day FROM expires_at - invited_at)::bigint FROM invitations")
            .await;
    assert_eq!(days, 7);
    accept(&ben, &first, json!({})).await.assert_ok();
    assert_eq!(member_of(&ben).await[0]["role"], "admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_rests_on_the_right_of_whoever_made_it() {
    let app = App::new().await;
    let (owner, admin) = (app.signed_up("Owner").await, app.signed_up("Admin").await);
    let ben = app.signed_up("Ben").await;
    join(&owner, &admin, "owner").await;
    let admins = {
        let me = admin.get("/api/auth/me").await.body["user"]["id"].clone();
        format!("{}/members/{}", organization(&owner).await, me.as_str().unwrap())
    };
    let id = invite(&admin, &email("Ben"), "owner").await;
    owner.patch(&admins, json!({"role": "admin"})).await.assert_ok();
    accept(&ben, &id, json!({})).await.assert_failure(409, "invitation_ended");
    let id = invite(&admin, &email("Ben"), "admin").await;
    // The trigger's work undone: what no trigger saw is found when it is accepted.
    owner.patch(&admins, json!({"role": "member"})).await.assert_ok();
    run(&app, "UPDATE invitations SET state = 'pending', ended_at = NULL WHERE role = 'admin'")
        .await;
    assert_eq!(waiting(&ben).await, [Value::Null; 0]);
    accept(&ben, &id, json!({})).await.assert_failure(409, "invitation_ended");
    withdraw(&owner, &id).await.assert_ok();
    owner.patch(&admins, json!({"role": "admin"})).await.assert_ok();
    let id = invite(&admin, &email("Ben"), "member").await;
    owner.delete(&admins).await.assert_ok();
    accept(&ben, &id, json!({})).await.assert_failure(409, "invitation_ended");
    let id = invite(&owner, &email("Ben"), "member").await;
    run(&app, "DELETE FROM organizations").await;
    accept(&ben, &id, json!({})).await.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_belongs_to_one_organization_leaves_it_knowingly() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let boss = app.signed_up("Boss").await;
    boss.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    join(&boss, &ben, "owner").await;
    let id = invite(&owner, &email("Ben"), "member").await;
    let page = ben.get("/invitations").await;
    assert!(page.text.contains("You belong to “Elsewhere” as an owner"), "{}", page.text);
    accept(&ben, &id, json!({})).await.assert_failure(409, "already_member");
    let boss_id = boss.get("/api/auth/me").await.body["user"]["id"].clone();
    let theirs = format!("{}/members/{}", organization(&boss).await, boss_id.as_str().unwrap());
    ben.patch(&theirs, json!({"role": "admin"})).await.assert_ok();
    let leaving = json!({"leaveCurrent": true});
    accept(&ben, &id, leaving.clone()).await.assert_failure(409, "last_owner");
    assert_eq!(member_of(&ben).await[0]["name"], "Elsewhere", "all of it or nothing");
    ben.patch(&theirs, json!({"role": "owner"})).await.assert_ok();
    accept(&ben, &id, leaving).await.assert_ok();
    assert_eq!(member_of(&ben).await[0]["role"], "member");
    assert_eq!(told(&boss).await[0], "Ben left “Elsewhere”");
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_and_withdrawing_at_once_have_one_winner() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    for name in ["Ann", "Ben", "Cem", "Dan"] {
        let person = app.signed_up(name).await;
        let id = invite(&owner, &email(name), "member").await;
        let twice = person.again();
        let (withdrawn, first, second) = tokio::join!(
            withdraw(&owner, &id),
            accept(&person, &id, json!({})),
            accept(&twice, &id, json!({}))
        );
        let answers = [&withdrawn, &first, &second];
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{answers:?}");
        let lost = answers.iter().all(|answer| [200, 409].contains(&answer.status.as_u16()));
        assert!(lost, "{answers:?}");
        let members = member_of(&person).await.as_array().unwrap().len();
        assert_eq!(members == 1, withdrawn.status == 409, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_a_bounded_number_of_pending_invitations() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    run(
        &app,
        "INSERT INTO invitations (organization_id, address, invited_by)
           SELECT member.organization_id, number || '@example.com', member.user_id
             FROM organization_members AS member, generate_series(1, 47) AS number",
    )
    .await;
    let place = format!("{}/invitations", organization(&owner).await);
    let names: Vec<String> = (0..10).map(|number| format!("new{number}@example.com")).collect();
    let tries = names.iter().map(|address| owner.post(&place, json!({"email": address})));
    let answers = futures::future::join_all(tries).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 3, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(409, "too_many_invitations");
    }
    // Renewing needs no place, and what ends gives its place back.
    invite(&owner, "7@example.com", "member").await;
    run(&app, "UPDATE invitations SET expires_at = now() WHERE address = '8@example.com'").await;
    invite(&owner, "later@example.com", "member").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_flooded_with_invitations() {
    let two = Limit { burst: 2, every_seconds: 3600 };
    let limits = Limits { invitations_per_recipient: two, ..generous() };
    let app = App::with(Config::default(), limits).await;
    let (owner, other) = (app.signed_up("Owner").await, app.signed_up("Other").await);
    other.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    for _ in 0..2 {
        invite(&owner, &email("Ben"), "member").await;
    }
    let refused = asked(&owner, &email("Ben"), "member").await;
    refused.assert_failure(429, "too_many_requests");
    assert!(!refused.header("retry-after").is_empty());
    invite(&other, &email("Ben"), "member").await;
    invite(&owner, &email("Cem"), "member").await;

    // Whoever invites learns nothing of what others sent there, and keeps nobody from inviting.
    let limits = Limits { invitations_per_address: two, ..generous() };
    let app = App::with(Config::default(), limits).await;
    let (owner, other) = (app.signed_up("Owner").await, app.signed_up("Other").await);
    let ben = app.signed_up("Ben").await;
    other.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    for _ in 0..3 {
        invite(&other, &email("Ben"), "member").await;
    }
    invite(&owner, &email("Ben"), "member").await;
    assert_eq!(told(&ben).await.len(), 2, "the bell rings no more often");
    assert_eq!(waiting(&ben).await.len(), 2, "both wait for an answer");

    let limits = Limits { invitations_per_organization: two, notified_changes: two, ..generous() };
    let app = App::with(Config::default(), limits).await;
    let owner = app.signed_up("Owner").await;
    for name in ["Ben", "Cem"] {
        invite(&owner, &email(name), "member").await;
    }
    asked(&owner, &email("Dan"), "member").await.assert_failure(429, "too_many_requests");
    let place = organization(&owner).await;
    for name in ["One", "Two"] {
        owner.patch(&place, json!({"name": name})).await.assert_ok();
    }
    let renamed = owner.patch(&place, json!({"name": "Three"})).await;
    renamed.assert_failure(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_concerned_is_told() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let cem = app.signed_up("Cem").await;
    let place = organization(&owner).await;
    owner.patch(&place, json!({"name": "Team"})).await.assert_ok();
    assert_eq!(told(&owner).await, [""; 0], "not whoever did it");
    join(&owner, &ben, "member").await;
    assert_eq!(told(&ben).await, ["You are invited to “Team”"]);
    assert_eq!(told(&owner).await, ["Ben joined “Team”"]);
    let id = invite(&owner, &email("Cem"), "member").await;
    decline(&cem, &id).await.assert_ok();
    assert_eq!(told(&owner).await[0], "cem@example.com declined the invitation");

    let bens = ben.get("/api/auth/me").await.body["user"]["id"].clone();
    let bens = format!("{place}/members/{}", bens.as_str().unwrap());
    owner.patch(&place, json!({"name": "Crew"})).await.assert_ok();
    owner.patch(&place, json!({"name": "Crew"})).await.assert_ok();
    owner.patch(&bens, json!({"role": "admin"})).await.assert_ok();
    owner.patch(&bens, json!({"role": "admin"})).await.assert_ok();
    owner.delete(&bens).await.assert_ok();
    assert_eq!(
        told(&ben).await,
        [
            "You were removed from “Crew”",
            "You are an admin of “Crew” now",
            "“Team” is called “Crew” now",
            "You are invited to “Team”"
        ]
    );
    assert_eq!(told(&cem).await, ["You are invited to “Team”"]);
    join(&owner, &ben, "member").await;
    ben.delete(&bens).await.assert_ok();
    assert_eq!(told(&owner).await[0], "Ben left “Crew”");
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_and_joining_never_wait_for_a_second_connection() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let boss = app.signed_up("Boss").await;
    boss.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    join(&boss, &ben, "admin").await;
    // A server with a single connection: whoever held it and waited for another would wait in vain.
    let alone = app.narrow_server(1).await;
    let (owner, ben) = (owner.through(&alone), ben.through(&alone));
    let id = invite(&owner, &email("Ben"), "admin").await;
    accept(&ben, &id, json!({"leaveCurrent": true})).await.assert_ok();
    let id = invite(&owner, &email("Cem"), "member").await;
    withdraw(&owner, &id).await.assert_ok();
    let bens = ben.get("/api/auth/me").await.body["user"]["id"].clone();
    let place = organization(&owner).await;
    let bens = format!("{place}/members/{}", bens.as_str().unwrap());
    owner.patch(&place, json!({"name": "Crew"})).await.assert_ok();
    owner.patch(&bens, json!({"role": "member"})).await.assert_ok();
    owner.delete(&bens).await.assert_ok();
    let id = invite(&owner, &email("Ben"), "member").await;
    decline(&ben, &id).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_answered_without_a_script() {
    let app = App::new().await;
    let (owner, ben) = (app.signed_up("Owner").await, app.signed_up("Ben").await);
    let id = invite(&owner, &email("Ben"), "member").await;
    let page = ben.get("/invitations").await;
    for form in ["/api/fn/accept-invitation", "/api/fn/decline-invitation"] {
        assert!(page.text.contains(&format!("action=\"{form}\"")), "{}", page.text);
    }
    let declined = ben.form("/api/fn/decline-invitation", &format!("id={id}")).await;
    assert_eq!(declined.header("location"), "/invitations", "{}", declined.text);
    let page = ben.get("/invitations").await;
    assert!(page.text.contains("You declined the invitation."), "{}", page.text);
    let page = ben.get("/invitations").await;
    assert!(!page.text.contains("You declined the invitation."), "told once: {}", page.text);
    let late = ben
        .again()
        .header("accept", "text/html")
        .header("referer", "http://train.test/invitations");
    let refused = late.form("/api/fn/accept-invitation", &format!("id={id}")).await;
    assert_eq!(refused.header("location"), "/invitations", "{}", refused.text);
    assert!(late.get("/invitations").await.text.contains("no longer holds"));

    let id = invite(&owner, &email("Ben"), "member").await;
    let joined = ben.form("/api/fn/accept-invitation", &format!("id={id}")).await;
    assert_eq!(joined.header("location"), "/organization/members", "{}", joined.text);
    let page = ben.get("/organization/members").await;
    assert!(page.text.contains("You are a member of “"), "{}", page.text);
    assert_eq!(member_of(&ben).await[0]["role"], "member");
    let names: BTreeSet<String> = told(&owner).await.into_iter().collect();
    assert!(names.iter().any(|title| title.starts_with("Ben joined")), "{names:?}");
}
