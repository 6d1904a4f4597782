use super::{
    catalog::{FIELDS, field_at},
    changes::critical_changes,
    environment::{check_environment, from_environment},
    explain::{CHAINS, effective},
    layers::database_layers,
    save::{Rules, validate},
    values::Enforcement,
    *,
};
use crate::domain::{
    ai::models::{Catalog, Effort},
    field_error::FieldError,
    merge_patch::{get, leaves, overlay, set},
    money::Money,
    settings::exceeds,
};
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

mod effort;
mod layering;
mod saving;

fn object(value: Value) -> Overrides {
    value.as_object().cloned().unwrap()
}

fn today() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

fn rules() -> Rules<'static> {
    Rules { models: Catalog::built_in(), today: today() }
}

fn layers(environment: Value, organization: Value, person: Value) -> Layers {
    Layers {
        environment: object(environment),
        organization: object(organization),
        person: object(person),
        in_organization: false,
    }
}

fn member(organization: Overrides, person: Overrides) -> Layers {
    Layers { organization, person, in_organization: true, ..Layers::default() }
}

fn applied(layers: &Layers, ceilings: Value) -> Effective {
    effective(layers, &Ceilings(object(ceilings)), Catalog::built_in(), today())
}

#[test]
fn the_table_and_the_types_name_the_same_fields() {
    let typed = leaves(&AiConfig::defaults(Catalog::built_in()).to_json());
    let named: BTreeSet<_> = typed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(named, FIELDS.iter().map(|field| field.path).collect());
    for (path, value) in &typed {
        let field = field_at(path).unwrap();
        assert!(path.starts_with(&format!("{}.", field.section.value)));
        if !value.is_null() {
            assert_eq!(
                field.canonical(value).as_ref(),
                Ok(value),
                "{path} has another canonical form"
            );
        }
    }
    for (name, path) in ceilings::LIMITS {
        assert_eq!(field_at(path).map(|field| field.name()), Some(*name));
    }
    for path in CHAINS.iter().copied().flatten() {
        assert!(field_at(path).is_some(), "{path}");
    }
}

#[test]
fn the_defaults_are_those_of_the_specification() {
    let effective = applied(&Layers::default(), json!({}));
    assert_eq!(
        serde_json::to_value(&effective.config).unwrap(),
        json!({
            "model": {
                "model": "claude-sonnet-4-6", "temperature": 0.7, "maxTokens": 4096, "topP": null,
                "streaming": false, "effort": null,
            },
            "rateLimiting": {
                "requestsPerMinute": 50, "concurrentRequests": 3, "burstAllowance": 10,
            },
            "retryStrategy": {
                "maxRetries": 3, "backoffType": "exponential", "baseDelay": 1000, "maxDelay": 16000,
            },
            "costBudget": {
                "dailyBudget": 100,
                "weeklyBudget": 500,
                "monthlyBudget": 2000,
                "alertThresholds": [0.5, 0.75, 0.9],
                "enforcement": "block",
            },
            "apiKeys": {"rotationSchedule": "manual"},
            "timeouts": {
                "connectionTimeout": 10000, "generationTimeout": 60000,
                "totalRequestTimeout": 120000,
            },
        })
    );
    assert!(
        effective.explain.values().all(|why| why.layer == Layer::Default && why.clamped.is_none())
    );
}

#[test]
fn each_field_takes_its_ends_and_refuses_what_lies_beyond() {
    for (path, good, bad) in [
        (
            "model.temperature",
            vec![json!(0), json!(1), json!(0.35)],
            vec![json!(1.05), json!(-0.05), json!(0.33), json!("0.5")],
        ),
        ("model.maxTokens", vec![json!(1), json!(4096.0)], vec![json!(0), json!(1.5), json!("1")]),
        (
            "model.model",
            vec![json!("claude-opus-5")],
            vec![json!(""), json!("two words"), json!(5)],
        ),
        ("model.streaming", vec![json!(true)], vec![json!("true"), json!(1)]),
        (
            "model.effort",
            vec![json!("low"), json!("xhigh")],
            vec![json!("Low"), json!("most"), json!(1)],
        ),
        ("rateLimiting.burstAllowance", vec![json!(0)], vec![json!(-1)]),
        ("retryStrategy.maxRetries", vec![json!(0), json!(10)], vec![json!(11)]),
        ("retryStrategy.backoffType", vec![json!("linear")], vec![json!("Linear"), json!("none")]),
        ("retryStrategy.maxDelay", vec![json!(300_000)], vec![json!(300_001)]),
        (
            "costBudget.dailyBudget",
            vec![json!(0), json!(0.000001), json!(99.99)],
            vec![json!(-1), json!(0.0000001), json!(1e9), json!("5")],
        ),
        (
            "costBudget.alertThresholds",
            vec![json!([1]), json!([0.1, 0.9])],
            vec![
                json!([]),
                json!([0]),
                json!([0.5, 0.5]),
                json!([0.9, 0.5]),
                json!([1.01]),
                json!(0.5),
            ],
        ),
        ("costBudget.enforcement", vec![json!("alert")], vec![json!("off")]),
        (
            "timeouts.connectionTimeout",
            vec![json!(1000), json!(60_000)],
            vec![json!(999), json!(60_001)],
        ),
        ("timeouts.totalRequestTimeout", vec![json!(900_000)], vec![json!(900_001)]),
    ] {
        let field = field_at(path).unwrap();
        for value in good {
            assert!(field.canonical(&value).is_ok(), "{path} {value}");
        }
        for value in bad {
            let sentence = field.canonical(&value).unwrap_err();
            assert!(
                sentence.starts_with(field.label) && sentence.contains(" must be "),
                "{path} {value}: {sentence}"
            );
        }
    }
    assert_eq!(field_at("costBudget.dailyBudget").unwrap().display(&json!(0.5)), "$0.50");
    assert_eq!(
        field_at("costBudget.alertThresholds").unwrap().display(&json!([0.5, 0.75])),
        "50 %, 75 %"
    );
}

#[test]
fn the_environment_sets_what_it_names() {
    let set: HashMap<&str, &str> = [
        ("ANTHROPIC_MODEL", "claude-opus-4-5"),
        ("ANTHROPIC_TEMPERATURE", " 0.5 "),
        ("ANTHROPIC_MAX_TOKENS", "8000"),
        ("ANTHROPIC_TOP_P", ""),
        ("ANTHROPIC_STREAMING", "yes"),
        ("ANTHROPIC_EFFORT", "Low"),
        ("ANTHROPIC_REQUESTS_PER_MINUTE", "5"),
        ("ANTHROPIC_BACKOFF_TYPE", "Linear"),
        ("ANTHROPIC_DAILY_BUDGET", "0.10"),
        ("ANTHROPIC_ALERT_THRESHOLDS", "0.5, 1"),
        ("ANTHROPIC_API_KEY", "sk-ant-secret"),
    ]
    .into();
    let read = from_environment(|name| set.get(name).map(|text| (*text).to_owned())).unwrap();
    assert_eq!(
        Value::Object(read.clone()),
        json!({
            "model": {
                "model": "claude-opus-4-5", "temperature": 0.5, "maxTokens": 8000,
                "streaming": true, "effort": "low",
            },
            "rateLimiting": {"requestsPerMinute": 5},
            "retryStrategy": {"backoffType": "linear"},
            "costBudget": {"dailyBudget": 0.1, "alertThresholds": [0.5, 1.0]},
        })
    );
    assert_eq!(check_environment(&read, rules()), Ok(()));
}

#[test]
fn a_bad_variable_is_named_with_what_is_allowed_and_without_its_value() {
    for (name, text, allowed) in [
        ("ANTHROPIC_TEMPERATURE", "hot", "0 to 1"),
        ("ANTHROPIC_MAX_TOKENS", "-4", "whole number"),
        ("ANTHROPIC_STREAMING", "maybe", "true or false"),
        ("ANTHROPIC_ENFORCEMENT", "sk-ant-secret", "block, alert"),
        ("ANTHROPIC_ALERT_THRESHOLDS", "0.9,0.5", "ascending"),
        ("ANTHROPIC_DAILY_BUDGET", "$5", "US dollars"),
    ] {
        let error = from_environment(|asked| (asked == name).then(|| text.to_owned())).unwrap_err();
        assert_eq!(error.variable, name);
        assert!(
            error.to_string().contains(allowed) && !error.to_string().contains(text),
            "{error}"
        );
    }
    for (values, variable) in [
        (json!({"model": {"model": "claude-9"}}), "ANTHROPIC_MODEL"),
        (json!({"model": {"model": "claude-3-opus-20240229"}}), "ANTHROPIC_MODEL"),
        (json!({"costBudget": {"dailyBudget": 600}}), "ANTHROPIC_DAILY_BUDGET"),
        (json!({"model": {"maxTokens": 200_000}}), "ANTHROPIC_MAX_TOKENS"),
        (json!({"model": {"effort": "xhigh"}}), "ANTHROPIC_EFFORT"),
    ] {
        assert_eq!(check_environment(&object(values), rules()).unwrap_err().variable, variable);
    }
}

#[test]
fn names_of_configurations_are_trimmed_and_bounded() {
    assert_eq!(check_config_name("  Night shift "), Ok("Night shift".into()));
    assert!(check_config_name(&"ß".repeat(100)).is_ok());
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        assert!(check_config_name(name).is_err(), "{name:?}");
    }
}

#[test]
fn critical_changes_are_those_that_cost_or_unlock() {
    let before = AiConfig::defaults(Catalog::built_in());
    let mut after = before.clone();
    after.model.model = "claude-opus-5".into();
    after.rate_limiting.requests_per_minute += 1;
    after.rate_limiting.concurrent_requests += 1;
    after.rate_limiting.burst_allowance += 1;
    after.retry_strategy.max_retries += 1;
    after.cost_budget.daily_budget = Money::from_dollars(200);
    after.cost_budget.weekly_budget = Money::from_dollars(300);
    after.cost_budget.enforcement = values::Enforcement::Alert;
    let changes = |before: &AiConfig, after: &AiConfig| {
        critical_changes(before, after, Catalog::built_in(), today())
    };
    let paths = |before: &AiConfig, after: &AiConfig| -> Vec<String> {
        changes(before, after).into_iter().map(|change| change.path).collect()
    };
    let raised = [
        "model.model",
        "rateLimiting.requestsPerMinute",
        "rateLimiting.concurrentRequests",
        "retryStrategy.maxRetries",
        "costBudget.dailyBudget",
        "costBudget.enforcement",
    ];
    assert_eq!(paths(&before, &after), raised);
    assert_eq!(paths(&after, &before), ["model.model", "costBudget.weeklyBudget"]);
    assert_eq!(changes(&before, &after)[4].after, "$200.00");
    assert!(changes(&before, &before).is_empty());
}

#[test]
fn another_model_is_told_of_with_its_prices_and_its_end() {
    let mut before = AiConfig::defaults(Catalog::built_in());
    let mut after = before.clone();
    let told = |before: &AiConfig, after: &AiConfig| -> Vec<String> {
        let changes = critical_changes(before, after, Catalog::built_in(), today());
        changes.into_iter().map(|change| change.message).collect()
    };
    before.model.model = "claude-sonnet-4-6".into();
    after.model.model = "claude-opus-5".into();
    assert_eq!(told(&before, &after), ["Another model writes differently and has other prices."]);
    after.model.model = "claude-sonnet-4-5-20250929".into();
    let sentences = told(&before, &after);
    assert_eq!(sentences[0], "Another model writes differently.", "it costs the same");
    assert!(sentences[1].contains("retires in 7 days, on 30 Nov 2026."), "{sentences:?}");
}

#[test]
fn a_key_never_shows_in_what_a_request_prints() {
    let body = json!({"newPrimaryKey": "sk-ant-api03-topsecret", "graceHours": 2});
    let rotate: views::RotateKeyRequest = serde_json::from_value(body).unwrap();
    assert_eq!(rotate.new_primary_key.expose(), "sk-ant-api03-topsecret");
    assert!(!format!("{rotate:?}").contains("topsecret"));
    let test: views::TestKeyRequest =
        serde_json::from_value(json!({"key": "sk-ant-api03-topsecret"})).unwrap();
    assert!(!format!("{test:?}").contains("topsecret"));
    assert!(serde_json::from_value::<views::TestKeyRequest>(json!({})).unwrap().key.is_none());
}
