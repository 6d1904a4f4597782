//! The rows of a section, and the control for each kind of field.

use super::{
    draft::{AiDraft, Row, today},
    plan::ceilings,
    thresholds::{thresholds, why_unread},
};
use crate::{
    domain::{
        ai::{
            catalog::{Field, Kind, MAX_DOLLARS, Section},
            models::Model,
        },
        money::grouped,
        number::{NumberRule, Sign},
    },
    ui::{
        components::{
            Badge, Button, Card, Choice, Entered, FieldList, FieldRow, IconName, NumberEntry,
            SegmentedControl, Select, Slider, Switch, Tone, Typing, format_number, lead_to_unread,
            rows,
        },
        form::focus,
    },
};
use leptos::prelude::*;
use serde_json::{Value, json};

/// The fields of a section in a card of their own, and what belongs below them.
pub fn section(draft: AiDraft, section: Section, hint: &'static str, below: AnyView) -> AnyView {
    let rows = rows(section.fields(), |field| field.path, |field| row(draft, field));
    view! {
        <Card id=card_id(section) title=section.title() hint=hint flush=true>
            <FieldList>{rows}</FieldList>
            {below}
        </Card>
    }
    .into_any()
}

fn card_id(section: Section) -> String {
    format!("ai-{}", kebab(section.key()))
}

/// Whether a field holds what could not be read, which then takes the focus. Nothing is saved
/// beside it.
pub fn lead_to_unread_field() -> bool {
    Section::ALL.into_iter().any(|section| lead_to_unread(&card_id(section)))
}

fn row(draft: AiDraft, field: &'static Field) -> AnyView {
    let id = kebab(field.path);
    let row = Memo::new(move |_| draft.row(field));
    let extra = move || row.with(|row| notes(draft, field, row));
    view! {
        <FieldRow
            id=id.clone()
            label=field.label
            description=field.description
            changed=Signal::derive(move || row.with(|row| row.is_set))
            origin=Signal::derive(move || Some(row.with(|row| row.origin)))
            on_reset=move |()| draft.edit(field.path, Value::Null)
            history=format!("/history?configType=ai_config&path=configuration.{}", field.path)
            error=Signal::derive(move || row.with(|row| told(field, row)))
            disabled=Signal::derive(move || row.with(|row| row.locked.is_some()))
            reason=Signal::derive(move || row.with(|row| row.locked.clone()))
            extra=move || extra
        >
            {control(draft, field, row, &id)}
        </FieldRow>
    }
    .into_any()
}

/// What is wrong, in the form in which the field is typed.
fn told(field: &Field, row: &Row) -> Option<String> {
    let told = row.error.clone()?;
    let typed_in_percent =
        matches!(field.kind, Kind::Thresholds) && field.canonical(&row.value).is_err();
    Some(if typed_in_percent { why_unread(&row.value) } else { told })
}

/// What applies instead of what is set, and what the chosen model can do.
fn notes(draft: AiDraft, field: &Field, row: &Row) -> AnyView {
    let held = row.held.clone().map(|(value, why)| {
        view! {
            <p class="ai-note">
                <Badge tone=Tone::Warning>"Held at " {value}</Badge>
                " "
                {why}
            </p>
        }
    });
    let applies =
        row.applies.clone().map(|value| view! { <p class="ai-note">"Applies now: " {value}</p> });
    let facts = matches!(field.kind, Kind::Model).then(|| {
        let facts = draft
            .models
            .with_value(|models| row.value.as_str().and_then(|id| models.get(id)).map(facts));
        facts.map(|facts| view! { <p class="ai-note">{facts}</p> })
    });
    let nothing = held.is_none() && applies.is_none() && facts.is_none();
    if nothing { ().into_any() } else { view! { {facts} {held} {applies} }.into_any() }
}

/// `Reads 1,000,000 tokens and writes at most 128,000. …`
fn facts(model: &Model) -> String {
    let tiers = &model.price_on(today()).tiers;
    let prices = tiers.iter().map(|tier| {
        let up_to = tier.up_to.map_or(String::new(), |up_to| {
            format!(" up to {} prompt tokens", grouped(&up_to.to_string()))
        });
        format!("{} in and {} out per million tokens{up_to}", tier.input, tier.output)
    });
    format!(
        "Reads {} tokens and writes at most {}. {}.",
        grouped(&model.context_window.to_string()),
        grouped(&model.output_limit.to_string()),
        prices.collect::<Vec<_>>().join(", then ")
    )
}

fn control(draft: AiDraft, field: &'static Field, row: Memo<Row>, id: &str) -> AnyView {
    let path = field.path;
    let text =
        Signal::derive(move || row.with(|row| row.value.as_str().unwrap_or_default().to_owned()));
    let number = Signal::derive(move || row.with(|row| row.value.as_f64().unwrap_or_default()));
    let edit = move |value: Value| draft.edit(path, value);
    let unit = (!field.unit.is_empty()).then(|| field.unit.to_owned());
    match field.kind {
        Kind::Flag => view! {
            <Switch
                value=Signal::derive(move || row.with(|row| row.value == Value::Bool(true)))
                on_change=move |on| edit(Value::Bool(on))
            />
        }
        .into_any(),
        Kind::OneOf(choices) => view! {
            <SegmentedControl
                name=path
                choices=choices.iter().map(|choice| Choice::new(choice.value, choice.label)).collect()
                value=text
                on_change=move |word| edit(Value::String(word))
            />
        }
        .into_any(),
        Kind::Whole { min, max } => {
            number_entry(row, NumberRule::whole(min as f64, max as f64), 1.0, unit, edit)
        }
        Kind::Dollars => {
            let rule = NumberRule::within(0.0, MAX_DOLLARS as f64).with_sign(Sign::Dollars);
            number_entry(row, rule, 0.01, unit, edit)
        }
        Kind::Fraction => fraction(field, row, number, id, Callback::new(edit)),
        Kind::Thresholds => thresholds(
            Signal::derive(move || row.with(|row| row.value.clone())),
            Callback::new(edit),
        ),
        Kind::Model => view! {
            <Select
                choices=models(draft, &text.get_untracked())
                value=text
                on_change=move |id| edit(Value::String(id))
            />
        }
        .into_any(),
    }
}

/// What is no number goes into the draft as the text that it is, so that it cannot be saved unseen.
fn number_entry(
    row: Memo<Row>,
    rule: NumberRule,
    step: f64,
    unit: Option<String>,
    edit: impl Fn(Value) + Send + Sync + 'static,
) -> AnyView {
    let shown = Signal::derive(move || {
        row.with(|row| match &row.value {
            Value::String(typed) => typed.clone(),
            value => format_number(value.as_f64().unwrap_or_default(), step),
        })
    });
    let entered = move |entered| {
        edit(match entered {
            Entered::Number(number) => json!(number),
            Entered::Empty => Value::from(""),
            Entered::Unread(text) => Value::from(text),
        })
    };
    let unit = unit.unwrap_or_default();
    view! {
        <NumberEntry value=shown rule=rule step=step unit=unit on_edit=entered />
    }
    .into_any()
}

/// A slider; or, while nothing is sent, the way to one.
fn fraction(
    field: &'static Field,
    row: Memo<Row>,
    number: Signal<f64>,
    id: &str,
    edit: Callback<Value>,
) -> AnyView {
    let sent = Memo::new(move |_| row.with(|row| !row.value.is_null()));
    let control = format!("#{id}-control");
    let offered = if field.name() == "topP" { 0.9 } else { 0.7 };
    let begin = move |()| {
        edit.run(json!(offered));
        focus(control.clone());
    };
    let begin = Callback::new(begin);
    let locked = Signal::derive(move || row.with(|row| row.locked.is_some()));
    // A slider has no text of its own to keep in the draft: what was there before comes back.
    let before = StoredValue::new(Value::Null);
    let own = move || row.with_untracked(|row| row.is_set.then(|| row.value.clone()));
    let typing = Typing {
        begun: Callback::new(move |()| before.set_value(own().unwrap_or_default())),
        withdrawn: Callback::new(move |()| edit.run(before.get_value())),
    };
    let shown = move || {
        if sent.get() {
            return view! {
                <Slider
                    value=number
                    max=1.0
                    step=0.05
                    on_change=move |it: f64| edit.run(json!(it))
                    typing=Some(typing)
                />
            }
            .into_any();
        }
        view! {
            <span class="muted">"Not sent"</span>
            <Button small=true icon=IconName::Pencil disabled=locked on_press=begin>
                "Set" <span class="visually-hidden">" " {field.label}</span>
            </Button>
        }
        .into_any()
    };
    shown.into_any()
}

/// The models that can be chosen, and the one that is set although it cannot.
fn models(draft: AiDraft, current: &str) -> Vec<Choice> {
    let today = today();
    let allowed = draft.base.with_untracked(ceilings);
    draft.models.with_value(|models| {
        let mut choices: Vec<Choice> = models
            .usable(today)
            .map(|model| {
                let price = model.base_price(today);
                let label = format!("{} · {} / {}", model.name, price.input, price.output);
                if allowed.allows_model(&model.id) {
                    Choice::new(model.id.clone(), label).named()
                } else {
                    Choice::new(model.id.clone(), format!("{label} · not allowed")).disabled(true)
                }
            })
            .collect();
        if !choices.iter().any(|choice| choice.value == current) {
            let name = models.get(current).map_or("not in the catalog", |_| "retired");
            choices.insert(0, Choice::new(current, format!("{current} · {name}")).disabled(true));
        }
        choices
    })
}

/// `costBudget.dailyBudget` → `cost-budget-daily-budget`.
fn kebab(path: &str) -> String {
    let mut text = String::new();
    for letter in path.chars() {
        match letter {
            '.' => text.push('-'),
            letter if letter.is_ascii_uppercase() => {
                text.push('-');
                text.push(letter.to_ascii_lowercase());
            }
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_an_anchor() {
        assert_eq!(kebab("costBudget.dailyBudget"), "cost-budget-daily-budget");
        assert_eq!(kebab("model.topP"), "model-top-p");
    }
}
