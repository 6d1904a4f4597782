//! Alerts from what was observed to who is told: on a real database, with real roles, several
//! servers and a real receiver.

mod acting;
mod rules;
mod webhook;

use crate::support::{TestDatabase, run, texts};
use chrono::Utc;
use std::time::Duration;
use tokio::{sync::broadcast::Receiver, time::timeout};
use train::{
    domain::database::{
        Alert, AlertChange, AlertKind, AlertQuery, AlertRequest, AlertRule, AlertState, Panel,
        Severity, Usage,
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
