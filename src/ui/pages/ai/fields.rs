//! The rows of a section, and the control for each kind of field.

use super::{
    draft::{AiDraft, Row, today},
    plan::ceilings,
};
use crate::{
    domain::{
        ai::{
            catalog::Section,
            models::{Model, Thinking},
        },
        money::grouped,
        settings::{Field, Kind, kebab},
    },
    ui::{
        components::{
            Banner, Card, Choice, FieldList, FieldRow, Tone, Typing, lead_to_unread, rows,
        },
        setting::{ClampNote, SettingControl, why_unread},
        words::date,
    },
};
use leptos::prelude::*;
use serde_json::Value;

/// The fields of a section in a card of their own.
#[component]
pub fn SectionCard(draft: AiDraft, section: Section, hint: &'static str) -> impl IntoView {
    let rows = rows(
        section.fields(),
        |field| field.path,
        |field| view! { <DraftField draft=draft field=field /> },
    );
    view! {
        <Card id=card_id(section) title=section.label() hint=hint flush=true>
            <FieldList>{rows}</FieldList>
        </Card>
    }
    .into_any()
}

fn card_id(section: Section) -> String {
    format!("ai-{}", kebab(section.as_str()))
}

/// Whether a field holds what could not be read, which then takes the focus. Nothing is saved
/// beside it.
pub fn lead_to_unread_field() -> bool {
    Section::ALL.into_iter().any(|section| lead_to_unread(&card_id(section)))
}

#[component]
fn DraftField(draft: AiDraft, field: &'static Field) -> impl IntoView {
    let id = field.long_anchor();
    let row = Memo::new(move |_| draft.row(field));
    view! {
        <FieldRow
            id=id.clone()
            label=field.label
            description=field.description
            changed=Signal::derive(move || row.with(|row| row.is_set))
            origin=Signal::derive(move || Some(row.with(|row| row.origin)))
            on_reset=move |()| draft.edit(field.path, Value::Null)
            history=format!("/history?configType=ai_config&path=configuration.{}", field.path)
            error=Signal::derive(move || row.with(|row| error_of(field, row)))
            disabled=Signal::derive(move || row.with(|row| row.locked.is_some()))
            reason=Signal::derive(move || row.with(|row| row.locked.clone()))
            extra=move || view! { <Notes draft=draft field=field row=row /> }
        >
            <DraftControl draft=draft field=field row=row id=id />
        </FieldRow>
    }
    .into_any()
}

/// What is wrong, in the form in which the field is typed.
fn error_of(field: &Field, row: &Row) -> Option<String> {
    let error = row.error.clone()?;
    let typed_in_percent =
        matches!(field.kind, Kind::Shares) && field.canonical(&row.value).is_err();
    Some(if typed_in_percent { why_unread(&row.value) } else { error })
}

/// What applies instead of what is set, and what the chosen model can do.
#[component]
fn Notes(draft: AiDraft, field: &'static Field, row: Memo<Row>) -> impl IntoView {
    move || {
        let Row { clamped, applies, value, .. } = row.get();
        let clamped = clamped.map(|(value, why)| view! { <ClampNote value=value why=why /> });
        let applies =
            applies.map(|value| view! { <p class="field-note">"Applies now: " {value}</p> });
        let model = value.as_str().filter(|_| matches!(field.kind, Kind::Model));
        let facts = draft.models.with_value(|models| Some(facts(models.get(model?)?)));
        let facts = facts.map(|facts| view! { <p class="field-note">{facts}</p> });
        let retires = draft.retirement().filter(|it| model == Some(it.model.as_str()));
        let retires =
            retires.map(|it| view! { <Banner tone=Tone::Warning>{it.sentence()}</Banner> });
        view! {
            {facts}
            {retires}
            {clamped}
            {applies}
        }
    }
}

/// `Reads up to 1,000,000 tokens and writes up to 128,000. …`
fn facts(model: &Model) -> String {
    let tiers = &model.price_on(today()).tiers;
    let prices = tiers.iter().map(|tier| {
        let up_to = tier.up_to.map_or(String::new(), |up_to| {
            format!(" up to {} prompt tokens", grouped(&up_to.to_string()))
        });
        format!("{} in and {} out per million tokens{up_to}", tier.input, tier.output)
    });
    let thinks = match model.thinking {
        Thinking::None => "",
        Thinking::DefaultOn => " Thinks at efforts above High, which is billed as output.",
        Thinking::Always => " Always thinks before it answers, which is billed as output.",
    };
    format!(
        "Reads up to {} tokens and writes up to {}. {}.{thinks}",
        grouped(&model.context_window.to_string()),
        grouped(&model.output_limit.to_string()),
        prices.collect::<Vec<_>>().join(", then ")
    )
}

#[component]
fn DraftControl(
    draft: AiDraft,
    field: &'static Field,
    row: Memo<Row>,
    /// Of the row in the page.
    id: String,
) -> impl IntoView {
    let edit = move |value: Value| draft.edit(field.path, value);
    let choices = match field.kind {
        Kind::Model => models(
            draft,
            &row.with_untracked(|row| row.value.as_str().unwrap_or_default().to_owned()),
        ),
        _ => Vec::new(),
    };
    // A slider has no text of its own to keep in the draft: what was there before comes back.
    let before = StoredValue::new(Value::Null);
    let own = move || row.with_untracked(|row| row.is_set.then(|| row.value.clone()));
    let typing = Typing {
        started: Callback::new(move |()| before.set_value(own().unwrap_or_default())),
        withdrawn: Callback::new(move |()| edit(before.get_value())),
    };
    view! {
        <SettingControl
            id=id
            field=field
            value=Signal::derive(move || row.with(|row| row.value.clone()))
            on_edit=edit
            typing=typing
            keeps_text=true
            choices=choices
            disabled=Signal::derive(move || row.with(|row| row.locked.is_some()))
        />
    }
    .into_any()
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
                let retires = model.retires.map(|day| format!(" · retires {}", date(day)));
                let label = format!(
                    "{} · {} / {}{}",
                    model.name,
                    price.input,
                    price.output,
                    retires.unwrap_or_default()
                );
                if allowed.allows_model(&model.id) {
                    Choice::new(model.id.clone(), label).named()
                } else {
                    Choice::new(model.id.clone(), format!("{label} · not allowed")).disabled(true)
                }
            })
            .collect();
        if !choices.iter().any(|choice| choice.value == current) {
            let label = models.get(current).map_or_else(
                || format!("{current} · not in the catalog"),
                |model| format!("{} · retired", model.name),
            );
            choices.insert(0, Choice::new(current, label).disabled(true));
        }
        choices
    })
}
