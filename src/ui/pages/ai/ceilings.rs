//! What the organization allows at most.

use super::draft::{AiDraft, today};
use crate::{
    domain::{
        ai_config::{
            Ceilings,
            catalog::field_at,
            ceilings::{ALLOWED_MODELS, LIMITS},
        },
        merge_patch::patch_between,
    },
    ui::{
        client::rest::Call,
        components::{Button, ButtonVariant, Card, CheckboxGroup, Choice, TextField},
        form::{FetchForm, FormDone, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::{Map, Number, Value};

const FIELDS: &[&str] = &[
    "dailyBudget",
    "weeklyBudget",
    "monthlyBudget",
    "requestsPerMinute",
    "concurrentRequests",
    "burstAllowance",
    "maxTokens",
    ALLOWED_MODELS,
];

/// A form of all ceilings; for those who manage the organization.
#[component]
pub fn CeilingsCard(draft: AiDraft) -> impl IntoView {
    let form = FormState::new("ceilings-form", FIELDS);
    let stored = Memo::new(move |_| draft.base.with(|base| base.ceilings.clone()));
    let allowed = RwSignal::new(stored.with_untracked(allowed));
    let submit = move |()| {
        let before = stored.get_untracked();
        let mut patch = Map::new();
        for (name, _) in LIMITS {
            patch.insert((*name).into(), typed(&form.typed(name)));
        }
        let models = allowed.get_untracked();
        patch.insert(
            ALLOWED_MODELS.into(),
            if models.is_empty() { Value::Null } else { Value::from(models) },
        );
        let plan = draft.models.with_value(|models| before.plan(&Value::Object(patch), models));
        match plan {
            Err(errors) => form.refuse(errors),
            Ok(next) if next == before => form.done("Nothing has changed."),
            Ok(next) => {
                let patch = Value::Object(patch_between(&before.0, &next.0));
                form.send(Call::with("PATCH", "/api/ai-policy", &patch), move |_: Value| {
                    form.done("Saved. It applies to every member at once.");
                    // Failing, what is shown of the effects is old until the next visit; the ceilings themselves are stored.
                    spawn_local(async move {
                        let _ = draft.reload().await;
                    });
                });
            }
        }
    };
    let inputs = LIMITS.iter().filter_map(move |(name, path)| {
        let field = field_at(path)?;
        let value =
            stored.with_untracked(|it| it.0.get(*name).map(Value::to_string)).unwrap_or_default();
        let label = if field.unit == "USD" {
            format!("{} (USD)", field.label)
        } else {
            field.label.to_owned()
        };
        Some(view! {
            <TextField
                id=format!("ceiling-{name}")
                name=*name
                label=label
                value=value
                placeholder="No ceiling"
                error=form.error(name)
            />
        })
    });
    let today = today();
    let choices = draft.models.with_value(|models| {
        models
            .usable(today)
            .map(|model| Choice::new(model.id.clone(), model.name.clone()))
            .collect()
    });
    view! {
        <Card
            id="ai-ceilings"
            title="Ceilings"
            hint="No member's own value goes beyond these; what does is held at the ceiling. Leave a field empty for none."
        >
            <FetchForm form=form on_send=submit>
                <div class="columns">{inputs.collect_view()}</div>
                <CheckboxGroup
                    id="ceiling-models"
                    label="Allowed models"
                    hint="Choose none to allow every model."
                    choices=choices
                    value=allowed
                    on_change=move |models| allowed.set(models)
                    error=form.error(ALLOWED_MODELS)
                    inline=true
                />
                <div class="button-row">
                    <Button kind="submit" variant=ButtonVariant::Primary busy=form.busy>
                        "Save ceilings"
                    </Button>
                    <FormDone form=form />
                </div>
            </FetchForm>
        </Card>
    }
    .into_any()
}

fn allowed(ceilings: &Ceilings) -> Vec<String> {
    ceilings.allowed_models().unwrap_or_default().into_iter().map(str::to_owned).collect()
}

/// A ceiling as it was typed: empty for none, a number, or a text that will be refused.
fn typed(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        text => text.parse::<Number>().map_or_else(|_| Value::from(text), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_ceiling_has_a_field() {
        let names: Vec<_> = LIMITS.iter().map(|(name, _)| *name).chain([ALLOWED_MODELS]).collect();
        assert_eq!(FIELDS, names);
    }

    #[test]
    fn an_empty_field_lifts_a_ceiling() {
        assert_eq!(
            (typed(" "), typed("12.5"), typed("a lot")),
            (Value::Null, json!(12.5), json!("a lot"))
        );
    }
}
