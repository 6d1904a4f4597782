//! A forgotten password and another e-mail address: the letters, what their links do, and what
//! nobody learns from them.

use super::{
    app::{App, Client, PASSWORD, email, generous, invite, sign_in, sign_up},
    mailed::World,
};
use http::Method;
use serde_json::{Value, json};
use train::server::accounts::{Limit, Limits};

const NEW: &str = "seven small lighthouses";
const EMAIL: &str = "/api/auth/email";

impl World {
    async fn rows(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(self.app.database.database.pool()).await.unwrap()
    }

    /// What letters were taken: to whom, and their subjects.
    fn letters(&self) -> Vec<(String, String)> {
        let taken = self.office.taken();
        taken.iter().map(|it| (it.to.clone(), it.header("subject").to_owned())).collect()
    }

    fn token(&self, page: &str) -> String {
        self.office.token(page)
    }
}

/// Asks for a link to set a password and answers its token.
async fn forgotten(world: &World, name: &str) -> String {
    let browser = world.app.browser();
    browser.post("/api/auth/forgot-password", json!({"email": email(name)})).await.assert_ok();
    assert_eq!(world.deliver().await, 1);
    world.token("/reset-password")
}

/// Titles of what somebody was told, the newest first.
async fn titles(person: &Client<'_>) -> Vec<String> {
    let told = person.get("/api/notifications").await.body["notifications"].clone();
    let told = told.as_array().unwrap().iter();
    told.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

fn reset(token: &str, password: &str) -> Value {
    json!({"token": token, "newPassword": password})
}

async fn ends(world: &World, token: &str) {
    let answer = world.app.browser().post("/api/auth/reset-password", reset(token, NEW)).await;
    answer.assert_failure(409, "link_ended");
    let known = world.app.browser().post("/api/auth/link", json!({"token": token})).await;
    known.assert_ok();
    assert!(known.body["link"].is_null(), "{}", known.text);
}

async fn may_sign_in(world: &World, address: &str, password: &str) -> bool {
    let body = json!({"email": address, "password": password});
    let answer = world.app.browser().post("/api/auth/sign-in", body).await;
    if answer.status != 200 {
        answer.assert_failure(401, "wrong_credentials");
    }
    answer.status == 200
}

async fn change(person: &Client<'_>, address: &str) -> super::app::Answer {
    person.post(EMAIL, json!({"newEmail": address, "currentPassword": PASSWORD})).await
}

/// The address that waits, as the page shows it.
async fn waiting(person: &Client<'_>) -> Option<String> {
    let answer = person.get(EMAIL).await;
    answer.assert_ok();
    answer.body["pending"]["email"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_by_a_mailed_link() {
    let world = World::new().await;
    let here = world.app.signed_up("Ann").await;
    let there = world.app.browser();
    there.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let made = json!({"name": "Nightly", "scopes": ["preferences:read"]});
    let token = here.post("/api/tokens", made).await.body["secret"].as_str().unwrap().to_owned();

    let link = forgotten(&world, "ANN").await;
    let letter = world.office.taken().pop().unwrap();
    assert_eq!(letter.to, "ann@example.com");
    let kept = world.rows("SELECT letter::text FROM auth.account_mails AS letter").await;
    assert!(!kept.concat().contains(&link[4..]), "only its digest is kept");
    let known = world.app.browser().post("/api/auth/link", json!({"token": link})).await;
    assert_eq!(known.body["link"], json!({"email": "ann@example.com"}));

    let stranger = world.app.browser();
    let weak = stranger.post("/api/auth/reset-password", reset(&link, "ann@example.com")).await;
    weak.assert_failure(400, "validation_failed");
    assert_eq!(weak.paths(), ["newPassword"]);
    stranger.post("/api/auth/reset-password", reset(&link, NEW)).await.assert_ok();
    for browser in [&here, &there] {
        browser.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    }
    world.app.with_token(&token).get("/api/user-preferences").await.assert_ok();
    assert!(!may_sign_in(&world, &email("Ann"), PASSWORD).await);
    assert!(may_sign_in(&world, &email("Ann"), NEW).await);
    ends(&world, &link).await;

    // They are told, by mail whatever they prefer and by the bell.
    assert_eq!(world.deliver().await, 1);
    let (to, subject) = world.letters().pop().unwrap();
    assert_eq!(
        (to.as_str(), subject.as_str()),
        ("ann@example.com", "Your password was changed by a mailed link",)
    );
    let ann = world.app.browser();
    let body = json!({"email": email("Ann"), "password": NEW});
    ann.post("/api/auth/sign-in", body).await.assert_ok();
    assert_eq!(titles(&ann).await, ["Your password was changed by a mailed link"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_by_asking_for_a_link_who_has_an_account() {
    let world = World::new().await;
    world.app.signed_up("Ann").await;
    let ben = world.app.signed_up("Ben").await;
    ben.get("/api/auth/me").await.assert_ok();
    world.run("UPDATE auth.users SET disabled_at = now() WHERE email = 'ben@example.com'").await;
    let mut bodies = Vec::new();
    for name in ["Ann", "Ben", "Nobody"] {
        let browser = world.app.browser();
        let asked = json!({"email": email(name)});
        let answer = browser.post("/api/auth/forgot-password", asked).await;
        answer.assert_ok();
        bodies.push(answer.text);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert_eq!(world.rows("SELECT kind FROM auth.account_mails").await.len(), 3, "the same work");
    assert_eq!((world.deliver().await, world.office.taken().len()), (1, 1));
    assert_eq!(world.office.taken()[0].to, "ann@example.com");
    let kept = world.rows("SELECT address FROM auth.account_mails").await;
    assert_eq!(kept, ["ann@example.com"], "nothing is kept of who has no account");
    let wrong = world.app.browser();
    let wrong = wrong.post("/api/auth/forgot-password", json!({"email": "ann"})).await;
    assert_eq!(wrong.paths(), ["email"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_sent_only_so_often() {
    let limit = |burst| Limit { burst, every_seconds: 600 };
    let limits = Limits { links_per_asker: limit(4), links_per_recipient: limit(2), ..generous() };
    let world = World::with(limits).await;
    world.app.signed_up("Ann").await;
    let ask = async |from: &str, name: &str| {
        let browser = world.app.browser().from(from);
        browser.post("/api/auth/forgot-password", json!({"email": email(name)})).await
    };
    // The same for an address without an account.
    for name in ["Ann", "Nobody"] {
        for from in ["198.51.100.1", "198.51.100.2"] {
            ask(from, name).await.assert_ok();
        }
        ask("198.51.100.3", name).await.assert_failure(429, "too_many_requests");
    }
    for name in ["One", "Two"] {
        ask("198.51.100.1", name).await.assert_ok();
    }
    ask("198.51.100.1", "Three").await.assert_failure(429, "too_many_requests");
    assert_eq!(world.deliver().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_holds_once_for_an_hour_and_not_after_another_change() {
    let world = World::new().await;
    let ann = world.app.signed_up("Ann").await;
    for wrong in ["", "acc_12", "trn_12"] {
        ends(&world, wrong).await;
    }
    let old = forgotten(&world, "Ann").await;
    world.run("UPDATE auth.account_mails SET expires_at = now()").await;
    ends(&world, &old).await;
    let changed = forgotten(&world, "Ann").await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    ann.post("/api/auth/password", body).await.assert_ok();
    ends(&world, &changed).await;
    assert_eq!(world.deliver().await, 1, "that it was changed is told");
    let letter = (email("Ann"), "Your password was changed".to_owned());
    assert_eq!(world.letters().pop(), Some(letter));
    assert_eq!(titles(&ann).await, ["Your password was changed"], "by the bell as well");
    let disabled = forgotten(&world, "Ann").await;
    world.run("UPDATE auth.users SET disabled_at = now()").await;
    ends(&world, &disabled).await;
    world.run("UPDATE auth.users SET disabled_at = NULL").await;

    // Of several who present it in the same moment, one goes on.
    let token = forgotten(&world, "Ann").await;
    let tries = futures::future::join_all((0..4).map(|number| {
        let (app, token) = (&world.app, &token);
        async move {
            let body = reset(token, &format!("{NEW} {number}"));
            app.browser().post("/api/auth/reset-password", body).await.status.as_u16()
        }
    }));
    let mut tries = tries.await;
    tries.sort_unstable();
    assert_eq!(tries, [200, 409, 409, 409]);

    // What is over for a week is removed.
    world.run("UPDATE auth.account_mails SET expires_at = now() - interval '8 days'").await;
    assert!(world.app.state.accounts.sweep().await.unwrap() > 0);
    assert!(world.rows("SELECT kind FROM auth.account_mails").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_counts_once_its_link_was_opened() {
    let world = World::new().await;
    let ann = world.app.signed_up("Ann").await;
    let (old, new) = (email("Ann"), "Ann.Long@example.org");
    let wrong = json!({"newEmail": new, "currentPassword": "a guess of mine"});
    let refused = ann.post(EMAIL, wrong).await;
    assert_eq!(refused.paths(), ["currentPassword"]);
    for (address, path) in [("ann", "newEmail"), ("ann@example.com", "newEmail")] {
        assert_eq!(change(&ann, address).await.paths(), [path]);
    }

    let asked = change(&ann, new).await;
    asked.assert_ok();
    assert_eq!(
        (&asked.body["user"]["email"], &asked.body["pending"]["email"]),
        (&json!(old), &json!(new),)
    );
    assert_eq!(world.deliver().await, 2);
    let letters = world.letters();
    assert!(letters.contains(&(new.into(), "Confirm your e-mail address for Train".into())));
    let notice = "Your e-mail address for Train is to be changed".to_owned();
    assert!(letters.contains(&(old.clone(), notice)), "{letters:?}");
    assert_eq!(titles(&ann).await, ["Another e-mail address was asked for"]);
    let taken = world.office.taken();
    let confirms = taken.iter().find(|letter| letter.to == new).unwrap();
    let named = confirms.header("to");
    assert_eq!(named.trim_matches(['<', '>']), new, "nobody's words go to a stranger");
    assert!(may_sign_in(&world, &old, PASSWORD).await);
    assert!(!may_sign_in(&world, new, PASSWORD).await);

    // Sent once more, both links hold.
    let first = world.token("/confirm-email");
    let again = ann.send(Method::POST, &format!("{EMAIL}/resend"), None, Default::default()).await;
    again.assert_ok();
    assert_eq!(world.deliver().await, 1);
    assert_ne!(world.token("/confirm-email"), first);
    let known = world.app.browser().post("/api/auth/link", json!({"token": first})).await;
    assert_eq!(known.body["link"], json!({"email": old, "newEmail": new}));
    // A link for one thing is none for another.
    let other = world.app.browser().post("/api/auth/reset-password", reset(&first, NEW)).await;
    other.assert_failure(409, "link_ended");

    let second = world.app.second_server().await;
    let elsewhere = ann.through(&second);
    assert_eq!(elsewhere.get("/api/auth/me").await.body["user"]["email"], old);
    let confirm = format!("{EMAIL}/confirm");
    let confirmed = world.app.browser().post(&confirm, json!({"token": first})).await;
    confirmed.assert_ok();
    assert_eq!(confirmed.body["email"], new);
    for browser in [&ann, &elsewhere] {
        let me = browser.get("/api/auth/me").await;
        assert_eq!(me.body["user"]["email"], new, "{}", me.text);
    }
    assert_eq!(waiting(&ann).await, None);
    assert!(!may_sign_in(&world, &old, PASSWORD).await);
    assert!(may_sign_in(&world, new, PASSWORD).await);
    let late = world.app.browser().post(&confirm, json!({"token": first})).await;
    late.assert_failure(409, "link_ended");
    assert_eq!(titles(&ann).await[0], "Your e-mail address was changed");
    assert_eq!(world.deliver().await, 1);
    let letter = (old, "Your e-mail address for Train was changed".to_owned());
    assert_eq!(world.letters().pop(), Some(letter), "whoever had it before is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_given_up_does_not_count() {
    let world = World::new().await;
    let (ann, ben) = (world.app.signed_up("Ann").await, world.app.signed_up("Ben").await);
    let confirm = async |token: String| {
        let browser = world.app.browser();
        browser.post(&format!("{EMAIL}/confirm"), json!({"token": token})).await
    };
    // Cancelled.
    change(&ann, "new@example.com").await.assert_ok();
    assert_eq!(world.deliver().await, 2);
    let token = world.token("/confirm-email");
    ann.delete(EMAIL).await.assert_ok();
    assert_eq!(waiting(&ann).await, None);
    confirm(token).await.assert_failure(409, "link_ended");
    let again = ann.send(Method::POST, &format!("{EMAIL}/resend"), None, Default::default()).await;
    again.assert_failure(409, "link_ended");
    // Replaced by another one.
    change(&ann, "new@example.com").await.assert_ok();
    assert_eq!(world.deliver().await, 2);
    let replaced = world.token("/confirm-email");
    change(&ann, "newer@example.com").await.assert_ok();
    assert_eq!(world.deliver().await, 2);
    assert_eq!(waiting(&ann).await.as_deref(), Some("newer@example.com"));
    confirm(replaced).await.assert_failure(409, "link_ended");
    // Stopped by whoever changes the password, because somebody else knows the one before.
    let stopped = world.token("/confirm-email");
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    ann.post("/api/auth/password", body).await.assert_ok();
    assert_eq!(waiting(&ann).await, None);
    confirm(stopped).await.assert_failure(409, "link_ended");
    // Too late.
    change(&ben, "ben.long@example.com").await.assert_ok();
    world.deliver().await;
    world.run("UPDATE auth.account_mails SET expires_at = now() WHERE ended_at IS NULL").await;
    assert_eq!(waiting(&ben).await, None);
    confirm(world.token("/confirm-email")).await.assert_failure(409, "link_ended");
    assert_eq!(ben.get("/api/auth/me").await.body["user"]["email"], email("Ben"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account_also_when_it_is_confirmed() {
    let world = World::new().await;
    let ann = world.app.signed_up("Ann").await;
    world.app.signed_up("Ben").await;
    let taken = change(&ann, "BEN@example.com").await;
    taken.assert_failure(400, "validation_failed");
    assert_eq!(taken.paths(), ["newEmail"]);
    change(&ann, "cem@example.com").await.assert_ok();
    assert_eq!(world.deliver().await, 2);
    world.app.signed_up("Cem").await;
    let token = world.token("/confirm-email");
    let confirm = format!("{EMAIL}/confirm");
    let late = world.app.browser().post(&confirm, json!({"token": token})).await;
    late.assert_failure(409, "link_ended");
    assert_eq!(ann.get("/api/auth/me").await.body["user"]["email"], email("Ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_an_address_changes_at_once_and_an_administrator_sets_passwords() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let ann = app.signed_up("Ann").await;
    let stranger = app.browser();
    let asked = json!({"email": email("Ann")});
    let refused = stranger.post("/api/auth/forgot-password", asked).await;
    refused.assert_failure(409, "mail_not_configured");
    let page = app.browser().get("/forgot-password").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Ask an administrator"), "{}", page.text);
    assert_eq!(change(&ann, &email("Owner")).await.paths(), ["newEmail"]);
    // An invitation that waits for the new address is theirs, as for whoever signs up with it.
    invite(&owner, "ann.long@example.com", "member").await;
    let changed = change(&ann, "ann.long@example.com").await;
    changed.assert_ok();
    assert_eq!(changed.body["user"]["email"], "ann.long@example.com");
    assert!(changed.body["pending"].is_null());
    let told = ann.get("/api/notifications").await;
    assert_eq!(told.body["notifications"].as_array().unwrap().len(), 2, "{}", told.text);
    let body = json!({"email": "ann.long@example.com", "password": PASSWORD});
    app.browser().post("/api/auth/sign-in", body).await.assert_ok();
    let again = app.browser().post("/api/auth/sign-up", sign_up("Ann")).await;
    assert_eq!(again.status, 201, "the one before is free");
}

/// With mail, an invitation that was mailed proves a mailbox; another address must not go past it.
#[tokio::test(flavor = "multi_thread")]
async fn another_address_finds_no_invitation_that_needs_its_link() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let ann = app.signed_up("Ann").await;
    invite(&owner, &email("Ben"), "member").await;
    let pool = app.database.database.pool();
    sqlx::query("UPDATE invitations SET needs_link = true").execute(pool).await.unwrap();
    change(&ann, &email("Ben")).await.assert_ok();
    let found = ann.get("/api/invitations").await;
    assert_eq!(found.body["invitations"], json!([]), "{}", found.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_links_work_without_a_script() {
    let world = World::new().await;
    world.app.signed_up("Ann").await;
    let plain = || world.app.browser().header("accept", "text/html,*/*;q=0.8");
    let ann = plain();
    let wrong = ann.form("/api/fn/forgot-password", "email=ann").await;
    assert_eq!((wrong.status.as_u16(), wrong.header("location")), (303, "/forgot-password"));
    assert!(ann.get("/forgot-password").await.text.contains("An e-mail address has an @"));
    let asked = ann.form("/api/fn/forgot-password", "email=ann%40example.com").await;
    assert_eq!((asked.status.as_u16(), asked.header("location")), (302, "/forgot-password"));
    assert!(ann.get("/forgot-password").await.text.contains("a link is on its way"));

    assert_eq!(world.deliver().await, 1);
    let token = world.token("/reset-password");
    let page = format!("/reset-password?token={token}");
    let shown = ann.get(&page).await;
    assert!(shown.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", shown.text);
    let weak = format!("token={token}&new_password=short");
    let weak = ann.form("/api/fn/reset-password", &weak).await;
    assert_eq!((weak.status.as_u16(), weak.header("location")), (303, page.as_str()));
    assert!(ann.get(&page).await.text.contains("too short"));
    let good = format!("token={token}&new_password={}", NEW.replace(' ', "+"));
    let done = ann.form("/api/fn/reset-password", &good).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (302, "/sign-in"));
    assert!(ann.get("/sign-in").await.text.contains("Sign in with the new one"));
    let over = ann.get(&page).await;
    assert!(over.text.contains("Ask for another link"), "{}", over.text);
    assert!(over.text.contains("href=\"/forgot-password\""), "{}", over.text);
    assert!(may_sign_in(&world, &email("Ann"), NEW).await);

    // Opening the page of a new address changes nothing, also for who is signed in.
    let ann = plain();
    let body = json!({"email": email("Ann"), "password": NEW});
    ann.post("/api/auth/sign-in", body).await.assert_ok();
    let asked = json!({"newEmail": "ann@example.org", "currentPassword": NEW});
    ann.post(EMAIL, asked).await.assert_ok();
    world.deliver().await;
    let token = world.token("/confirm-email");
    let page = ann.get(&format!("/confirm-email?token={token}")).await;
    assert!(page.text.contains("ann@example.org") && page.text.contains("Confirm address"));
    assert_eq!(waiting(&ann).await.as_deref(), Some("ann@example.org"));
    let done = ann.form("/api/fn/confirm-email", &format!("token={token}")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (302, "/confirm-email"));
    assert!(ann.get("/confirm-email").await.text.contains("Sign in with ann@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_nobody_is_told_that_there_is_no_mail() {
    let world = World::new().await;
    world.app.database.database.pool().close().await;
    let page = world.app.browser().get("/forgot-password").await;
    assert!(page.text.contains("\"unavailable\":true"), "{}", page.text);
    assert!(page.text.contains("Send link"), "{}", page.text);
    assert!(!page.text.contains("Ask an administrator"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_the_letters_that_do_not_get_through() {
    let world = World::new().await;
    let admin = world.app.signed_up("Ada").await;
    world.app.signed_up("Ann").await;
    world.office.be(super::post_office::Manner::NoMailbox);
    let asked = json!({"email": email("Ann")});
    world.app.browser().post("/api/auth/forgot-password", asked).await.assert_ok();
    assert_eq!(world.deliver().await, 0);
    let status = admin.get("/api/admin/mail").await;
    let problem = &status.body["problems"][0];
    assert_eq!((&problem["to"], &problem["state"]), (&json!(email("Ann")), &json!("parked")));
    assert!(!status.text.contains("acc_"), "{}", status.text);
    world.office.be(super::post_office::Manner::Take);
    admin.post("/api/admin/mail/retry", json!({"all": true})).await.assert_ok();
    assert_eq!(world.deliver().await, 1);
}
