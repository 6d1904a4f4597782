//! Mail, from being told something to the letter that a mail server took; and what administrators
//! see and do.

use super::{
    app::App,
    post_office::{Manner, PostOffice},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use train::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{
        config::{Config, MailSettings, PublicUrl},
        foundation::shutdown::Shutdown,
        mail::MailService,
        notifications::{NotificationService, Recipients},
    },
};
use uuid::Uuid;

fn config(mail: MailSettings) -> Config {
    Config {
        mail: Some(mail),
        public_url: Some(PublicUrl::parse("http://train.test").unwrap()),
        ..Config::default()
    }
}

struct World {
    app: App,
    office: PostOffice,
}

impl World {
    async fn new() -> Self {
        let office = PostOffice::open();
        Self { app: App::configured(config(office.settings())).await, office }
    }

    async fn tell(&self, person: Uuid, key: &str) {
        let notification = Notification {
            category: Category::Errors,
            severity: Severity::Error,
            title: format!("Key refused: “{key}”"),
            text: "Claude refused it.\n.A line with a dot first.".into(),
            link: LocalPath::parse("/ai/keys"),
            dedupe_key: key.into(),
        };
        self.app
            .state
            .notifications
            .send(&Recipients::Person(person), &notification)
            .await
            .unwrap();
    }

    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.app.database.database.pool()).await.unwrap();
    }

    async fn value(&self, sql: &'static str) -> String {
        sqlx::query_scalar(sql).fetch_one(self.app.database.database.pool()).await.unwrap()
    }

    /// `state attempts` of each mail, in order.
    async fn outbox(&self) -> String {
        let sql = "SELECT coalesce(string_agg(mail.state || ' ' || mail.attempts, ', '
            ORDER BY told.sequence), '')
            FROM notification_outbox mail
            JOIN notifications told ON told.id = mail.notification_id";
        self.value(sql).await
    }

    async fn deliver(&self) -> u64 {
        self.app.state.mail.deliver_due().await.unwrap()
    }

    /// Another process on the same database.
    async fn second_server(&self) -> MailService {
        let database = self.app.database.second_server().await;
        let notifications = NotificationService::new(database.clone(), true);
        MailService::new(database, notifications, &config(self.office.settings()))
    }
}

/// An account that wants mail as `preferences` say.
async fn person(app: &App, name: &str, preferences: Value) -> Uuid {
    let browser = app.signed_up(name).await;
    browser.patch("/api/user-preferences", json!({"notifications": preferences})).await.assert_ok();
    browser.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_whole() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true})).await;
    world.tell(ann, "one").await;
    let sent = world.deliver().await;
    assert_eq!(
        sent,
        1,
        "{}",
        world.value("SELECT coalesce(max(last_error), '') FROM notification_outbox").await
    );
    let taken = world.office.taken();
    let [letter] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!(letter.to, "ann@example.com");
    assert_eq!(
        (letter.header("from"), letter.header("auto-submitted")),
        ("Train <train@train.test>", "auto-generated")
    );
    assert!(letter.header("to").contains("Ann"), "{}", letter.text);
    let id = world.value("SELECT mail_id::text FROM notification_outbox").await;
    assert_eq!(letter.header("message-id"), format!("<{id}@train.test>"));
    assert!(letter.header("content-type").starts_with("text/plain; charset=utf-8"));
    assert!(letter.text.contains("http://train.test/ai/keys"), "{}", letter.text);
    assert!(letter.text.contains("http://train.test/settings/notifications"), "{}", letter.text);
    assert!(letter.text.contains("\n.A line with a dot first."), "{}", letter.text);
    assert_eq!(world.outbox().await, "sent 1");
    assert_eq!(
        (world.deliver().await, world.office.taken().len()),
        (0, 1),
        "nothing is sent twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_reads_it_in_a_letter_whatever_they_chose() {
    let world = World::new().await;
    let root = world.app.signed_up("Root").await;
    let ann = person(&world.app, "Ann", json!({"email": false})).await;
    world.tell(ann, "one").await;
    let place = format!("/api/admin/people/{ann}");
    root.patch(&place, json!({"disabled": true})).await.assert_ok();
    assert_eq!(world.deliver().await, 1);
    let taken = world.office.taken();
    let [letter] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!(letter.to, "ann@example.com");
    assert!(letter.text.contains("Root (root@example.com) disabled it."), "{}", letter.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_5_a_lease_taken_while_the_clock_was_ahead_keeps_no_letter() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true})).await;
    for (key, state) in [
        (
            "sending",
            "state = 'sending', lease_id = gen_random_uuid(), mail_id = gen_random_uuid(), \
                attempts = 1",
        ),
        ("failed", "state = 'failed', attempts = 1"),
    ] {
        world.tell(ann, key).await;
        let sql = format!(
            "UPDATE notification_outbox SET {state}, next_attempt_at = now() + interval '2 days'
                WHERE state = 'queued'"
        );
        let mut owner = world.app.database.role("train_owner").await;
        crate::support::run(&mut owner, &sql).await;
        assert_eq!(world.deliver().await, 1, "{key}");
    }
    assert_eq!(world.outbox().await, "sent 2, sent 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_share_the_work_send_each_letter_once() {
    let world = World::new().await;
    for name in ["Ann", "Ben", "Cem"] {
        let frequency = if name == "Cem" { "daily" } else { "immediate" };
        let id = person(&world.app, name, json!({"email": true, "frequency": frequency})).await;
        for number in 0..8 {
            world.tell(id, &format!("{name} {number}")).await;
        }
    }
    // Yesterday's, so that the digest is due.
    world.run("UPDATE notifications SET created_at = now() - interval '2 days'").await;
    let other = world.second_server().await;
    let servers = (0..6).map(|number: usize| {
        let server =
            if number.is_multiple_of(2) { world.app.state.mail.clone() } else { other.clone() };
        tokio::spawn(async move { server.deliver_due().await.unwrap() })
    });
    let mut sent = 0;
    for server in servers.collect::<Vec<_>>() {
        sent += server.await.unwrap();
    }
    // A server gives up looking while another holds the only person that is left.
    sent += world.deliver().await;
    assert_eq!(sent, 17);
    let mut subjects: Vec<String> =
        world.office.taken().iter().map(|letter| letter.header("message-id").to_owned()).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(
        (subjects.len(), world.office.taken().len()),
        (17, 17),
        "eight each, and one digest of eight"
    );
    let digests =
        world.office.taken().iter().filter(|letter| letter.to == "cem@example.com").count();
    assert_eq!(digests, 1);
    assert_eq!(
        world.value("SELECT string_agg(DISTINCT state, ',') FROM notification_outbox").await,
        "sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_waits_for_the_end_of_the_day_and_follows_a_change_of_mind() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true, "frequency": "daily"})).await;
    world.run("UPDATE auth.users SET time_zone = 'Pacific/Auckland'").await;
    world.tell(ann, "one").await;
    world.tell(ann, "two").await;
    assert_eq!(world.deliver().await, 0);
    assert_eq!(world.outbox().await, "queued 0, queued 0");
    let sql = "SELECT bool_and(digest_until AT TIME ZONE 'Pacific/Auckland' =
          date_trunc('day', created_at AT TIME ZONE 'Pacific/Auckland') + interval '1 day'
          AND next_attempt_at = digest_until)::text
        FROM notification_outbox";
    assert_eq!(world.value(sql).await, "true", "at the midnight of where she lives");
    // The day is over.
    world.run("UPDATE notifications SET created_at = created_at - interval '2 days'").await;
    world.run("UPDATE notification_outbox SET next_attempt_at = now()").await;
    assert_eq!(world.deliver().await, 1);
    let taken = world.office.taken();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].header("subject").starts_with("Train: 2 notifications"), "{}", taken[0].text);
    assert_eq!(world.outbox().await, "sent 1, sent 1");

    world.tell(ann, "three").await;
    assert_eq!(world.deliver().await, 0);
    // The running server learns of the change and looks again.
    let shutdown = Shutdown::default();
    let working = world.app.state.mail.start(shutdown.clone()).unwrap();
    let browser = world.app.browser();
    browser.post("/api/auth/sign-in", super::app::sign_in("Ann")).await.assert_ok();
    browser
        .patch("/api/user-preferences", json!({"notifications": {"frequency": "immediate"}}))
        .await
        .assert_ok();
    eventually(|| world.office.taken().len() == 2).await;
    shutdown.cancel();
    timeout(Duration::from_secs(10), working).await.expect("it stops with the server").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_mail_any_more_gets_none() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true})).await;
    let ben = person(&world.app, "Ben", json!({"email": true})).await;
    world.tell(ann, "ann").await;
    world.tell(ben, "ben").await;
    let browser = world.app.browser();
    browser.post("/api/auth/sign-in", super::app::sign_in("Ann")).await.assert_ok();
    browser
        .patch("/api/user-preferences", json!({"notifications": {"categories": {"errors": false}}}))
        .await
        .assert_ok();
    world.run("UPDATE auth.users SET disabled_at = now() WHERE display_name = 'Ben'").await;
    assert_eq!(world.deliver().await, 0);
    assert_eq!((world.outbox().await.as_str(), world.office.taken().len()), ("", 0));
    assert_eq!(
        browser.get("/api/notifications").await.body["unread"],
        1,
        "what she was told stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_tried_again_and_one_that_knows_nobody_is_not() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true})).await;
    world.tell(ann, "one").await;
    world.office.be(Manner::Busy);
    assert_eq!(world.deliver().await, 0);
    assert_eq!(world.outbox().await, "failed 1");
    let reason = world.value("SELECT last_error FROM notification_outbox").await;
    assert!(reason.contains("refused it for now") && reason.contains("451"), "{reason}");
    assert_eq!(world.deliver().await, 0);
    assert_eq!(world.outbox().await, "failed 1", "not before its pause is over");
    let first = world.value("SELECT mail_id::text FROM notification_outbox").await;
    for attempt in 2..=9 {
        world.run("UPDATE notification_outbox SET next_attempt_at = now()").await;
        world.deliver().await;
        let state = if attempt == 9 { "parked 9" } else { "failed" };
        assert!(world.outbox().await.starts_with(state), "{attempt}");
    }
    world.run("UPDATE notification_outbox SET next_attempt_at = now()").await;
    assert_eq!(world.deliver().await, 0, "what is parked stays so");

    // The first account is the administrator, and was told.
    let browser = world.app.browser();
    browser.post("/api/auth/sign-in", super::app::sign_in("Ann")).await.assert_ok();
    let titles = browser.get("/api/notifications").await.body["notifications"].to_string();
    assert!(titles.contains("Mail does not get through"), "{titles}");
    let status = browser.get("/api/admin/mail").await;
    assert_eq!(status.body["counts"]["parked"], 1, "{}", status.text);
    let problem = &status.body["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["state"] == "parked")
        .unwrap();
    assert_eq!(
        (&problem["to"], &problem["category"]),
        (&json!("ann@example.com"), &json!("errors"))
    );
    assert!(
        !status.text.contains("Key refused"),
        "what it says is nobody else's business: {}",
        status.text
    );

    world.office.be(Manner::Take);
    world.run("DELETE FROM notifications WHERE title = 'Mail does not get through'").await;
    browser.post("/api/admin/mail/retry", json!({"ids": [problem["id"]]})).await.assert_ok();
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.office.taken()[0].header("message-id"), format!("<{first}@train.test>"));

    world.tell(ann, "two").await;
    world.office.be(Manner::NoMailbox);
    assert_eq!(world.deliver().await, 0);
    let parked = world
        .value(
            "SELECT state || ' ' || attempts || ' ' || last_error
                FROM notification_outbox WHERE state = 'parked' LIMIT 1",
        )
        .await;
    assert!(
        parked.starts_with("parked 1 The mail server refused it:") && parked.contains("550"),
        "{parked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_whose_acceptance_was_lost_is_sent_again_as_the_same() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true, "frequency": "daily"})).await;
    world.tell(ann, "one").await;
    world.tell(ann, "two").await;
    world.run("UPDATE notifications SET created_at = now() - interval '2 days'").await;
    world.office.be(Manner::TakeAndBreak);
    assert_eq!(world.deliver().await, 0, "nobody knows that it was taken");
    world.office.be(Manner::Take);
    // Something new is due by then; it does not change the letter.
    world.tell(ann, "three").await;
    world
        .run(
            "UPDATE notifications SET created_at = now() - interval '2 days'
                WHERE dedupe_key = 'three'",
        )
        .await;
    world.run("UPDATE notification_outbox SET next_attempt_at = now()").await;
    assert_eq!(world.deliver().await, 2);
    let taken = world.office.taken();
    assert_eq!(taken.len(), 3);
    assert_eq!(taken[0].header("message-id"), taken[1].header("message-id"));
    let body = |number: usize| taken[number].text.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(0), body(1));
    assert_ne!(taken[2].header("message-id"), taken[0].header("message-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_a_server_that_is_gone_runs_out() {
    let world = World::new().await;
    let ann = person(&world.app, "Ann", json!({"email": true})).await;
    world.tell(ann, "one").await;
    let claimed = "UPDATE notification_outbox
        SET state = 'sending', lease_id = gen_random_uuid(), mail_id = gen_random_uuid(),
          attempts = 1, next_attempt_at = now() + interval '5 minutes'";
    world.run(claimed).await;
    assert_eq!(world.deliver().await, 0, "somebody is at it");
    world.run("UPDATE notification_outbox SET next_attempt_at = now()").await;
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.outbox().await, "sent 2");
    // One that takes every server down with it is given up.
    world.tell(ann, "two").await;
    let poisoned = "UPDATE notification_outbox
        SET state = 'sending', lease_id = gen_random_uuid(), attempts = 9, next_attempt_at = now()
        WHERE state = 'queued'";
    world.run(poisoned).await;
    assert_eq!(world.deliver().await, 0);
    assert_eq!(world.outbox().await, "sent 2, parked 9");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_given_and_a_wrong_one_is_told() {
    let office = PostOffice::with_password();
    let app = App::configured(config(office.settings_with_password())).await;
    let ann = app.signed_up("Ann").await;
    let test = ann.post("/api/admin/mail/test", json!({})).await;
    test.assert_ok();
    assert_eq!(
        (&test.body["sent"], &test.body["to"]),
        (&json!(true), &json!("ann@example.com")),
        "{}",
        test.text
    );
    assert!(office.taken()[0].text.contains("Mail from Train reaches you."));
    office.be(Manner::WrongPassword);
    let test = ann.post("/api/admin/mail/test", json!({})).await;
    test.assert_ok();
    assert_eq!(test.body["sent"], false);
    let problem = test.body["problem"].as_str().unwrap();
    assert!(problem.contains("refused our sign-in") && !problem.contains("secret"), "{problem}");
    let status = ann.get("/api/admin/mail").await;
    assert_eq!(status.body["server"], format!("smtp://{} (not encrypted)", office.address));
    assert!(!status.text.contains("secret"), "{}", status.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_demanded_of_a_server_that_has_none() {
    let office = PostOffice::open();
    let app = App::configured(config(PostOffice::at(&format!("smtp://{}", office.address)))).await;
    let ann = app.signed_up("Ann").await;
    let test = ann.post("/api/admin/mail/test", json!({})).await;
    assert_eq!((test.status.as_u16(), &test.body["sent"]), (200, &json!(false)), "{}", test.text);
    assert!(office.taken().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_look_after_mail() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    for (method, path) in [
        ("GET", "/api/admin/mail"),
        ("POST", "/api/admin/mail/test"),
        ("POST", "/api/admin/mail/retry"),
    ] {
        let method: http::Method = method.parse().unwrap();
        let body = json!({"all": true});
        ben.json(method.clone(), path, body.clone()).await.assert_failure(403, "forbidden");
        app.browser().json(method, path, body).await.assert_failure(401, "not_signed_in");
    }
    let status = ann.get("/api/admin/mail").await;
    status.assert_ok();
    assert_eq!(
        (&status.body["configured"], status.body["missing"].as_array().unwrap().len()),
        (&json!(false), 2)
    );
    ann.post("/api/admin/mail/test", json!({})).await.assert_failure(409, "mail_not_configured");
    for body in [
        json!({}),
        json!({"all": true, "ids": [Uuid::nil()]}),
        json!({"ids": vec![Uuid::nil(); 101]}),
    ] {
        ann.post("/api/admin/mail/retry", body).await.assert_failure(400, "validation_failed");
    }
    let page = ann.get("/admin/mail").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Set SMTP_URL"), "it says what is missing");
    let page = ben.get("/admin/mail").await;
    assert_eq!(page.status, 403);
    assert!(
        page.text.contains("This page is for administrators")
            && !page.text.contains("href=\"/admin/overview\"")
    );
    assert!(ann.get("/settings/display").await.text.contains("href=\"/admin/overview\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wishes_for_mail_is_told_where_none_is_sent() {
    const PAGE: &str = "/settings/notifications";
    const NOTE: &str = "This server does not send mail yet.";
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let page = ann.get(PAGE).await.text;
    assert!(page.contains(NOTE) && page.contains("Set up mail"), "the administrator can do it");
    let page = ben.get(PAGE).await.text;
    assert!(page.contains(NOTE) && page.contains("Ask your administrator."));
    let world = World::new().await;
    let cem = world.app.signed_up("Cem").await;
    assert!(!cem.get(PAGE).await.text.contains(NOTE));
}

/// Waits for something that another task brings about.
async fn eventually(happened: impl Fn() -> bool) {
    let wait = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), wait).await.expect("it happens soon");
}
