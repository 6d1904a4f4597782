//! What applies, and why.

use super::*;

#[test]
fn every_layer_counts_field_by_field_and_says_what_it_hides() {
    let layers = layers(
        json!({"model": {"maxTokens": 1000}, "rateLimiting": {"requestsPerMinute": 40}}),
        json!({"rateLimiting": {"requestsPerMinute": 30, "burstAllowance": 5}}),
        json!({"rateLimiting": {"requestsPerMinute": 20}}),
    );
    let effective = applied(&layers, json!({}));
    assert_eq!(
        effective.config.rate_limiting,
        values::RateLimiting {
            requests_per_minute: 20,
            concurrent_requests: 3,
            burst_allowance: 5
        }
    );
    let why = &effective.explain["rateLimiting.requestsPerMinute"];
    let hidden: Vec<_> =
        why.shadows.iter().map(|shadow| (shadow.layer, shadow.value.clone())).collect();
    assert_eq!(why.layer, Layer::Person);
    assert_eq!(
        hidden,
        [
            (Layer::Organization, json!(30)),
            (Layer::Environment, json!(40)),
            (Layer::Default, json!(50))
        ]
    );
    assert_eq!(effective.explain["model.maxTokens"].layer, Layer::Environment);
    assert_eq!(effective.explain["rateLimiting.burstAllowance"].layer, Layer::Organization);
}

#[test]
fn ceilings_clamp_and_both_values_are_shown() {
    let layers = layers(
        json!({}),
        json!({}),
        json!({"costBudget": {"dailyBudget": 80}, "rateLimiting": {"burstAllowance": 2}}),
    );
    let effective = applied(
        &layers,
        json!({"dailyBudget": 50.5, "burstAllowance": 4, "requestsPerMinute": 10}),
    );
    assert_eq!(effective.config.cost_budget.daily_budget, Money::parse_usd("50.5").unwrap());
    let clamp = effective.explain["costBudget.dailyBudget"].clamped.clone().unwrap();
    assert_eq!(
        (clamp.by, clamp.unclamped, clamp.unclamped_layer),
        (ClampedBy::Ceiling, json!(80), Layer::Person)
    );
    assert_eq!(clamp.message, "The organization allows at most $50.50.");
    assert_eq!(effective.config.rate_limiting.burst_allowance, 2, "below the ceiling it stays");
    assert!(effective.explain["rateLimiting.burstAllowance"].clamped.is_none());
    assert_eq!(
        effective.config.rate_limiting.requests_per_minute, 10,
        "the default is held as well"
    );
}

#[test]
fn an_enforcement_that_would_loosen_the_organizations_is_clamped_and_says_so() {
    let alert = || json!({"costBudget": {"enforcement": "alert"}});
    let held = |organization: Value, person: Value, ceilings: Value, in_organization: bool| {
        let layers = Layers { in_organization, ..layers(json!({}), organization, person) };
        let effective = applied(&layers, ceilings);
        let clamp = effective.explain["costBudget.enforcement"].clamped.clone();
        (effective.config.cost_budget.enforcement, clamp)
    };
    let (enforcement, clamp) = held(json!({}), alert(), json!({}), true);
    let clamp = clamp.expect("it is explained");
    assert_eq!((enforcement, clamp.by), (Enforcement::Block, ClampedBy::Organization));
    assert_eq!((clamp.unclamped, clamp.unclamped_layer), (json!("alert"), Layer::Person));
    assert!(clamp.message.contains("cannot loosen"), "{}", clamp.message);
    // The organization itself may choose to be warned; then its people may be as well.
    assert_eq!(held(alert(), alert(), json!({}), true), (Enforcement::Alert, None));
    assert_eq!(held(json!({}), alert(), json!({}), false), (Enforcement::Alert, None));
    // But a ceiling is passed by nobody.
    let (enforcement, clamp) = held(alert(), json!({}), json!({"weeklyBudget": 5}), true);
    assert_eq!((enforcement, clamp.unwrap().by), (Enforcement::Block, ClampedBy::Ceiling));
    let (enforcement, clamp) = held(alert(), json!({}), json!({"maxTokens": 5}), true);
    assert_eq!((enforcement, clamp), (Enforcement::Alert, None), "no ceiling of money");
}

#[test]
fn a_model_that_is_not_allowed_gives_way() {
    let person = json!({"model": {"model": "claude-opus-5"}});
    let model = |environment: Value, allowed: Value| {
        let effective = applied(
            &layers(environment, json!({}), person.clone()),
            json!({"allowedModels": allowed}),
        );
        let why = effective.explain["model.model"].clone();
        (effective.config.model.model, why.layer, why.clamped.map(|clamp| clamp.unclamped))
    };
    let was = Some(json!("claude-opus-5"));
    assert_eq!(
        model(json!({}), json!(["claude-opus-5"])),
        ("claude-opus-5".into(), Layer::Person, None)
    );
    assert_eq!(
        model(
            json!({"model": {"model": "claude-haiku-4-5"}}),
            json!(["claude-sonnet-4-6", "claude-haiku-4-5"])
        ),
        ("claude-haiku-4-5".into(), Layer::Environment, was.clone())
    );
    assert_eq!(
        model(json!({}), json!(["claude-sonnet-4-6"])),
        ("claude-sonnet-4-6".into(), Layer::Default, was.clone())
    );
    assert_eq!(
        model(json!({}), json!(["claude-3-opus-20240229", "claude-sonnet-5"])),
        ("claude-sonnet-5".into(), Layer::Organization, was),
        "the first allowed one that still works"
    );
}

#[test]
fn only_the_sampling_that_the_model_takes_is_left() {
    let sampling = |organization: Value, person: Value| {
        let effective = applied(
            &layers(json!({}), json!({"model": organization}), json!({"model": person})),
            json!({}),
        );
        let clamped = ["model.temperature", "model.topP"]
            .map(|path| effective.explain[path].clamped.is_some());
        (effective.config.model.temperature, effective.config.model.top_p, clamped)
    };
    let none = "claude-opus-5";
    assert_eq!(
        sampling(json!({}), json!({"model": none})),
        (None, None, [false, false]),
        "a default is not clamped"
    );
    assert_eq!(
        sampling(json!({"temperature": 0.5}), json!({"model": none})),
        (None, None, [true, false])
    );
    assert_eq!(
        sampling(json!({}), json!({"topP": 0.9})),
        (None, Some(0.9), [false, false]),
        "instead of the default"
    );
    assert_eq!(
        sampling(json!({"temperature": 0.5}), json!({"topP": 0.9})),
        (None, Some(0.9), [true, false])
    );
    assert_eq!(
        sampling(json!({"topP": 0.9}), json!({"temperature": 0.5})),
        (Some(0.5), None, [false, true])
    );
    assert_eq!(
        sampling(json!({}), json!({"temperature": 0.5, "topP": 0.9})),
        (Some(0.5), None, [false, true])
    );
    let both = "claude-3-opus-20240229";
    assert_eq!(
        sampling(json!({"topP": 0.9}), json!({"model": both})),
        (Some(0.7), Some(0.9), [false, false])
    );
    let unknown = "claude-9";
    assert_eq!(sampling(json!({}), json!({"model": unknown})), (None, None, [false, false]));
}

#[test]
fn inherited_values_that_do_not_fit_together_give_way_downwards() {
    let effective = applied(
        &layers(
            json!({}),
            json!({"costBudget": {"monthlyBudget": 30}}),
            json!({"costBudget": {"dailyBudget": 80}}),
        ),
        json!({}),
    );
    let budget = &effective.config.cost_budget;
    assert_eq!(
        [budget.daily_budget, budget.weekly_budget, budget.monthly_budget],
        [Money::from_dollars(30); 3]
    );
    let clamp = effective.explain["costBudget.dailyBudget"].clamped.clone().unwrap();
    assert_eq!((clamp.by, clamp.unclamped), (ClampedBy::Rule, json!(80)));
    let small = applied(
        &layers(
            json!({}),
            json!({}),
            json!({"model": {"model": "claude-haiku-4-5", "maxTokens": 100_000}}),
        ),
        json!({}),
    );
    assert_eq!(small.config.model.max_tokens, 64_000);
    assert_eq!(small.explain["model.maxTokens"].clamped.clone().unwrap().by, ClampedBy::Model);
}

#[test]
fn what_no_longer_reads_counts_as_not_set() {
    let effective = applied(
        &layers(
            json!({}),
            json!({}),
            json!({"model": {"maxTokens": "many", "old": 1}, "timeouts": 5}),
        ),
        json!({"dailyBudget": "x"}),
    );
    assert_eq!(effective.config, applied(&Layers::default(), json!({})).config);
}

#[test]
fn retirement_is_told_with_the_configuration() {
    let pinned =
        layers(json!({}), json!({}), json!({"model": {"model": "claude-sonnet-4-5-20250929"}}));
    assert_eq!(applied(&pinned, json!({})).retirement.unwrap().days_left, 7);
    assert_eq!(applied(&Layers::default(), json!({})).retirement, None);
}

#[test]
fn the_database_layers_are_merged_and_held_alone() {
    let organization = object(json!({
        "model": {"model": "claude-opus-5"},
        "costBudget": {"dailyBudget": 80, "alertThresholds": [0.5, 0.6]},
    }));
    let person = object(json!({
        "costBudget": {"alertThresholds": [0.9]},
        "rateLimiting": {"requestsPerMinute": 20},
    }));
    let ceilings = Ceilings(object(json!({
        "dailyBudget": 50,
        "weeklyBudget": 60,
        "requestsPerMinute": 30,
        "allowedModels": ["claude-sonnet-4-6"],
    })));
    assert_eq!(
        Value::Object(database_layers(&member(organization, person), &ceilings)),
        json!({
            "costBudget": {"dailyBudget": 50, "alertThresholds": [0.9]},
            "rateLimiting": {"requestsPerMinute": 20},
        })
    );
    assert_eq!(
        database_layers(&member(Map::new(), Map::new()), &ceilings),
        Map::new(),
        "a ceiling sets nothing by itself"
    );
}

/// Sparse layers with allowed values.
fn sparse() -> impl Strategy<Value = Overrides> {
    let models = prop_oneof![
        Just("claude-opus-5"),
        Just("claude-haiku-4-5"),
        Just("claude-sonnet-4-6"),
        Just("claude-9")
    ];
    let field = prop_oneof![
        models.prop_map(|id| ("model.model", json!(id))),
        (0..=20u32).prop_map(|step| ("model.temperature", json!(f64::from(step) / 20.0))),
        (0..=20u32).prop_map(|step| ("model.topP", json!(f64::from(step) / 20.0))),
        (1..200_000u32).prop_map(|tokens| ("model.maxTokens", json!(tokens))),
        proptest::sample::select(Effort::ALL.to_vec())
            .prop_map(|effort| ("model.effort", json!(effort))),
        (0..3000u32).prop_map(|dollars| ("costBudget.dailyBudget", json!(dollars))),
        (0..3000u32).prop_map(|cents| (
            "costBudget.weeklyBudget",
            Value::Number(Money::from_nanos(i64::from(cents) * 10_000_000).to_json_usd())
        )),
        (0..3000u32).prop_map(|dollars| ("costBudget.monthlyBudget", json!(dollars))),
        (1..100u32).prop_map(|requests| ("rateLimiting.requestsPerMinute", json!(requests))),
        (1000..60_000u32).prop_map(|ms| ("timeouts.generationTimeout", json!(ms))),
        (1000..60_000u32).prop_map(|ms| ("timeouts.connectionTimeout", json!(ms))),
        (0..60_000u32).prop_map(|ms| ("retryStrategy.baseDelay", json!(ms))),
        any::<bool>().prop_map(|blocks| {
            ("costBudget.enforcement", json!(if blocks { "block" } else { "alert" }))
        }),
    ];
    proptest::collection::vec(field, 0..8).prop_map(|fields| {
        let mut values = Map::new();
        for (path, value) in fields {
            set(&mut values, path, value);
        }
        values
    })
}

fn some_ceilings() -> impl Strategy<Value = Ceilings> {
    let budget = proptest::option::of(0..500u32);
    let allowed = proptest::option::of(Just(vec!["claude-haiku-4-5", "claude-sonnet-4-6"]));
    (budget, proptest::option::of(1..50u32), allowed).prop_map(|(daily, rate, allowed)| {
        let mut ceilings = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            value.map(|value| ceilings.insert(name.into(), value))
        };
        put("dailyBudget", daily.map(Value::from));
        put("requestsPerMinute", rate.map(Value::from));
        put("allowedModels", allowed.map(Value::from));
        Ceilings(ceilings)
    })
}

proptest! {
    #[test]
    fn what_applies_always_keeps_every_rule(
        environment in sparse(), organization in sparse(), person in sparse(),
        ceilings in some_ceilings(),
    ) {
        let layers = Layers { environment, organization, person, in_organization: true };
        let effective = effective(&layers, &ceilings, Catalog::built_in(), today());
        let values = effective.config.to_json();
        for (path, value) in leaves(&values) {
            let why = &effective.explain[&path];
            prop_assert_eq!(&why.value, &value, "the explanation and the types agree on {}", path);
        }
        for pair in CHAINS.iter().flat_map(|chain| chain.windows(2)) {
            prop_assert!(!exceeds(get(&values, pair[0]).unwrap(), get(&values, pair[1]).unwrap()));
        }
        for (path, _, limit) in ceilings.limits() {
            prop_assert!(!exceeds(get(&values, path).unwrap(), limit));
        }
        prop_assert!(ceilings.allows_model(&effective.config.model.model));
        let model = Catalog::built_in().get(&effective.config.model.model);
        let chosen = &effective.config.model;
        let sent = (chosen.temperature.is_some(), chosen.top_p.is_some());
        let taken = match model.map(|model| model.sampling) {
            Some(crate::domain::ai::models::Sampling::OneOf) => sent != (true, true),
            _ => sent == (false, false),
        };
        prop_assert!(taken);
        let offered = model.map(|model| model.efforts.clone()).unwrap_or_default();
        prop_assert!(chosen.effort.is_none_or(|effort| offered.contains(&effort)));
    }

    #[test]
    fn issue_13_2_3_nobody_loosens_the_enforcement_of_their_organization(
        environment in sparse(),
        organization in sparse(),
        person in sparse(),
        ceilings in some_ceilings(),
    ) {
        let applied = |layers: &Layers, ceilings: &Ceilings| {
            effective(layers, ceilings, Catalog::built_in(), today()).config.cost_budget.enforcement
        };
        let layers = Layers { environment, organization, person, in_organization: true };
        let theirs = applied(&layers.of_organization(), &Ceilings::default());
        let own = applied(&layers, &ceilings);
        if theirs == Enforcement::Block || ceilings.hold_budgets() {
            prop_assert_eq!(own, Enforcement::Block);
        }
        // Whoever is alone decides alone.
        let alone = Layers { in_organization: false, organization: Map::new(), ..layers };
        if let Some(chosen) = get(&alone.person, "costBudget.enforcement") {
            let alone = applied(&alone, &Ceilings::default());
            prop_assert_eq!(serde_json::to_value(alone).unwrap(), chosen.clone());
        }
    }

    #[test]
    fn an_unclamped_value_is_that_of_the_highest_layer_that_sets_it(
        environment in sparse(), organization in sparse(), person in sparse(),
    ) {
        let layers = Layers { environment, organization, person, in_organization: true };
        let merged = overlay(&overlay(&layers.environment, &layers.organization), &layers.person);
        let effective = effective(&layers, &Ceilings::default(), Catalog::built_in(), today());
        for (path, value) in leaves(&merged) {
            let why = &effective.explain[&path];
            let set_value = why.clamped.as_ref().map_or(&why.value, |clamp| &clamp.unclamped);
            prop_assert_eq!(set_value, &value, "{}", path);
        }
    }

    #[test]
    fn the_database_layers_never_exceed_a_ceiling_and_add_nothing(
        organization in sparse(), person in sparse(), ceilings in some_ceilings(),
    ) {
        let merged = overlay(&organization, &person);
        let held = database_layers(&member(organization, person), &ceilings);
        for (path, value) in leaves(&held) {
            let limit = ceilings.limits().find(|(limited, _, _)| *limited == path);
            let limit = limit.map(|(_, _, limit)| limit);
            let set_value = get(&merged, &path);
            let tightened = path == "costBudget.enforcement" && value == "block";
            prop_assert!(set_value == Some(&value) || limit == Some(&value) || tightened);
            prop_assert!(limit.is_none_or(|limit| !exceeds(&value, limit)));
        }
        let again = database_layers(&member(held.clone(), Map::new()), &ceilings);
        prop_assert_eq!(again, held, "twice is once");
    }
}
