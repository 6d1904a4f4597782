//! Telling people things: once, as they prefer, to the right ones; reading and marking; what is old
//! goes.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{sync::broadcast::Receiver, time::timeout};
use train::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, MarkRequest, Notification, NotificationQuery, Severity},
    },
    server::{
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        notifications::{NotificationService, Recipients},
        postgres::{Database, Event},
    },
};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(5);

fn notification(key: &str) -> Notification {
    Notification {
        category: Category::SystemAlerts,
        severity: Severity::Warning,
        title: "Your daily budget is used to 80 %".into(),
        text: "$80.00 of $100.00 are spent.".into(),
        link: LocalPath::parse("/ai/costs"),
        dedupe_key: key.into(),
    }
}

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

async fn listening(database: &Database) -> Receiver<Event> {
    let wait = async {
        while !database.events().is_connected() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, wait).await.expect("it listens soon");
    database.events().subscribe()
}

async fn next(receiver: &mut Receiver<Event>) -> Event {
    timeout(SOON, receiver.recv()).await.expect("an event comes").expect("none is lost")
}

/// The next one that tells somebody something; accounts and memberships made before are received as
/// well.
async fn next_notification(receiver: &mut Receiver<Event>) -> Event {
    loop {
        let event = next(receiver).await;
        if matches!(event, Event::NotificationSent { .. }) {
            return event;
        }
    }
}

async fn prefer(test: &TestDatabase, person: Uuid, notifications: Value) {
    sqlx::query(
        "UPDATE user_preferences SET preferences = jsonb_build_object('notifications', $2)
            WHERE user_id = $1",
    )
    .bind(person)
    .bind(notifications)
    .execute(test.database.pool())
    .await
    .unwrap();
}

/// Each row as `person title in_app mail`.
async fn told(test: &TestDatabase) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', person.display_name, told.dedupe_key,
          CASE WHEN told.in_app THEN 'in-app' END,
          CASE WHEN EXISTS (SELECT FROM notification_outbox mail
              WHERE mail.notification_id = told.id AND mail.user_id = told.user_id)
            THEN 'mail' END)
        FROM notifications told JOIN auth.users person ON person.id = told.user_id ORDER BY 1";
    texts(&mut test.role("service_role").await, sql).await
}

#[tokio::test]
async fn however_many_servers_say_it_each_person_is_told_once() {
    let test = TestDatabase::new().await;
    let other = test.second_server().await;
    let (ann, bob, root) =
        (test.account("Ann").await, test.account("Bob").await, test.administrator("Root").await);
    let team = test.organization("Team", &[(ann, "owner"), (bob, "admin")]).await;
    let (mut here, mut there) = (listening(&test.database).await, listening(&other).await);
    // In different orders, and to groups that overlap: nobody waits in a circle.
    let groups = [
        Recipients::Managers(team),
        Recipients::People(vec![root, bob, ann]),
        Recipients::People(vec![ann, root]),
    ];
    let sends = (0..60).map(|number: usize| {
        let database = if number.is_multiple_of(2) { test.database.clone() } else { other.clone() };
        let recipients = groups[number % groups.len()].clone();
        tokio::spawn(async move {
            let service = NotificationService::new(database, true);
            service.send(&recipients, &notification("budget:1")).await.unwrap()
        })
    });
    let mut sum = 0;
    for send in sends.collect::<Vec<_>>() {
        sum += send.await.unwrap();
    }
    assert_eq!(sum, 3, "each send answers how many it told");
    assert_eq!(
        told(&test).await,
        ["Ann budget:1 in-app", "Bob budget:1 in-app", "Root budget:1 in-app"]
    );
    for events in [&mut here, &mut there] {
        let mut people = Vec::new();
        for _ in 0..3 {
            let Event::NotificationSent { user_id, title, link, toast, in_app, mail, .. } =
                next_notification(events).await
            else {
                panic!("another event");
            };
            assert_eq!(
                (title.as_str(), link.as_deref()),
                ("Your daily budget is used to 80 %", Some("/ai/costs"))
            );
            assert_eq!((toast, in_app, mail), (true, true, false));
            people.push(user_id);
        }
        people.sort();
        let mut all = [ann, bob, root];
        all.sort();
        assert_eq!(people, all);
    }
    // The next thing that either receives is the next thing that happens.
    NotificationService::new(other.clone(), true)
        .send(&Recipients::Person(ann), &notification("budget:2"))
        .await
        .unwrap();
    for events in [&mut here, &mut there] {
        let event = next_notification(events).await;
        assert!(matches!(event, Event::NotificationSent { user_id, .. } if user_id == ann));
    }
}

#[tokio::test]
async fn each_way_is_taken_as_the_person_prefers_at_that_moment() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let team = test.organization("Team", &[(ann, "member"), (bob, "member")]).await;
    let defaults =
        "UPDATE organization_preference_defaults SET preferences = $2 WHERE organization_id = $1";
    let quiet = json!({"notifications": {"email": true, "categories": {"errors": false}}});
    sqlx::query(defaults).bind(team).bind(quiet).execute(test.database.pool()).await.unwrap();
    let both = Recipients::People(vec![ann, bob]);
    let said = async |key: &str, category| {
        service.send(&both, &Notification { category, ..notification(key) }).await.unwrap()
    };

    assert_eq!(said("1 inherited", Category::SystemAlerts).await, 2);
    assert_eq!(said("2 off for all", Category::Errors).await, 0);
    prefer(&test, ann, json!({"email": false, "categories": {"errors": true}})).await;
    prefer(&test, bob, json!({"inApp": false})).await;
    assert_eq!(said("3 own choice", Category::SystemAlerts).await, 2);
    assert_eq!(said("4 own category", Category::Errors).await, 1);
    prefer(&test, bob, json!({"inApp": false, "email": false})).await;
    assert_eq!(said("5 toast only", Category::ApprovalRequired).await, 2);
    prefer(&test, bob, json!({"inApp": false, "email": false, "toast": false})).await;
    assert_eq!(said("6 no way left", Category::ApprovalRequired).await, 1);
    let expected = [
        "Ann 1 inherited in-app mail",
        "Ann 3 own choice in-app",
        "Ann 4 own category in-app",
        "Ann 5 toast only in-app",
        "Ann 6 no way left in-app",
        "Bob 1 inherited in-app mail",
        "Bob 3 own choice mail",
        "Bob 5 toast only",
    ];
    assert_eq!(told(&test).await, expected);
    // Who was told nothing is told when it is said again.
    prefer(&test, bob, json!({"email": false})).await;
    assert_eq!(said("6 no way left", Category::ApprovalRequired).await, 1);
    assert_eq!(told(&test).await.last().map(String::as_str), Some("Bob 6 no way left in-app"));
}

#[tokio::test]
async fn an_event_comes_by_the_channels_that_the_person_wants_for_it() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let team = test.organization("Team", &[(ann, "member"), (bob, "member")]).await;
    let defaults =
        "UPDATE organization_preference_defaults SET preferences = $2 WHERE organization_id = $1";
    let by_mail = json!({"notifications": {"email": true, "events":
        {"approvalRequired": {"email": false}}}});
    sqlx::query(defaults).bind(team).bind(by_mail).execute(test.database.pool()).await.unwrap();
    // Ann: errors by mail and toast, and what the organization does not mail after all.
    let own = json!({"errors": {"inApp": false}, "approvalRequired": {"email": true}});
    prefer(&test, ann, json!({"events": own})).await;
    // Bob: budgets by no way at all; and an event that is off stays off, whatever its cells say.
    let nothing = json!({"toast": false, "inApp": false, "email": false});
    let own = json!({"systemAlerts": nothing, "errors": {"email": true}});
    prefer(&test, bob, json!({"events": own, "categories": {"errors": false}})).await;
    let both = Recipients::People(vec![ann, bob]);
    let said = async |key: &str, category| {
        service.send(&both, &Notification { category, ..notification(key) }).await.unwrap()
    };
    let mut events = listening(&test.database).await;
    assert_eq!(said("1 error", Category::Errors).await, 1);
    let Event::NotificationSent { toast, in_app, mail, .. } = next_notification(&mut events).await
    else {
        panic!("another event");
    };
    assert_eq!((toast, in_app, mail), (true, false, true));
    assert_eq!(said("2 review", Category::ApprovalRequired).await, 2);
    assert_eq!(said("3 budget", Category::SystemAlerts).await, 1);
    assert_eq!(said("4 done", Category::GenerationComplete).await, 2);
    let expected = [
        "Ann 1 error mail",
        "Ann 2 review in-app mail",
        "Ann 3 budget in-app mail",
        "Ann 4 done in-app mail",
        "Bob 2 review in-app",
        "Bob 4 done in-app mail",
    ];
    assert_eq!(told(&test).await, expected);
}

#[tokio::test]
async fn without_a_mail_server_nothing_waits_to_be_mailed() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    prefer(&test, ann, json!({"inApp": false, "toast": false, "email": true})).await;
    let without = NotificationService::new(test.database.clone(), false);
    assert_eq!(without.send(&Recipients::Person(ann), &notification("one")).await.unwrap(), 0);
    let with = NotificationService::new(test.database.clone(), true);
    assert_eq!(with.send(&Recipients::Person(ann), &notification("one")).await.unwrap(), 1);
    assert_eq!(told(&test).await, ["Ann one mail"]);
}

#[tokio::test]
async fn groups_are_those_who_belong_to_them_now() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), false);
    let (owner, admin, member) =
        (test.account("Owner").await, test.account("Admin").await, test.account("Member").await);
    let (root, gone) = (test.administrator("Root").await, test.administrator("Gone").await);
    let team =
        test.organization("Team", &[(owner, "owner"), (admin, "admin"), (member, "member")]).await;
    test.organization("Another", &[(root, "owner")]).await;
    run(
        &mut test.role("service_role").await,
        "UPDATE auth.users SET disabled_at = now() WHERE display_name = 'Gone'",
    )
    .await;
    assert_eq!(
        service.send(&Recipients::Managers(team), &notification("managers")).await.unwrap(),
        2
    );
    assert_eq!(
        service.send(&Recipients::Administrators, &notification("administrators")).await.unwrap(),
        1
    );
    let people = Recipients::People(vec![member, member, gone, Uuid::new_v4()]);
    assert_eq!(service.send(&people, &notification("people")).await.unwrap(), 1);
    assert_eq!(
        service.send(&Recipients::People(Vec::new()), &notification("nobody")).await.unwrap(),
        0
    );
    let expected = [
        "Admin managers in-app",
        "Member people in-app",
        "Owner managers in-app",
        "Root administrators in-app",
    ];
    assert_eq!(told(&test).await, expected);
}

#[tokio::test]
async fn what_is_rolled_back_was_never_told() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let ann = test.account("Ann").await;
    let mut events = listening(&test.database).await;
    let recipient = Recipients::Person(ann);
    let mut transaction = test.database.pool().begin().await.unwrap();
    assert_eq!(
        service.send_in(&mut transaction, &recipient, &notification("one")).await.unwrap(),
        1
    );
    transaction.rollback().await.unwrap();
    assert!(told(&test).await.is_empty());
    let mut transaction = test.database.pool().begin().await.unwrap();
    assert_eq!(
        service.send_in(&mut transaction, &recipient, &notification("one")).await.unwrap(),
        1
    );
    assert_eq!(
        service.send_in(&mut transaction, &recipient, &notification("one")).await.unwrap(),
        0
    );
    transaction.commit().await.unwrap();
    assert!(matches!(next(&mut events).await, Event::NotificationSent { .. }));
    test.database.events().announce(Event::ModelCatalogChanged).await;
    assert_eq!(
        next(&mut events).await,
        Event::ModelCatalogChanged,
        "the first one was told to nobody"
    );
}

#[tokio::test]
async fn a_persons_own_transaction_tells_nobody_anything() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    for recipient in [ann, bob] {
        let mut transaction = test.database.as_person(&request(ann)).await.unwrap();
        let refused = service
            .send_in(&mut transaction, &Recipients::Person(recipient), &notification("one"))
            .await;
        assert!(matches!(refused, Err(ServiceError::Database(_))));
    }
    assert!(told(&test).await.is_empty());
}

#[tokio::test]
async fn titles_and_texts_of_any_kind_are_told() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let ann = test.account("Ann").await;
    let mut events = listening(&test.database).await;
    // The longest event that there can be: PostgreSQL refuses notifications of 8000 bytes.
    let long = Notification {
        title: "\u{10ffff}".repeat(400),
        text: "\u{0}\"\\\u{10ffff}".repeat(2000),
        link: LocalPath::parse(&format!("/{}", "\"".repeat(511))),
        ..notification(&"🙂".repeat(500))
    };
    assert_eq!(service.send(&Recipients::Person(ann), &long).await.unwrap(), 1);
    let Event::NotificationSent { title, link, .. } = next(&mut events).await else {
        panic!("another event")
    };
    assert_eq!(
        (title, link),
        (long.kept_title(), long.link.as_ref().map(|link| link.as_str().to_owned()))
    );
}

#[tokio::test]
async fn a_list_goes_page_by_page_and_marking_reaches_only_ones_own() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    for number in 1..=5 {
        let both = Recipients::People(vec![ann, bob]);
        let one = Notification {
            title: format!("Number {number}"),
            ..notification(&format!("{number}"))
        };
        service.send(&both, &one).await.unwrap();
    }
    prefer(&test, ann, json!({"inApp": false})).await;
    service.send(&Recipients::Person(ann), &notification("toast only")).await.unwrap();

    let titles = async |query: NotificationQuery| {
        let page = service.list(&request(ann), &query).await.unwrap();
        let titles: Vec<_> =
            page.notifications.iter().map(|one| one.title.replace("Number ", "")).collect();
        (titles.join(" "), page.unread, page.next_before)
    };
    let limited = NotificationQuery { limit: Some(2), ..NotificationQuery::default() };
    let (first, unread, cursor) = titles(limited).await;
    assert_eq!((first.as_str(), unread), ("5 4", 5));
    let (second, _, cursor) = titles(NotificationQuery { before: cursor, ..limited }).await;
    assert_eq!(second, "3 2");
    assert_eq!(
        titles(NotificationQuery { before: cursor, ..limited }).await,
        ("1".to_owned(), 5, None)
    );

    let page = service.list(&request(ann), &NotificationQuery::default()).await.unwrap();
    let mut events = listening(&test.database).await;
    let some: Vec<Uuid> = page.notifications.iter().take(2).map(|one| one.id).collect();
    let mark = MarkRequest { ids: some.clone(), all: false, read: true };
    let marked = service.mark(&request(ann), &mark).await.unwrap();
    assert_eq!((marked.changed, marked.unread), (2, 3));
    assert_eq!(next(&mut events).await, Event::NotificationsMarked { user_id: ann });
    let again = service.mark(&request(ann), &mark).await.unwrap();
    assert_eq!((again.changed, again.unread), (0, 3), "what is read stays read");
    let unread = NotificationQuery { unread: Some(true), ..NotificationQuery::default() };
    assert_eq!(titles(unread).await.0, "3 2 1");
    assert_eq!(
        service.mark(&request(bob), &mark).await.unwrap().changed,
        0,
        "those of others are passed over"
    );
    let back = MarkRequest { read: false, ids: some[..1].to_vec(), ..MarkRequest::default() };
    assert_eq!(service.mark(&request(ann), &back).await.unwrap().unread, 4);
    let all = MarkRequest { all: true, read: true, ..MarkRequest::default() };
    assert_eq!(service.mark(&request(ann), &all).await.unwrap().changed, 4);
    assert_eq!(service.list(&request(bob), &NotificationQuery::default()).await.unwrap().unread, 5);

    for (mark, field) in [
        (MarkRequest { read: true, ..MarkRequest::default() }, "ids"),
        (MarkRequest { ids: some, ..all.clone() }, "ids"),
        (MarkRequest { ids: vec![ann; 101], all: false, read: true }, "ids"),
    ] {
        let refused = service.mark(&request(ann), &mark).await;
        assert!(
            matches!(refused, Err(ServiceError::Validation(fields)) if fields[0].path == field)
        );
    }
    for limit in [0, 101] {
        let refused =
            service.list(&request(ann), &NotificationQuery { limit: Some(limit), ..limited }).await;
        assert!(matches!(refused, Err(ServiceError::Validation(_))));
    }
}

#[tokio::test]
async fn what_is_old_goes_and_what_nobody_read_stays_longer() {
    let test = TestDatabase::new().await;
    let service = NotificationService::new(test.database.clone(), true);
    let ann = test.account("Ann").await;
    prefer(&test, ann, json!({"email": true})).await;
    for key in ["read 89", "read 91", "unread 91", "unread 364", "unread 366", "told 91"] {
        service.send(&Recipients::Person(ann), &notification(key)).await.unwrap();
    }
    let mut service_role = test.role("service_role").await;
    for sql in [
        "UPDATE notifications SET created_at = now() - make_interval(days => split_part(dedupe_key,
            ' ', 2)::int)",
        "UPDATE notifications SET read_at = now() WHERE dedupe_key LIKE 'read%'",
        "UPDATE notifications SET in_app = false WHERE dedupe_key LIKE 'told%'",
    ] {
        run(&mut service_role, sql).await;
    }
    assert_eq!(service.tidy().await.unwrap(), 3);
    let left =
        ["Ann read 89 in-app mail", "Ann unread 364 in-app mail", "Ann unread 91 in-app mail"];
    assert_eq!(told(&test).await, left);
    let mails = "SELECT count(*)::text FROM notification_outbox";
    assert_eq!(texts(&mut service_role, mails).await, ["3"], "their mail goes with them");
    assert_eq!(service.tidy().await.unwrap(), 0);
}
