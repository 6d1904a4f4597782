//! Invitations where mail is set up: the letter to the address, and what its link proves.

use super::{
    app::{Client, email, generous, invite, sign_up},
    mailed::World,
    post_office::Manner,
};
use http::Method;
use serde_json::{Value, json};
use train::server::accounts::{Limit, Limits};

/// The token in the link of the letter that was taken last.
fn token(world: &World) -> String {
    world.office.token("/invitations")
}

async fn waiting(person: &Client<'_>, token: Option<&str>) -> usize {
    let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
    let answer = person.get(&format!("/api/invitations{query}")).await;
    answer.assert_ok();
    answer.body["invitations"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invitation_goes_to_the_address_and_its_link_proves_the_mailbox() {
    let world = World::new().await;
    let owner = world.app.signed_up("Owner").await;
    let id = invite(&owner, &email("Ben"), "member").await;
    // Somebody else takes the address before its owner has read the letter.
    let squatter = world.app.signed_up("Ben").await;
    let told = squatter.get("/api/notifications").await.body["notifications"].clone();
    assert_eq!(told, json!([]), "signing up proves nothing of an address");
    let accept = format!("/api/invitations/{id}/accept");
    for token in [None, Some("inv_1")] {
        assert_eq!(waiting(&squatter, token).await, 0);
        squatter.post(&accept, json!({"token": token})).await.assert_failure(404, "not_found");
    }
    assert_eq!(world.deliver().await, 1);
    let letter = world.office.taken().pop().unwrap();
    assert_eq!(letter.to, "ben@example.com");
    assert_eq!(letter.header("subject"), "You are invited to an organization on Train");
    let token = token(&world);
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT invitation::text FROM invitations AS invitation")
            .fetch_all(world.app.database.database.pool())
            .await
            .unwrap();
    assert!(!kept.concat().contains(&token[4..]), "only its digest is kept");

    let stranger = world.app.browser().get(&format!("/invitations?token={token}")).await;
    assert_eq!(
        stranger.header("location"),
        format!("/sign-in?next=/invitations%3Ftoken%3D{token}")
    );
    let page = squatter.get(&format!("/invitations?token={token}")).await;
    assert!(page.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.text);
    let other = world.app.signed_up("Other").await;
    other.post(&accept, json!({"token": token})).await.assert_failure(404, "not_found");
    squatter.post(&accept, json!({"token": token})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_opens_a_closed_sign_up_for_its_address_alone() {
    let world = World::new().await;
    let owner = world.app.signed_up("Owner").await;
    let closed = json!({"signUp": "closed"});
    owner.json(Method::PUT, "/api/admin/sign-up", closed).await.assert_ok();
    invite(&owner, &email("Ben"), "member").await;
    world.deliver().await;
    let token = token(&world);
    let ask = |name: &str, token: Option<&str>| {
        let mut body = sign_up(name);
        body["invitation"] = json!(token);
        body
    };
    for (name, token) in [("Ben", None), ("Ben", Some("inv_1")), ("Cleo", Some(token.as_str()))] {
        let answer = world.app.browser().post("/api/auth/sign-up", ask(name, token)).await;
        answer.assert_failure(403, "sign_up_closed");
    }
    let address = format!("/sign-up?next=/invitations%3Ftoken%3D{token}");
    let page = world.app.browser().get(&address).await;
    assert!(page.text.contains("Create account"), "the link leads to the form");
    let ben = world.app.browser();
    let made = ben.post("/api/auth/sign-up", ask("Ben", Some(&token))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(waiting(&ben, Some(&token)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_there_finds_it_by_the_bell_and_gets_one_letter() {
    let world = World::new().await;
    let (owner, ben) = (world.app.signed_up("Owner").await, world.app.signed_up("Ben").await);
    let mails = json!({"notifications": {"email": true, "frequency": "immediate"}});
    ben.patch("/api/user-preferences", mails).await.assert_ok();
    let id = invite(&owner, &email("Ben"), "member").await;
    assert_eq!((world.deliver().await, world.office.taken().len()), (1, 1));
    assert_eq!(waiting(&ben, None).await, 1);
    ben.post(&format!("/api/invitations/{id}/accept"), json!({})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_1_an_address_that_many_wrote_to_gets_no_more_letters() {
    let once = Limit { burst: 1, every_seconds: 3600 };
    let world = World::with(Limits { invitations_per_address: once, ..generous() }).await;
    let owner = world.app.signed_up("Owner").await;
    let first = invite(&owner, &email("Ben"), "member").await;
    assert_eq!((world.deliver().await, world.office.taken().len()), (1, 1));
    let again = invite(&owner, &email("Ben"), "member").await;
    assert_eq!((first, world.deliver().await), (again, 0), "it holds longer, and no more");
    // What nobody wrote of cannot be answered by guessing at an account.
    let other = world.app.signed_up("Other").await;
    other.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    invite(&other, &email("Ben"), "member").await;
    assert_eq!(world.deliver().await, 0);
    let squatter = world.app.signed_up("Ben").await;
    assert_eq!(waiting(&squatter, None).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_tried_again_has_a_link_that_holds() {
    let world = World::new().await;
    let owner = world.app.signed_up("Owner").await;
    let id = invite(&owner, &email("Ben"), "member").await;
    world.office.be(Manner::TakeAndBreak);
    assert_eq!(world.deliver().await, 0);
    let first = token(&world);
    let status = owner.get("/api/admin/mail").await;
    let problem = &status.body["problems"][0];
    assert_eq!((&problem["to"], &problem["state"]), (&json!("ben@example.com"), &json!("failed")));
    world.office.be(Manner::Take);
    owner.post("/api/admin/mail/retry", json!({"all": true})).await.assert_ok();
    assert_eq!(world.deliver().await, 1);
    let second = token(&world);
    assert_ne!(first, second);
    let ids: Vec<String> =
        world.office.taken().iter().map(|taken| taken.header("message-id").to_owned()).collect();
    assert_eq!(ids[0], ids[1], "the same letter");
    let ben = world.app.signed_up("Ben").await;
    for token in [&first, &second] {
        assert_eq!(waiting(&ben, Some(token)).await, 1);
    }
    ben.post(&format!("/api/invitations/{id}/decline"), json!({"token": first})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_ended_is_not_mailed() {
    let world = World::new().await;
    let owner = world.app.signed_up("Owner").await;
    let list = owner.get("/api/organizations").await;
    let place = format!(
        "/api/organizations/{}/invitations",
        list.body["organizations"][0]["id"].as_str().unwrap()
    );
    let withdrawn = invite(&owner, &email("Ben"), "member").await;
    owner.delete(&format!("{place}/{withdrawn}")).await.assert_ok();
    invite(&owner, &email("Cem"), "member").await;
    world.run("UPDATE invitations SET expires_at = now() WHERE address LIKE 'cem@%'").await;
    assert_eq!((world.deliver().await, world.office.taken().len()), (0, 0));
    // Renewed, it is sent; and once more when it is renewed again.
    for sent in 1..=2 {
        invite(&owner, &email("Cem"), "member").await;
        assert_eq!((world.deliver().await, world.office.taken().len()), (1, sent));
    }
    let counts = owner.get("/api/admin/mail").await.body["counts"].clone();
    assert_eq!((&counts["queued"], &counts["sentLastDay"]), (&json!(0), &json!(1)), "{counts}");
    assert_ne!(counts, Value::Null);
}
