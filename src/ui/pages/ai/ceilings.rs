//! What the organization allows at most.

use super::draft::{AiDraft, today};
use crate::{
    api::ai::ChangeAiPolicy,
    domain::{
        ai::{
            CeilingPatch, Ceilings,
            catalog::field_at,
            ceilings::{ALLOWED_MODELS, LIMITS},
        },
        field_error::FieldError,
        merge_patch::patch_between,
        number::{NumberRule, Sign},
        settings::{Field, Kind, MAX_DOLLARS},
    },
    ui::{
        client::rest::Call,
        components::{
            Card, CheckboxGroup, Choice, Entered, NumberEntry, SegmentedControl, Tries,
            format_number, parts,
        },
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::{context::Provider, prelude::*, task::spawn_local};
use serde_json::{Map, Value};

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
    let all = RwSignal::new(allowed.with_untracked(Vec::is_empty));
    let typed = RwSignal::new(stored.with_untracked(limits));
    // Told while they are typed: every edit is a try of its own.
    let tries = Tries::default();
    let mistakes = Memo::new(move |_| {
        let patch = stored.with(|before| typed.with(|typed| changed(before, typed)));
        let plan = |before: &Ceilings| {
            draft.models.with_value(|models| before.plan(&CeilingPatch(patch), models))
        };
        stored.with(plan).err().unwrap_or_default()
    });
    let submit = move |()| {
        let before = stored.get_untracked();
        let mut patch = typed.with_untracked(|typed| changed(&before, typed));
        let models = allowed.get_untracked();
        if !all.get_untracked() && models.is_empty() {
            let why = "Choose at least one model, or allow all.";
            return form.refuse(vec![FieldError::new(ALLOWED_MODELS, why)]);
        }
        let models = if all.get_untracked() { Value::Null } else { Value::from(models) };
        patch.insert(ALLOWED_MODELS.into(), models);
        let plan = draft.models.with_value(|models| before.plan(&CeilingPatch(patch), models));
        match plan {
            Err(errors) => form.refuse(errors),
            Ok(next) if next == before => form.done("Nothing has changed."),
            Ok(next) => {
                let patch = CeilingPatch(patch_between(&before.0, &next.0));
                form.send(Call::<ChangeAiPolicy>::new((), &patch), move |_| {
                    form.done("Saved. Applies to every member at once.");
                    // Failing, what is shown of the effects is old until the next visit; the
                    // ceilings themselves are stored.
                    spawn_local(async move {
                        let _ = draft.reload().await;
                    });
                });
            }
        }
    };
    let inputs = LIMITS.iter().filter_map(move |(name, path)| {
        let field = field_at(path)?;
        let dollars = field.unit == "USD";
        let step = if dollars { 0.01 } else { 1.0 };
        let label = if dollars { format!("{} (USD)", field.label) } else { field.label.to_owned() };
        let shown = Signal::derive(move || {
            let number = typed.with(|typed| typed.get(*name).and_then(Value::as_f64));
            number.map(|number| format_number(number, step)).unwrap_or_default()
        });
        let entered = move |entered| {
            let value = match entered {
                Entered::Number(number) => Value::from(number),
                Entered::Empty => Value::Null,
                // It stands in its field, and the form is not sent with it.
                Entered::Unread(_) => return,
            };
            form.clear();
            typed.update(|typed| {
                typed.insert((*name).into(), value);
            });
            tries.again();
        };
        let told = form.error(name);
        let error = Signal::derive(move || {
            let found = mistakes.with(|mistakes| {
                let mistake = mistakes.iter().find(|mistake| mistake.path == *name);
                mistake.map(|mistake| mistake.message.clone())
            });
            found.or_else(|| told.get())
        });
        Some(view! {
            <NumberEntry
                id=format!("ceiling-{name}")
                label=label
                value=shown
                rule=rule(field)
                step=step
                optional=true
                placeholder="No ceiling"
                on_edit=entered
                error=error
            />
        })
    });
    let today = today();
    let choices: Vec<Choice> = draft.models.with_value(|models| {
        let usable = models.usable(today);
        usable.map(|model| Choice::new(model.id.clone(), model.name.clone()).named()).collect()
    });
    let choices = StoredValue::new(choices);
    view! {
        <Card
            id="ai-ceilings"
            title="Ceilings"
            hint="Members’ own values are limited to these. Leave a field empty for no ceiling."
        >
            <FetchForm form=form on_send=submit>
                <Provider value=tries>
                    <div class="columns">{parts(inputs)}</div>
                </Provider>
                <SegmentedControl
                    id="ceiling-models"
                    name="allowedModels.mode"
                    label="Allowed models"
                    choices=vec![Choice::new("all", "All"), Choice::new("some", "Only these")]
                    value=Signal::derive(move || if all.get() { "all" } else { "some" }.to_owned())
                    on_change=move |word: String| all.set(word == "all")
                />
                <Show when=move || !all.get()>
                    <div class="bare-label">
                        <CheckboxGroup
                            id="ceiling-models-choices"
                            label="Allowed models"
                            choices=choices.get_value()
                            value=allowed
                            on_change=move |models| allowed.set(models)
                            error=form.error(ALLOWED_MODELS)
                            inline=true
                        />
                    </div>
                </Show>
                <FormButtons form=form>"Save ceilings"</FormButtons>
            </FetchForm>
        </Card>
    }
    .into_any()
}

fn allowed(ceilings: &Ceilings) -> Vec<String> {
    ceilings.allowed_models().unwrap_or_default().into_iter().map(str::to_owned).collect()
}

/// The ceilings by name; `null` for none.
fn limits(ceilings: &Ceilings) -> Map<String, Value> {
    let of = |name: &str| ceilings.0.get(name).cloned().unwrap_or_default();
    LIMITS.iter().map(|(name, _)| ((*name).to_owned(), of(name))).collect()
}

/// Of the limits that were typed, those that differ from what stands.
fn changed(before: &Ceilings, typed: &Map<String, Value>) -> Map<String, Value> {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let differs = |name: &str, value: &Value| number(before.0.get(name)) != number(Some(value));
    let changed = typed.iter().filter(|(name, value)| differs(name, value));
    changed.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn rule(field: &Field) -> NumberRule {
    match field.kind {
        Kind::Whole { min, max } => NumberRule::whole(min as f64, max as f64),
        _ => NumberRule::within(0.0, MAX_DOLLARS as f64).with_sign(Sign::Dollars),
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
    fn what_is_back_where_it_was_is_no_change() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let before = Ceilings(object(json!({"dailyBudget": 50, "maxTokens": 4096})));
        let typed = json!({"dailyBudget": 50.0, "weeklyBudget": 20.0, "monthlyBudget": null});
        assert_eq!(changed(&before, &object(typed)), object(json!({"weeklyBudget": 20.0})));
        let lifted = object(json!({"maxTokens": null}));
        assert_eq!(changed(&before, &lifted), lifted);
    }
}
