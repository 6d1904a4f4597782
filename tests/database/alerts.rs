//! Alerts from what was observed to who is told: on a real database, with real roles, several
//! servers and a real receiver.

use crate::support::{TestDatabase, run, texts};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use chrono::Utc;
use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::broadcast::Receiver, time::timeout};
use train::{
    domain::{
        database::{
            Alert, AlertChange, AlertKind, AlertQuery, AlertRequest, AlertRule, AlertRules,
            AlertState, Panel, Severity, Usage, default_rules,
        },
        error_code::ErrorCode,
    },
    server::{
        database::{
            alerts::AlertService,
            health::{HealthService, Observations},
        },
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        notifications::NotificationService,
        postgres::{Database, Event, Events, apart},
    },
};
use uuid::Uuid;

/// Long for anything here; only a test that fails waits for it.
const SOON: Duration = Duration::from_secs(20);

fn service(database: &Database) -> AlertService {
    let health = HealthService::new(database.clone());
    AlertService::new(database.clone(), health, NotificationService::new(database.clone(), false))
}

fn asking(id: Uuid, role: Role) -> RequestContext {
    let actor = Some(Actor { user_id: id, role, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

/// Of the connections so many in a hundred are in use; nothing else is known.
fn connections(used: i64) -> Observations {
    let connections = Panel::exact(Usage { used, available: 100 }, Utc::now());
    Observations { connections, ..Observations::default() }
}

struct World {
    test: TestDatabase,
    alerts: AlertService,
    admin: RequestContext,
    admin_id: Uuid,
}

impl World {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let admin_id = test.administrator("Ada").await;
        let alerts = service(&test.database);
        Self { alerts, admin: asking(admin_id, Role::Admin), admin_id, test }
    }

    /// With connections told at once.
    async fn hasty() -> Self {
        let world = World::new().await;
        world.change(AlertKind::HighConnectionUsage, |rule| rule.for_seconds = 0, None).await;
        world
    }

    async fn change(
        &self,
        kind: AlertKind,
        change: impl FnOnce(&mut AlertRule),
        webhook: Option<&str>,
    ) {
        let mut rules = self.alerts.rules(&self.admin).await.unwrap();
        change(rules.rules.iter_mut().find(|rule| rule.kind == kind).unwrap());
        if webhook.is_some() {
            rules.webhook = webhook.map(str::to_owned);
        }
        self.alerts.set_rules(&self.admin, &rules).await.unwrap();
    }

    async fn look(&self, observations: &Observations) {
        assert!(self.alerts.apply(observations).await.unwrap(), "nobody else is looking");
    }

    async fn list(&self, state: Option<AlertState>) -> Vec<Alert> {
        let query = AlertQuery { state, ..AlertQuery::default() };
        self.alerts.list(&self.admin, &query).await.unwrap().alerts
    }

    async fn act(&self, alert_id: Uuid, action: AlertChange) -> Result<Alert, ServiceError> {
        let asked = AlertRequest { alert_id, action, hours: None };
        self.alerts.act(&self.admin, &asked).await
    }

    async fn notified(&self, person: Uuid) -> Vec<String> {
        let mut system = self.test.role("service_role").await;
        let sql = format!(
            "SELECT severity || ' ' || title FROM notifications WHERE user_id = '{person}'
                ORDER BY created_at"
        );
        texts(&mut system, &sql).await
    }

    async fn sql(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }
}

#[tokio::test]
async fn an_alert_is_raised_told_raised_higher_and_resolves_itself() {
    let world = World::hasty().await;
    let member = world.test.account("Ben").await;
    world.look(&connections(50)).await;
    assert_eq!(world.list(None).await, []);
    world.look(&connections(85)).await;
    world.look(&connections(85)).await;
    let open = world.list(None).await;
    let [alert] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!(
        (alert.kind, alert.severity, alert.state),
        (AlertKind::HighConnectionUsage, Severity::Warning, AlertState::Open)
    );
    assert_eq!(alert.cause, "85 of 100 connections are in use, 85 %.");
    assert!(alert.last_seen > alert.first_seen);
    world.look(&connections(95)).await;
    let risen = world.list(None).await;
    assert_eq!((risen[0].id, risen[0].severity), (alert.id, Severity::Critical));
    assert_eq!(
        world.notified(world.admin_id).await,
        ["warning High connection usage", "error High connection usage"]
    );
    assert_eq!(world.notified(member).await, [""; 0]);

    world.look(&connections(10)).await;
    assert_eq!(world.list(None).await.len(), 1, "one look is not enough");
    world.look(&connections(10)).await;
    assert_eq!(world.list(None).await, []);
    let resolved = world.list(Some(AlertState::Resolved)).await;
    assert_eq!((resolved[0].id, resolved[0].resolved_by.as_ref()), (alert.id, None));
    assert!(resolved[0].resolved_at.is_some());
    world.look(&connections(85)).await;
    assert_ne!(world.list(None).await[0].id, alert.id, "it came again");
}

#[tokio::test]
async fn the_use_of_connections_is_shown_by_the_rule_of_its_alert() {
    let world = World::new().await;
    let limits = async || {
        let overview = world.alerts.overview(&world.admin, true).await.unwrap();
        let connections = world.alerts.connections(&world.admin).await.unwrap();
        assert_eq!(connections.limits, overview.connection_limits);
        (connections.limits.warning, connections.limits.critical)
    };
    assert_eq!(limits().await, (Some(0.8), Some(0.9)));
    let kind = AlertKind::HighConnectionUsage;
    world.change(kind, |rule| (rule.warning, rule.critical) = (None, Some(15.0)), None).await;
    assert_eq!(limits().await, (None, Some(0.15)));
    world.change(kind, |rule| rule.enabled = false, None).await;
    assert_eq!(limits().await, (None, None));
}

#[tokio::test]
async fn what_does_not_last_is_not_told() {
    let world = World::new().await;
    world.look(&connections(85)).await;
    assert_eq!(world.list(None).await, [], "it must last for a minute");
    world.look(&connections(50)).await;
    assert_eq!(
        texts(&mut world.test.role("service_role").await, "SELECT kind FROM database_alerts").await,
        [""; 0]
    );
    world.look(&connections(85)).await;
    world.sql("UPDATE database_alerts SET pending_since = now() - interval '61 seconds'").await;
    world.look(&connections(85)).await;
    assert_eq!(world.list(None).await.len(), 1);
    assert_eq!(world.notified(world.admin_id).await.len(), 1);
}

#[tokio::test]
async fn what_is_unavailable_neither_raises_nor_resolves() {
    let world = World::hasty().await;
    let nothing = Observations::default();
    world.look(&nothing).await;
    let page = world.alerts.list(&world.admin, &AlertQuery::default()).await.unwrap();
    assert_eq!((page.alerts.len(), page.total), (0, 0));
    assert!(page.checked_at.is_some());
    assert!(
        page.unchecked.contains(&"Connections: It was not looked at yet.".to_owned()),
        "{:?}",
        page.unchecked
    );
    world.look(&connections(85)).await;
    for _ in 0..4 {
        world.look(&nothing).await;
    }
    assert_eq!(world.list(None).await.len(), 1);
    world.change(AlertKind::HighConnectionUsage, |rule| rule.enabled = false, None).await;
    world.look(&nothing).await;
    world.look(&nothing).await;
    assert_eq!(world.list(None).await, [], "a rule that is off lets go of its alerts");
}

#[tokio::test]
async fn servers_that_look_at_once_raise_one_alert() {
    let world = World::hasty().await;
    let other = service(&world.test.second_server().await);
    for _ in 0..5 {
        let observed = connections(85);
        let (one, two) =
            tokio::join!(apart(world.alerts.apply(&observed)), apart(other.apply(&observed)));
        assert!(one.unwrap() | two.unwrap(), "at least one of them looked");
    }
    assert_eq!(world.list(None).await.len(), 1);
    assert_eq!(world.notified(world.admin_id).await.len(), 1);
    let twice = "INSERT INTO database_alerts (kind, subject, severity, state, payload, value)
        SELECT kind, subject, severity, state, payload, value FROM database_alerts";
    let refused = sqlx::query(twice).execute(world.test.database.pool()).await.unwrap_err();
    assert_eq!(
        refused.as_database_error().and_then(|error| error.constraint()),
        Some("database_alerts_standing_key")
    );

    let mut holder = world.test.role("service_role").await;
    run(&mut holder, "BEGIN; SELECT pg_advisory_xact_lock(8390876161191731564)").await;
    assert!(!other.apply(&connections(95)).await.unwrap(), "another server is at it");
}

#[tokio::test]
async fn acknowledged_it_stays_and_is_told_when_it_gets_worse() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let known = world.act(id, AlertChange::Acknowledge).await.unwrap();
    assert_eq!(
        (known.state, known.acknowledged_by.as_deref()),
        (AlertState::Acknowledged, Some("Ada"))
    );
    let again = world.act(id, AlertChange::Acknowledge).await.unwrap();
    assert_eq!(again.acknowledged_at, known.acknowledged_at);
    world.look(&connections(86)).await;
    assert_eq!(world.list(None).await[0].state, AlertState::Acknowledged);
    world.look(&connections(95)).await;
    let worse = &world.list(None).await[0];
    assert_eq!(
        (worse.id, worse.state, worse.acknowledged_by.as_ref()),
        (id, AlertState::Open, None)
    );
    assert_eq!(world.notified(world.admin_id).await.len(), 2);
}

#[tokio::test]
async fn resolved_by_hand_it_stays_quiet_until_it_is_worse_or_was_gone() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let resolved = world.act(id, AlertChange::Resolve).await.unwrap();
    assert_eq!(
        (resolved.state, resolved.resolved_by.as_deref()),
        (AlertState::Resolved, Some("Ada"))
    );
    for _ in 0..3 {
        world.look(&connections(86)).await;
    }
    assert_eq!(world.list(None).await, []);
    let refused = world.act(id, AlertChange::Acknowledge).await.unwrap_err();
    assert!(
        matches!(refused, ServiceError::Refused { code: ErrorCode::AlreadyResolved, .. }),
        "{refused}"
    );
    world.look(&connections(95)).await;
    let worse = world.list(None).await;
    assert_eq!((worse.len(), worse[0].severity), (1, Severity::Critical));
    assert_ne!(worse[0].id, id);

    world.act(worse[0].id, AlertChange::Resolve).await.unwrap();
    world.look(&connections(10)).await;
    world.look(&connections(10)).await;
    world.look(&connections(85)).await;
    assert_eq!(world.list(None).await.len(), 1, "it was gone and came back");
}

#[tokio::test]
async fn a_muted_subject_is_told_to_nobody() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let muted = world.act(id, AlertChange::Mute).await.unwrap();
    let hours = (muted.muted_until.unwrap() - Utc::now()).num_minutes();
    assert!((24 * 60 - 2..=24 * 60).contains(&hours), "a day when nothing is said: {hours}");
    world.look(&connections(95)).await;
    assert_eq!(world.list(None).await[0].severity, Severity::Critical, "seen all the same");
    world.look(&connections(10)).await;
    world.look(&connections(10)).await;
    world.look(&connections(85)).await;
    let next = &world.list(None).await[0];
    assert!(
        next.id != id && next.muted_until == muted.muted_until,
        "the next one of the subject too"
    );
    assert_eq!(world.notified(world.admin_id).await.len(), 1, "of the time before it was muted");
    world.sql("UPDATE database_alerts SET muted_until = now() - interval '1 second'").await;
    world.look(&connections(95)).await;
    assert_eq!(world.notified(world.admin_id).await.len(), 2);
}

#[tokio::test]
async fn only_administrators_see_and_settle_alerts() {
    let world = World::hasty().await;
    let ben = world.test.account("Ben").await;
    world.look(&connections(85)).await;
    let member = asking(ben, Role::Member);
    let id = world.list(None).await[0].id;
    let asked = AlertRequest { alert_id: id, action: AlertChange::Resolve, hours: None };
    let rules = world.alerts.rules(&world.admin).await.unwrap();
    for refused in [
        world.alerts.list(&member, &AlertQuery::default()).await.err(),
        world.alerts.act(&member, &asked).await.err(),
        world.alerts.rules(&member).await.err(),
        world.alerts.set_rules(&member, &rules).await.err(),
    ] {
        assert!(matches!(refused, Some(ServiceError::Forbidden(_))), "{refused:?}");
    }
    let count = "SELECT count(*)::text FROM database_alerts";
    assert_eq!(texts(&mut world.test.person(ben).await, count).await, ["0"]);
    assert_eq!(texts(&mut world.test.person(world.admin_id).await, count).await, ["1"]);
    assert_eq!(texts(&mut world.test.role("authenticated").await, count).await, ["0"]);

    let missing = world.act(Uuid::nil(), AlertChange::Resolve).await.unwrap_err();
    assert!(matches!(missing, ServiceError::NotFound("This alert")), "{missing}");
    let wrong = AlertRequest { alert_id: id, action: AlertChange::Mute, hours: Some(0) };
    let ServiceError::Validation(errors) =
        world.alerts.act(&world.admin, &wrong).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["hours"]);
    let far = AlertQuery { page: Some(0), limit: Some(101), ..AlertQuery::default() };
    let ServiceError::Validation(errors) = world.alerts.list(&world.admin, &far).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(
        errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(),
        ["page", "limit"]
    );
}

#[tokio::test]
async fn rules_are_kept_where_they_differ_and_guarded_by_their_version() {
    let world = World::new().await;
    let rules = world.alerts.rules(&world.admin).await.unwrap();
    assert_eq!(
        (rules.rules.as_slice(), rules.webhook.as_ref(), rules.version),
        (default_rules().as_slice(), None, 1)
    );
    let quick = AlertRule { for_seconds: 5, ..AlertRule::usual(AlertKind::HighConnectionUsage) };
    let address = "https://hooks.example.com/a?token=s3cret".to_owned();
    let asked =
        AlertRules { rules: vec![quick.clone()], webhook: Some(address.clone()), version: 1 };
    let changed = world.alerts.set_rules(&world.admin, &asked).await.unwrap();
    assert_eq!(
        (changed.webhook.as_deref(), changed.version),
        (Some("https://hooks.example.com/a?token=…"), 2)
    );
    assert!(changed.rules.contains(&quick) && changed.rules.len() == AlertKind::ALL.len());
    let stored = "SELECT overrides::text FROM database_alert_rules";
    let mut system = world.test.role("service_role").await;
    assert_eq!(
        texts(&mut system, stored).await,
        ["{\"high_connection_usage\": {\"forSeconds\": 5}}"]
    );

    // Sent back as it was shown, the address stays what it is.
    let back = world.alerts.set_rules(&world.admin, &changed).await.unwrap();
    assert_eq!(texts(&mut system, "SELECT webhook FROM database_alert_rules").await, [address]);
    let late = world.alerts.set_rules(&world.admin, &changed).await.unwrap_err();
    let ServiceError::Conflict { current, .. } = late else { panic!("{late}") };
    assert_eq!(current["version"], back.version);
    assert!(!current.to_string().contains("s3cret"));

    let bad = AlertRule {
        warning: Some(95.0),
        for_seconds: -1,
        ..AlertRule::usual(AlertKind::HighConnectionUsage)
    };
    let asked = AlertRules { rules: vec![bad], webhook: Some("ftp://x".into()), version: 1 };
    let ServiceError::Validation(errors) =
        world.alerts.set_rules(&world.admin, &asked).await.unwrap_err()
    else {
        panic!()
    };
    let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "rules.high_connection_usage.critical",
            "rules.high_connection_usage.forSeconds",
            "webhook"
        ]
    );
}

#[tokio::test]
async fn every_server_learns_that_something_changed() {
    let world = World::hasty().await;
    let second = world.test.second_server().await;
    connected(second.events()).await;
    let mut events = second.events().subscribe();
    world.look(&connections(85)).await;
    health_changed(&mut events).await;
    let id = world.list(None).await[0].id;
    world.act(id, AlertChange::Acknowledge).await.unwrap();
    health_changed(&mut events).await;
}

async fn connected(events: &Events) {
    let wait = async {
        while !events.is_connected() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, wait).await.expect("it listens soon");
}

/// Passes over the notifications of the alert.
async fn health_changed(events: &mut Receiver<Event>) {
    let wait =
        async { while events.recv().await.expect("none is lost") != Event::HealthChanged {} };
    timeout(SOON, wait).await.expect("the other server learns of it");
}

#[tokio::test]
async fn failed_maintenance_is_told_until_it_succeeds() {
    let world = World::new().await;
    let mut owner = world.test.role("train_owner").await;
    let insert = |status: &str, ago: u32| {
        format!(
            "INSERT INTO public.maintenance_operations (operation_type, schema_name, table_name,
                statements, status, completed_at, error_message)
             VALUES ('vacuum', 'public', 't', '{{VACUUM}}', '{status}',
             now() - interval '{ago} minutes', 'no space')"
        )
    };
    run(&mut owner, &insert("completed", 9)).await;
    run(&mut owner, &insert("failed", 5)).await;
    world.look(&Observations::default()).await;
    let open = world.list(None).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (open[0].kind, open[0].cause.as_str()),
        (AlertKind::MaintenanceFailed, "The last vacuum of public.t failed: no space")
    );
    run(&mut owner, &insert("completed", 1)).await;
    world.look(&Observations::default()).await;
    assert_eq!(world.list(None).await, []);
}

#[tokio::test]
async fn metrics_tell_what_is_known() {
    let world = World::hasty().await;
    assert_eq!(world.alerts.metrics().await, "", "nothing was looked at yet");
    world.look(&connections(85)).await;
    let text = world.alerts.metrics().await;
    for line in [
        "train_database_alerts_open{severity=\"warning\"} 1",
        "train_database_alerts_open{severity=\"critical\"} 0",
        "train_postgres_connections_used 85",
        "train_postgres_connections_available 100",
        "train_postgres_deadlocks_total 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} in {text}");
    }
    assert!(
        text.contains("train_postgres_size_bytes ")
            && text.contains("train_postgres_oldest_transaction_seconds ")
    );
    assert!(!text.contains("cache_hit_ratio") && !text.contains("xid_share"), "not known: {text}");
    world.sql("UPDATE database_alert_rules SET checked_at = now() - interval '6 minutes'").await;
    let stale = world.alerts.metrics().await;
    assert!(
        stale.contains("train_database_checked_timestamp_seconds")
            && !stale.contains("connections_used"),
        "{stale}"
    );
}

/// What a receiver got, and how many of the next requests it refuses.
#[derive(Clone, Default)]
struct Hook {
    got: Arc<Mutex<Vec<(String, Value)>>>,
    refuses: Arc<AtomicUsize>,
}

impl Hook {
    /// Listens on a port of this machine; answers its address.
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook?token=s3cret")
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }
}

async fn receive(
    State(receiver): State<Hook>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::http::StatusCode {
    let refuse = receiver
        .refuses
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if refuse.is_ok() {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE;
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    receiver.got.lock().unwrap().push((key, serde_json::from_slice(&body).unwrap()));
    axum::http::StatusCode::NO_CONTENT
}

/// As if the pause after a failure were over.
const PAUSE_OVER: &str =
    "UPDATE database_alerts SET webhook_due_at = now() WHERE webhook_due_at IS NOT NULL";

#[tokio::test]
async fn the_webhook_is_told_once_whatever_fails() {
    let world = World::new().await;
    let receiver = Hook::default();
    let address = receiver.listen().await;
    world.change(AlertKind::HighConnectionUsage, |rule| rule.for_seconds = 0, Some(&address)).await;
    receiver.refuses.store(1, Ordering::SeqCst);
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;

    assert_eq!(world.alerts.deliver_due().await.unwrap(), 0, "refused");
    assert_eq!(world.alerts.deliver_due().await.unwrap(), 0, "not at once again");
    assert_eq!(receiver.got(), [""; 0]);
    world.sql(PAUSE_OVER).await;
    // Kept two days ahead by a clock that was wrong, it is due as well (issue 13, 1.5).
    world
        .sql(
            "UPDATE database_alerts SET webhook_due_at = now() + interval '2 days'
                WHERE webhook_due_at IS NOT NULL",
        )
        .await;
    // Both at once, and one that starts later: a server was stopped in between.
    let other = service(&world.test.second_server().await);
    let (one, two) = tokio::join!(apart(world.alerts.deliver_due()), apart(other.deliver_due()));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    world.sql(PAUSE_OVER).await;
    assert_eq!(service(&world.test.database).deliver_due().await.unwrap(), 0);
    assert_eq!(receiver.got(), [format!("{id}:warning")]);
    let told = receiver.got.lock().unwrap()[0].1.clone();
    assert_eq!(
        (told["event"].as_str(), told["delivery"].as_str()),
        (Some("database-alert"), Some(&*format!("{id}:warning")))
    );
    assert_eq!(
        (told["alert"]["kind"].as_str(), told["alert"]["severity"].as_str()),
        (Some("high_connection_usage"), Some("warning"))
    );
    assert!(!told.to_string().contains("s3cret"));

    world.look(&connections(95)).await;
    assert_eq!(world.alerts.deliver_due().await.unwrap(), 1);
    assert_eq!(receiver.got()[1..], [format!("{id}:critical")]);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_reached_is_tried_for_a_day() {
    let world = World::new().await;
    // A port where nobody listens: it was free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let address = format!("http://{free}/hook");
    world.change(AlertKind::HighConnectionUsage, |rule| rule.for_seconds = 0, Some(&address)).await;
    world.look(&connections(85)).await;
    let mut system = world.test.role("service_role").await;
    let stands = "SELECT webhook_attempts || ' ' ||
          coalesce(round(extract(epoch FROM webhook_due_at - now()) / 10)::text, 'never')
        FROM database_alerts";
    let mut pauses = Vec::new();
    for _ in 0..3 {
        assert_eq!(world.alerts.deliver_due().await.unwrap(), 0);
        pauses.extend(texts(&mut system, stands).await);
        world.sql(PAUSE_OVER).await;
    }
    assert_eq!(pauses, ["1 3", "2 6", "3 12"], "each pause is twice as long");
    world.sql("UPDATE database_alerts SET webhook_attempts = 29").await;
    world.alerts.deliver_due().await.unwrap();
    assert_eq!(texts(&mut system, stands).await, ["30 never"]);

    world.sql("UPDATE database_alerts SET webhook_due_at = now()").await;
    world.change(AlertKind::HighConnectionUsage, |_| {}, Some("http://127.0.0.1:1/other")).await;
    assert_eq!(
        texts(
            &mut system,
            "SELECT webhook_due_at::text FROM database_alerts WHERE webhook_due_at IS NOT NULL"
        )
        .await,
        [""; 0]
    );
}
