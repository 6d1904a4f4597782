//! What a save accepts, and what it says when it does not.

use super::*;

fn save(layers: &Layers, patch: Value) -> Result<Value, Vec<FieldError>> {
    validate(layers, Layer::Person, &AiPatch(object(patch)), rules()).map(Value::Object)
}

fn wrong(layers: &Layers, patch: Value) -> BTreeSet<String> {
    save(layers, patch).unwrap_err().into_iter().map(|error| error.path).collect()
}

fn paths<const N: usize>(paths: [&str; N]) -> BTreeSet<String> {
    paths.map(String::from).into()
}

fn own(person: Value) -> Layers {
    layers(json!({}), json!({}), person)
}

#[test]
fn a_patch_keeps_what_it_does_not_name_and_null_inherits() {
    let before = own(json!({"model": {"temperature": 0.5, "streaming": true}}));
    assert_eq!(
        save(
            &before,
            json!({"model": {"temperature": null}, "rateLimiting": {"burstAllowance": 3.0}})
        )
        .unwrap(),
        json!({"model": {"streaming": true}, "rateLimiting": {"burstAllowance": 3}})
    );
    assert_eq!(save(&before, json!({"model": null})).unwrap(), json!({}));
}

#[test]
fn everything_wrong_is_told_at_once_fields_and_rules_together() {
    let patch = json!({
        "model": {"temperature": 2, "maxTokens": 500_000, "nope": 1},
        "costBudget": {"dailyBudget": 600},
        "timeouts": 5,
        "model.model": "claude-opus-5",
        "apiKey": "sk-ant-secret",
    });
    assert_eq!(
        wrong(&own(json!({})), patch),
        paths([
            "model.temperature",
            "model.maxTokens",
            "model.nope",
            "costBudget.dailyBudget",
            "timeouts",
            "model.model",
            "apiKey"
        ])
    );
}

#[test]
fn budgets_delays_and_timeouts_stand_in_their_order() {
    let none = own(json!({}));
    let error = save(&none, json!({"costBudget": {"dailyBudget": 600}})).unwrap_err().remove(0);
    assert_eq!(
        error.message,
        "Daily budget ($600.00) must be at most the weekly budget ($500.00)."
    );
    assert!(save(&none, json!({"costBudget": {"dailyBudget": 600, "weeklyBudget": 600}})).is_ok());
    assert_eq!(
        wrong(&none, json!({"costBudget": {"monthlyBudget": 10}})),
        paths(["costBudget.monthlyBudget"])
    );
    assert_eq!(
        wrong(&none, json!({"retryStrategy": {"baseDelay": 20_000}})),
        paths(["retryStrategy.baseDelay"])
    );
    assert_eq!(
        wrong(&none, json!({"timeouts": {"totalRequestTimeout": 30_000}})),
        paths(["timeouts.totalRequestTimeout"])
    );
    assert_eq!(
        wrong(
            &own(json!({"costBudget": {"dailyBudget": 600, "weeklyBudget": 700}})),
            json!({"costBudget": {"weeklyBudget": null}})
        ),
        paths(["costBudget.weeklyBudget"]),
        "going back to inherited is held against the rule too"
    );
}

#[test]
fn a_rule_broken_from_below_does_not_stop_other_saves() {
    let locked = layers(
        json!({}),
        json!({
            "costBudget": {"weeklyBudget": 50},
            "model": {"maxTokens": 100_000, "temperature": 0.5},
        }),
        json!({
            "costBudget": {"dailyBudget": 80},
            "model": {"topP": 0.9, "model": "claude-3-opus-20240229"},
        }),
    );
    assert!(save(&locked, json!({"model": {"streaming": true}})).is_ok());
    assert!(save(&locked, json!({"costBudget": {"enforcement": "alert"}})).is_ok());
    assert_eq!(
        wrong(&locked, json!({"costBudget": {"dailyBudget": 70}})),
        paths(["costBudget.dailyBudget"])
    );
    // An organization's save is not held against what its members chose.
    let patch = AiPatch(object(json!({"costBudget": {"dailyBudget": 20}})));
    assert!(validate(&locked, Layer::Organization, &patch, rules()).is_ok());
}

#[test]
fn a_model_must_be_known_and_alive() {
    let none = own(json!({}));
    assert_eq!(wrong(&none, json!({"model": {"model": "claude-9"}})), paths(["model.model"]));
    let error = save(&none, json!({"model": {"model": "claude-3-5-sonnet-20241022"}}))
        .unwrap_err()
        .remove(0);
    assert!(
        error.message.contains("was retired") && error.message.contains("Claude Sonnet 4.6"),
        "{}",
        error.message
    );
    assert!(
        save(&none, json!({"model": {"model": "claude-sonnet-4-5-20250929"}})).is_ok(),
        "it still works for a week"
    );
    assert_eq!(
        wrong(&none, json!({"model": {"model": "claude-haiku-4-5", "maxTokens": 64_001}})),
        paths(["model.maxTokens"])
    );
    assert_eq!(
        wrong(
            &own(json!({"model": {"maxTokens": 100_000}})),
            json!({"model": {"model": "claude-haiku-4-5"}})
        ),
        paths(["model.maxTokens"])
    );
    let inherited = layers(json!({}), json!({"model": {"maxTokens": 100_000}}), json!({}));
    assert!(
        save(&inherited, json!({"model": {"model": "claude-haiku-4-5"}})).is_ok(),
        "an inherited limit gives way"
    );
}

#[test]
fn sampling_is_refused_only_where_it_is_explicitly_set() {
    let none = own(json!({}));
    assert!(
        save(&none, json!({"model": {"topP": 0.9}})).is_ok(),
        "the default temperature gives way"
    );
    assert_eq!(
        wrong(&none, json!({"model": {"topP": 0.9, "temperature": 0.5}})),
        paths(["model.topP"])
    );
    let warm = own(json!({"model": {"temperature": 0.5}}));
    assert_eq!(wrong(&warm, json!({"model": {"topP": 0.9}})), paths(["model.topP"]));
    assert!(save(&warm, json!({"model": {"topP": 0.9, "temperature": null}})).is_ok());
    assert!(
        save(&warm, json!({"model": {"model": "claude-opus-5"}})).is_ok(),
        "an older choice is simply not sent"
    );
    assert_eq!(
        wrong(&none, json!({"model": {"model": "claude-opus-5", "temperature": 0.5, "topP": 1}})),
        paths(["model.temperature", "model.topP"])
    );
    let organization = layers(json!({}), json!({"model": {"temperature": 0.5}}), json!({}));
    assert!(
        save(&organization, json!({"model": {"topP": 0.9}})).is_ok(),
        "the person's choice hides the organization's"
    );
}

#[test]
fn an_effort_that_the_model_does_not_take_is_refused_and_an_older_one_is_not() {
    let none = own(json!({}));
    assert!(save(&none, json!({"model": {"effort": "max"}})).is_ok());
    assert_eq!(wrong(&none, json!({"model": {"effort": "xhigh"}})), paths(["model.effort"]));
    let haiku = own(json!({"model": {"model": "claude-haiku-4-5"}}));
    assert_eq!(wrong(&haiku, json!({"model": {"effort": "low"}})), paths(["model.effort"]));
    assert_eq!(
        wrong(&haiku, json!({"model": {"model": "claude-opus-4-5", "effort": "max"}})),
        paths(["model.effort"]),
        "together with the model that it is for"
    );
    let deep = own(json!({"model": {"model": "claude-opus-5", "effort": "xhigh"}}));
    assert!(save(&deep, json!({"model": {"model": "claude-haiku-4-5"}})).is_ok());
    assert!(save(&deep, json!({"model": {"effort": null}})).is_ok());
    let sentence = |patch: Value| {
        let errors = validate(&none, Layer::Person, &AiPatch(object(patch)), rules());
        errors.unwrap_err()[0].message.clone()
    };
    assert_eq!(
        sentence(json!({"model": {"model": "claude-haiku-4-5", "effort": "low"}})),
        "Claude Haiku 4.5 takes no effort. Leave it out."
    );
    assert_eq!(
        sentence(json!({"model": {"effort": "xhigh"}})),
        "Claude Sonnet 4.6 takes the efforts low, medium, high and max. Choose one of them."
    );
}

#[test]
fn ceilings_are_held_against_their_own_rules() {
    let plan = |before: Value, patch: Value| {
        Ceilings(object(before)).plan(&CeilingPatch(object(patch)), Catalog::built_in())
    };
    let next = plan(
        json!({"dailyBudget": 10}),
        json!({
            "dailyBudget": null,
            "maxTokens": 4096,
            "allowedModels": ["claude-opus-5", "claude-opus-5"],
        }),
    );
    assert_eq!(
        Value::Object(next.unwrap().0),
        json!({"maxTokens": 4096, "allowedModels": ["claude-opus-5"]})
    );
    let errors = |before, patch| {
        plan(before, patch)
            .unwrap_err()
            .into_iter()
            .map(|error| error.path)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        errors(json!({}), json!({"maxTokens": 0, "allowedModels": [], "speed": 5})),
        paths(["maxTokens", "allowedModels", "speed"])
    );
    assert_eq!(errors(json!({}), json!({"allowedModels": ["claude-9"]})), paths(["allowedModels"]));
    assert_eq!(
        errors(json!({"monthlyBudget": 10}), json!({"dailyBudget": 20})),
        paths(["dailyBudget"])
    );
}

proptest! {
    #[test]
    fn what_is_saved_applies_as_it_stands(
        daily in 0..800u32, weekly in 0..800u32, tokens in 1..200_000u32, temperature in 0..=20u32,
        model in prop_oneof![
            Just("claude-opus-5"), Just("claude-haiku-4-5"), Just("claude-sonnet-4-6"),
        ],
    ) {
        let patch = json!({
            "model": {
                "model": model,
                "maxTokens": tokens,
                "temperature": f64::from(temperature) / 20.0,
            },
            "costBudget": {"dailyBudget": daily, "weeklyBudget": weekly},
        });
        if let Ok(saved) = save(&own(json!({})), patch) {
            let effective = applied(&own(saved), json!({}));
            let explain = effective.explain;
            prop_assert!(explain.values().all(|why| why.clamped.is_none()), "{:?}", explain);
        }
    }

    #[test]
    fn never_panics_on_any_patch(
        key in "[a-zA-Z.]{0,20}", number in any::<f64>(), text in "\\PC{0,40}",
    ) {
        for value in [
            json!(number), json!(text), json!([number]), json!({"x": text}), json!(null),
        ] {
            let (key, patched) = (key.clone(), value.clone());
            let patch = json!({key.clone(): patched, "model": {key: patched}});
            let _ = save(&own(json!({})), patch);
            for field in FIELDS {
                let _ = field.canonical(&value).map(|value| field.display(&value));
            }
        }
    }
}
