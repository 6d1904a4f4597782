//! When alerts are raised, as administrators set it.

use super::World;
use crate::support::{run, texts};
use train::{
    domain::database::{AlertKind, AlertRule, AlertRules, UsageLimits, default_rules},
    server::foundation::error::ServiceError,
};

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
async fn the_figures_are_shown_when_the_rules_cannot_be_read() {
    let world = World::new().await;
    let mut owner = world.test.role("train_owner").await;
    run(&mut owner, "ALTER TABLE public.database_alert_rules RENAME TO elsewhere").await;
    let overview = world.alerts.overview(&world.admin, true).await.unwrap();
    assert_eq!(overview.connection_limits, UsageLimits::default());
    assert!(overview.overview.value().is_some(), "{overview:?}");
    let connections = world.alerts.connections(&world.admin).await.unwrap();
    assert_eq!(connections.limits, UsageLimits::default());
    assert!(connections.usage.value().is_some(), "{connections:?}");
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
