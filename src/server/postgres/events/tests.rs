//! What is read from notifications, and what is sent back.

use super::*;

fn shared() -> (Shared, broadcast::Receiver<Event>) {
    let shared = Shared::new(Uuid::from_u128(7));
    let receiver = shared.sender.subscribe();
    (shared, receiver)
}

#[test]
fn reads_what_the_triggers_write() {
    let (shared, mut received) = shared();
    let user = "710c52b8-83e0-44b7-af4d-8b5b9d4ccf38";
    shared.receive(&format!(
        r#"{{"type": "preferences-changed", "paths": ["a", "theme"], "userId": "{user}",
           "version": 4, "mutationId": null}}"#
    ));
    shared.receive(&format!(r#"{{"type": "access-revoked", "userId": "{user}"}}"#));
    shared.receive(&format!(
        r#"{{"type": "ai-config-changed", "paths": ["isActive"], "organizationId": "{user}",
           "version": 2, "mutationId": null}}"#
    ));
    shared.receive(r#"{"type": "model-catalog-changed"}"#);
    shared.receive(&format!(
        r#"{{"type": "notification-sent", "userId": "{user}", "id": "{user}",
           "category": "system_alerts", "severity": "warning", "title": "A “budget”", "link": null,
           "toast": true, "inApp": true, "mail": false}}"#
    ));
    shared.receive(r#"{"type": "from-the-future", "userId": 3}"#);
    shared.receive("no JSON");
    let user_id = user.parse().unwrap();
    let paths = vec!["a".to_owned(), "theme".to_owned()];
    assert_eq!(
        received.try_recv().unwrap(),
        Event::PreferencesChanged { user_id, version: 4, paths, mutation_id: None }
    );
    assert_eq!(received.try_recv().unwrap(), Event::AccessRevoked { user_id });
    let changed =
        Event::AiConfigChanged { user_id: None, organization_id: Some(user_id), version: 2 };
    assert_eq!(received.try_recv().unwrap(), changed);
    assert_eq!(received.try_recv().unwrap(), Event::ModelCatalogChanged);
    let sent = Event::NotificationSent {
        user_id,
        id: user_id,
        category: Category::SystemAlerts,
        severity: Severity::Warning,
        title: "A “budget”".into(),
        link: None,
        toast: true,
        in_app: true,
        mail: false,
    };
    assert_eq!(received.try_recv().unwrap(), sent);
    assert!(received.try_recv().is_err(), "unknown ones are passed over");
}

#[test]
fn receives_the_others_but_not_itself() {
    let (shared, mut received) = shared();
    let event = Event::MembershipChanged { user_id: Uuid::nil() };
    shared.receive(&payload(shared.instance, event.clone()));
    assert!(received.try_recv().is_err());
    shared.receive(&payload(Uuid::from_u128(8), event.clone()));
    assert_eq!(received.try_recv().unwrap(), event);
}

#[test]
fn acknowledges_a_barrier_when_memory_has_dropped_what_came_before_it() {
    let (shared, _) = shared();
    let barrier = |from| serde_json::to_string(&Protocol::Barrier { from, number: 3 }).unwrap();
    let other = Uuid::from_u128(8);
    assert!(shared.receive(&barrier(other)).is_none(), "nothing is remembered here");
    let dropped = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&dropped);
    shared.hooks.write().unwrap().push(Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    }));
    shared.lease.require();
    shared.receive(&payload(other, Event::ModelCatalogChanged));
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    let answer = shared.receive(&barrier(other));
    let to_other = |to| to == other;
    assert!(matches!(answer, Some(Outgoing::Acknowledgement { to, number: 3 }) if to_other(to)));
    assert!(shared.receive(&barrier(shared.instance)).is_none());
    assert_eq!(shared.acknowledgements.of(shared.instance), 3);
    let received = Protocol::Acknowledged { from: other, to: shared.instance, number: 5 };
    shared.receive(&serde_json::to_string(&received).unwrap());
    assert_eq!(shared.acknowledgements.of(other), 5);
}

#[test]
fn leaves_out_the_paths_when_they_are_too_many() {
    let paths = vec!["keyboardShortcuts.customBindings.openSearch".to_owned(); 500];
    let text = payload(
        Uuid::nil(),
        Event::PreferencesChanged { user_id: Uuid::nil(), version: 2, paths, mutation_id: None },
    );
    assert!(text.len() < 300 && !text.contains("paths"), "{text}");
}
