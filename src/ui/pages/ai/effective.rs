//! What applies and why, field by field, also of edits that are not saved yet; and what would
//! become of a request now.

use super::{draft::AiDraft, plan::in_words, simulate::Simulation};
use crate::{
    domain::{
        ai::catalog::FIELDS,
        settings::{Explain, Field, Layer},
    },
    ui::components::{Badge, Card, Head, Table, Tone, rows},
};
use leptos::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

#[component]
pub fn EffectiveTab(draft: AiDraft) -> impl IntoView {
    let after = Memo::new(move |_| draft.after_saving().map(|it| it.explain));
    let previews = Memo::new(move |_| after.with(Option::is_some));
    let lines = move || {
        let lines = after.with(|after| draft.base.with(|base| lines(draft, after, &base.explain)));
        rows(lines, |line| line.field.path, |line| view! { <ExplainedRow line=line /> })
    };
    let card = move || {
        let (title, hint) = if previews.get() {
            ("After saving", "What would apply with your unsaved changes.")
        } else {
            ("Effective configuration", "Each value, where it was set, and what it overrides.")
        };
        let heads = [
            Head::text("Field"),
            Head::text("Value"),
            Head::text("Set by"),
            Head::text("Overrides"),
            Head::text("Limited by"),
        ];
        view! {
            <Card id="ai-effective" title=title hint=hint flush=true>
                <Table label="Effective values" heads=heads>
                    {lines}
                </Table>
            </Card>
        }
    };
    view! {
        <div class="stack">
            {card} <Simulation />
        </div>
    }
    .into_any()
}

type Explained = BTreeMap<String, Explain>;

/// A row for each field, of what applies after saving or, without edits, now.
fn lines(draft: AiDraft, after: &Option<Explained>, now: &Explained) -> Vec<Line> {
    let shown = after.as_ref().unwrap_or(now);
    let known = |field: &'static Field| {
        let explain = shown.get(field.path)?.clone();
        let before = now.get(field.path).map(|it| it.value.clone());
        let before = before.filter(|before| *before != explain.value);
        let words =
            |value: &Value| draft.models.with_value(|models| in_words(field, value, models));
        Some(Line {
            field,
            value: words(&explain.value),
            before: before.as_ref().map(words),
            overrides: overrides(&explain, words),
            limited_by: limited_by(&explain, words),
            layer: explain.layer,
        })
    };
    FIELDS.iter().filter_map(known).collect()
}

/// One field, in words.
struct Line {
    field: &'static Field,
    value: String,
    /// What applies now, where it is something else.
    before: Option<String>,
    layer: Layer,
    overrides: String,
    limited_by: Option<String>,
}

fn overrides(explain: &Explain, words: impl Fn(&Value) -> String) -> String {
    let shadows = explain.shadows.iter();
    let shadows = shadows.map(|it| format!("{} ({})", words(&it.value), it.layer.label()));
    shadows.collect::<Vec<_>>().join(", ")
}

fn limited_by(explain: &Explain, words: impl Fn(&Value) -> String) -> Option<String> {
    explain.clamped.as_ref().map(|clamp| {
        format!(
            "{} was set by {}. {}",
            words(&clamp.unclamped),
            clamp.unclamped_layer.words(),
            clamp.message
        )
    })
}

#[component]
fn ExplainedRow(line: Line) -> impl IntoView {
    let Line { field, value, before, layer, overrides, limited_by } = line;
    let before = before.map(|before| view! { <small class="ai-where">"Now: " {before}</small> });
    view! {
        <tr>
            <th scope="row" class="nowrap">
                {field.label}
                <small class="ai-where">{field.section.label}</small>
            </th>
            <td>{value} {before}</td>
            <td>
                <Badge tone=tone(layer)>{layer.label()}</Badge>
            </td>
            <td>{overrides}</td>
            <td>{limited_by}</td>
        </tr>
    }
    .into_any()
}

fn tone(layer: Layer) -> Tone {
    match layer {
        Layer::Default => Tone::Neutral,
        Layer::Environment => Tone::Warning,
        Layer::Organization => Tone::Accent,
        Layer::Person => Tone::Success,
    }
}
