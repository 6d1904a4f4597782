//! What servers of one database learn of each other.

use crate::support::{TestDatabase, run};
use serde_json::json;
use std::time::Duration;
use tokio::{sync::broadcast::Receiver, time::timeout};
use train::server::{
    foundation::context::{Actor, ChangeContext, RequestContext, Role, Source},
    postgres::{ChangeDescription, Event, Events},
};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(5);

async fn next(receiver: &mut Receiver<Event>) -> Event {
    timeout(SOON, receiver.recv()).await.expect("an event comes").expect("none is lost")
}

async fn connected(events: &Events) -> u64 {
    let wait = async {
        loop {
            match events.epoch() {
                Some(epoch) => break epoch,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    timeout(SOON, wait).await.expect("it listens soon")
}

#[tokio::test]
async fn every_change_in_the_database_is_received() {
    let test = TestDatabase::new().await;
    connected(test.database.events()).await;
    let mut events = test.database.events().subscribe();
    let ann = test.account("Ann").await;
    let mutation = Uuid::new_v4();
    let mut person = test.person(ann).await;
    run(
        &mut person,
        &format!("SELECT set_config('train.change', '{{\"mutationId\": \"{mutation}\"}}', false)"),
    )
    .await;
    run(
        &mut person,
        "UPDATE user_preferences SET preferences =
            '{\"theme\": \"dark\", \"notifications\": {\"toast\": false}}'",
    )
    .await;
    let paths = vec!["notifications.toast".to_owned(), "theme".to_owned()];
    let expected =
        Event::PreferencesChanged { user_id: ann, version: 2, paths, mutation_id: Some(mutation) };
    assert_eq!(next(&mut events).await, expected);

    let team = test.organization("Team", &[(ann, "owner")]).await;
    assert_eq!(next(&mut events).await, Event::MembershipChanged { user_id: ann });
    let mut service = test.role("service_role").await;
    run(
        &mut service,
        "UPDATE organization_preference_defaults SET preferences = '{\"theme\": \"dark\"}'",
    )
    .await;
    let paths = vec!["theme".to_owned()];
    let expected = Event::OrganizationDefaultsChanged {
        organization_id: team,
        version: 2,
        paths,
        mutation_id: None,
    };
    assert_eq!(next(&mut events).await, expected);

    let revoked = Event::AccessRevoked { user_id: ann };
    let session = format!(
        "INSERT INTO auth.sessions (token_hash, user_id, expires_at)
            VALUES (sha256('a'), '{ann}', now())"
    );
    run(&mut service, &session).await;
    for sql in [
        "DELETE FROM auth.sessions",
        "UPDATE auth.users SET disabled_at = now()",
        "UPDATE auth.users SET disabled_at = NULL, role = 'admin'",
        "UPDATE auth.users SET password_hash = '$argon2id$new'",
    ] {
        run(&mut service, sql).await;
        assert_eq!(next(&mut events).await, revoked, "{sql}");
    }
    // Nothing that a cache of access holds changed here.
    run(&mut service, "UPDATE auth.users SET display_name = 'Anna'").await;
    run(&mut service, "DELETE FROM organization_members").await;
    assert_eq!(next(&mut events).await, Event::MembershipChanged { user_id: ann });
}

#[tokio::test]
async fn a_change_of_hundreds_of_fields_is_received_without_them() {
    let test = TestDatabase::new().await;
    connected(test.database.events()).await;
    let mut events = test.database.events().subscribe();
    let ann = test.account("Ann").await;
    let many: serde_json::Map<_, _> =
        (0..600).map(|number| (format!("field{number:020}"), json!(1))).collect();
    let sql = "UPDATE user_preferences SET preferences = $1";
    sqlx::query(sql).bind(json!(many)).execute(&mut test.person(ann).await).await.unwrap();
    let expected = Event::PreferencesChanged {
        user_id: ann,
        version: 2,
        paths: Vec::new(),
        mutation_id: None,
    };
    assert_eq!(next(&mut events).await, expected);
}

#[tokio::test]
async fn an_announced_change_reaches_every_server_once() {
    let test = TestDatabase::new().await;
    let other = test.second_server().await;
    connected(test.database.events()).await;
    connected(other.events()).await;
    let (mut here, mut there) = (test.database.events().subscribe(), other.events().subscribe());
    let ann = test.account("Ann").await;
    let request = RequestContext {
        request_id: "r".into(),
        actor: Some(Actor { user_id: ann, role: Role::Member, scopes: None }),
        source: Source::Page,
        ip: None,
        user_agent: None,
        client: None,
        session_id: None,
    };
    let description =
        ChangeDescription::new(&request, &ChangeContext::default()).announced_later().to_json();
    let mut transaction = test.database.as_person(&request).await.unwrap();
    sqlx::query("SELECT set_config('train.change', $1, true)")
        .bind(description)
        .execute(&mut *transaction)
        .await
        .unwrap();
    run(&mut transaction, "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'")
        .await;
    transaction.commit().await.unwrap();
    let event = Event::PreferencesChanged {
        user_id: ann,
        version: 2,
        paths: vec!["theme".into()],
        mutation_id: None,
    };
    test.database.events().announce(event.clone()).await;
    assert_eq!(next(&mut here).await, event);
    assert_eq!(next(&mut there).await, event);
    // The next thing that either receives is the next thing that happens: nothing came twice.
    let marker = Event::MembershipChanged { user_id: ann };
    test.database.events().announce(marker.clone()).await;
    assert_eq!((next(&mut here).await, next(&mut there).await), (marker.clone(), marker));
}

#[tokio::test]
async fn many_announcements_at_once_all_arrive() {
    let test = TestDatabase::new().await;
    let other = test.second_server().await;
    connected(other.events()).await;
    let mut there = other.events().subscribe();
    let announcements = (0..200u128).map(|number| {
        let events = test.database.events().clone();
        tokio::spawn(async move {
            events.announce(Event::AccessRevoked { user_id: Uuid::from_u128(number) }).await
        })
    });
    for one in announcements.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let mut seen = Vec::new();
    for _ in 0..200 {
        let Event::AccessRevoked { user_id } = next(&mut there).await else {
            panic!("another event")
        };
        seen.push(user_id.as_u128());
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cut_connection_is_noticed_and_made_again() {
    let test = TestDatabase::new().await;
    let events = test.database.events();
    let first = connected(events).await;
    let mut receiver = events.subscribe();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'train listener'
        AND datname = current_database()";
    run(&mut test.login().await, sql).await;
    assert_eq!(next(&mut receiver).await, Event::Reconnected);
    let second = connected(events).await;
    assert!(second > first, "what was remembered under {first} is not valid under {second}");
    let ann = test.account("Ann").await;
    run(
        &mut test.person(ann).await,
        "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'",
    )
    .await;
    assert!(matches!(next(&mut receiver).await, Event::PreferencesChanged { .. }));
}
