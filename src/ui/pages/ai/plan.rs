//! What a change of AI configuration would lead to: computed here by the code that the server has
//! as well, before anything is sent.

use crate::{
    domain::{
        ai::{
            AiConfig, Ceilings, Effective, Layer, Layers, Overrides, ScopeType,
            catalog::FIELDS,
            explain::effective,
            models::Catalog,
            views::{AiConfigurationAnswer, ConfigurationView},
        },
        merge_patch::{get, set},
        settings::{Field, Kind},
    },
    ui::components::Difference,
};
use chrono::NaiveDate;
use serde_json::Value;

/// The name of the configuration that is made when there is none.
pub const USUAL_NAME: &str = "Default";

/// The layer that a scope's configurations are.
pub fn layer_of(scope: ScopeType) -> Layer {
    match scope {
        ScopeType::Person => Layer::Person,
        ScopeType::Organization => Layer::Organization,
    }
}

/// The configurations of the scope that was read.
pub fn stored(base: &AiConfigurationAnswer) -> &[ConfigurationView] {
    match base.scope {
        ScopeType::Person => &base.user_configurations,
        ScopeType::Organization => &base.organization_configurations,
    }
}

/// The one that applies: of the active ones that with the highest priority, and of those the first,
/// which was changed last.
pub fn applying(list: &[ConfigurationView]) -> Option<&ConfigurationView> {
    list.iter().filter(|it| it.is_active).min_by_key(|it| std::cmp::Reverse(it.priority))
}

/// The layers with `own` in the place of the scope's own.
pub fn layers(base: &AiConfigurationAnswer, own: Overrides) -> Layers {
    let organization =
        applying(&base.organization_configurations).map(|it| it.configuration.clone());
    let below = Layers {
        environment: environment(base),
        organization: organization.unwrap_or_default(),
        in_organization: base.organization_id.is_some(),
        ..Layers::default()
    };
    below.with(layer_of(base.scope), own)
}

/// The ceilings that hold the scope: an organization's hold its people, not the organization.
pub fn ceilings(base: &AiConfigurationAnswer) -> Ceilings {
    match base.scope {
        ScopeType::Person => base.ceilings.clone(),
        ScopeType::Organization => Ceilings::default(),
    }
}

/// What would apply if these were the scope's configurations.
pub fn outcome(
    base: &AiConfigurationAnswer,
    list: &[ConfigurationView],
    models: &Catalog,
    today: NaiveDate,
) -> Effective {
    let own = applying(list).map(|it| it.configuration.clone()).unwrap_or_default();
    effective(&layers(base, own), &ceilings(base), models, today)
}

/// What the server's environment sets: it shows only in the explanation.
fn environment(base: &AiConfigurationAnswer) -> Overrides {
    let mut values = Overrides::new();
    for (path, explain) in &base.explain {
        let clamped =
            explain.clamped.as_ref().filter(|clamp| clamp.unclamped_layer == Layer::Environment);
        let shadowed = explain.shadows.iter().find(|it| it.layer == Layer::Environment);
        let own = (explain.layer == Layer::Environment).then_some(&explain.value);
        let value = clamped.map(|clamp| &clamp.unclamped).or(own).or(shadowed.map(|it| &it.value));
        if let Some(value) = value {
            set(&mut values, path, value.clone());
        }
    }
    values
}

/// What is changed in a configuration although what applies of it stays: it is held back, or it is
/// what was inherited before.
pub fn unfelt(
    own: (&Overrides, &Overrides),
    applies: (&AiConfig, &AiConfig),
    models: &Catalog,
) -> Vec<Difference> {
    let (before, after) = own;
    let (old, new) = (applies.0.to_json(), applies.1.to_json());
    let unfelt = FIELDS.iter().filter(|field| {
        get(before, field.path) != get(after, field.path)
            && get(&old, field.path) == get(&new, field.path)
    });
    unfelt
        .map(|field| Difference {
            label: field.label.into(),
            old: get(before, field.path).map(|value| in_words(field, value, models)),
            new: get(after, field.path).map(|value| in_words(field, value, models)),
            beneath: None,
        })
        .collect()
}

/// A value as people read it; a model by its name.
pub fn in_words(field: &Field, value: &Value, models: &Catalog) -> String {
    let model = || models.get(value.as_str()?).map(|model| model.name.clone());
    let named = matches!(field.kind, Kind::Model).then(model).flatten();
    named.unwrap_or_else(|| field.display(value))
}

/// What differs between two effective configurations, in the order of the page.
pub fn effects(before: &AiConfig, after: &AiConfig, models: &Catalog) -> Vec<Difference> {
    let (old, new) = (before.to_json(), after.to_json());
    let value = |values: &Overrides, path: &str| get(values, path).cloned().unwrap_or(Value::Null);
    let changed = FIELDS.iter().filter(|field| value(&old, field.path) != value(&new, field.path));
    changed
        .map(|field| Difference {
            label: field.label.into(),
            old: Some(in_words(field, &value(&old, field.path), models)),
            new: Some(in_words(field, &value(&new, field.path), models)),
            beneath: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::views::EffectiveView;
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    fn configuration(
        name: &str,
        is_active: bool,
        priority: i32,
        configuration: Value,
    ) -> ConfigurationView {
        ConfigurationView {
            id: Uuid::nil(),
            scope: ScopeType::Person,
            config_name: name.into(),
            configuration: object(configuration),
            is_active,
            priority,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn answer(layers: &Layers, ceilings: &Ceilings) -> AiConfigurationAnswer {
        let EffectiveView { config, explain, retirement } =
            effective(layers, ceilings, Catalog::built_in(), TODAY).into();
        AiConfigurationAnswer {
            effective: config,
            explain,
            retirement,
            user_configurations: vec![configuration(
                "Default",
                true,
                0,
                Value::Object(layers.person.clone()),
            )],
            organization_configurations: vec![configuration(
                "Ours",
                true,
                0,
                Value::Object(layers.organization.clone()),
            )],
            ceilings: ceilings.clone(),
            keys: Vec::new(),
            environment_key: None,
            scope: ScopeType::Person,
            organization_id: layers.in_organization.then(uuid::Uuid::nil),
            manages_organization: false,
        }
    }

    #[test]
    fn the_page_computes_what_the_server_did() {
        let layers = Layers {
            environment: object(json!({
                "model": {"maxTokens": 8000, "streaming": true},
                "costBudget": {"dailyBudget": 80},
            })),
            organization: object(
                json!({"model": {"maxTokens": 6000}, "costBudget": {"weeklyBudget": 90}}),
            ),
            person: object(json!({"rateLimiting": {"requestsPerMinute": 70}})),
            in_organization: true,
        };
        let ceilings = Ceilings(object(json!({"dailyBudget": 20, "requestsPerMinute": 60})));
        let base = answer(&layers, &ceilings);
        assert_eq!(environment(&base), layers.environment, "shadowed, clamped and plain");
        let again = outcome(&base, &base.user_configurations, Catalog::built_in(), TODAY);
        assert_eq!((again.config, again.explain), (base.effective.clone(), base.explain.clone()));
    }

    #[test]
    fn of_the_active_ones_the_highest_priority_applies() {
        let list = [
            configuration("a", false, 9, json!({})),
            configuration("b", true, 1, json!({})),
            configuration("c", true, 2, json!({})),
            configuration("d", true, 2, json!({})),
        ];
        assert_eq!(applying(&list).unwrap().config_name, "c");
        assert!(applying(&list[..1]).is_none());
    }

    #[test]
    fn tells_the_effects_in_words() {
        let base = answer(&Layers::default(), &Ceilings::default());
        let list =
            [configuration("Default", true, 0, json!({"costBudget": {"enforcement": "alert"}}))];
        let after = outcome(&base, &list, Catalog::built_in(), TODAY).config;
        let effects = effects(&base.effective, &after, Catalog::built_in());
        assert_eq!(effects.len(), 1);
        assert_eq!(
            (effects[0].old.as_deref(), effects[0].new.as_deref()),
            (Some("Refuse requests"), Some("Only warn"))
        );
    }

    #[test]
    fn models_are_told_by_their_names() {
        let base = answer(&Layers::default(), &Ceilings::default());
        let own = json!({"model": {"model": "claude-opus-4-7"}});
        let list = [configuration("Default", true, 0, own)];
        let models = Catalog::built_in();
        let after = outcome(&base, &list, models, TODAY).config;
        let effects = effects(&base.effective, &after, models);
        assert_eq!(effects[0].new.as_deref(), Some("Claude Opus 4.7"));
        assert_eq!(effects[0].old.as_deref(), Some("Claude Sonnet 4.6"));
    }

    #[test]
    fn every_change_is_told_also_one_that_what_applies_does_not_follow() {
        let layers = Layers {
            organization: object(json!({"costBudget": {"enforcement": "block"}})),
            in_organization: true,
            ..Layers::default()
        };
        let base = answer(&layers, &Ceilings::default());
        let own = object(json!({"costBudget": {"dailyBudget": 200, "enforcement": "alert"}}));
        let list = [configuration("Default", true, 0, Value::Object(own.clone()))];
        let after = outcome(&base, &list, Catalog::built_in(), TODAY).config;
        let felt = effects(&base.effective, &after, Catalog::built_in());
        let models = Catalog::built_in();
        let rest = unfelt((&Overrides::new(), &own), (&base.effective, &after), models);
        let labels =
            |found: &[Difference]| found.iter().map(|it| it.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&felt), ["Daily budget"]);
        assert_eq!(labels(&rest), ["Enforcement"]);
        assert_eq!((rest[0].old.as_deref(), rest[0].new.as_deref()), (None, Some("Only warn")));
    }
}
