//! What applies and why, field by field; and what would become of a request now.

use super::{draft::AiDraft, simulate::Simulation};
use crate::{
    domain::{
        ai::catalog::FIELDS,
        settings::{Explain, Field, Layer},
    },
    ui::components::{Badge, Card, Head, Table, Tone, rows},
};
use leptos::prelude::*;

#[component]
pub fn EffectiveTab(draft: AiDraft) -> impl IntoView {
    let rows = move || {
        draft.base.with(|base| {
            let known =
                |field: &'static Field| Some((field, base.explain.get(field.path)?.clone()));
            rows(
                FIELDS.iter().filter_map(known),
                |(field, _)| field.path,
                |(field, explain)| view! { <ExplainedRow field=field explain=explain /> },
            )
        })
    };
    let heads = [
        Head::text("Field"),
        Head::text("Value"),
        Head::text("Set by"),
        Head::text("Hides"),
        Head::text("Held back"),
    ];
    view! {
        <div class="stack">
            <Simulation />
            <Card
                id="ai-effective"
                title="What applies"
                hint="For every field its value, who set it, what that hides, and what holds it \
                back."
                flush=true
            >
                <Table label="Table of what applies" heads=heads>
                    {rows}
                </Table>
            </Card>
        </div>
    }
    .into_any()
}

#[component]
fn ExplainedRow(field: &'static Field, explain: Explain) -> impl IntoView {
    let hidden = explain
        .shadows
        .iter()
        .map(|it| format!("{} ({})", field.display(&it.value), it.layer.label()));
    let hidden = hidden.collect::<Vec<_>>().join(", ");
    let clamped = explain.clamped.as_ref().map(|clamp| {
        format!(
            "{} was set by {}. {}",
            field.display(&clamp.unclamped),
            clamp.unclamped_layer.words(),
            clamp.message
        )
    });
    let (tone, layer) = (tone(explain.layer), explain.layer.label());
    view! {
        <tr>
            <th scope="row" class="nowrap">
                {field.label}
                <small class="ai-where">{field.section.label}</small>
            </th>
            <td>{field.display(&explain.value)}</td>
            <td>
                <Badge tone=tone>{layer}</Badge>
            </td>
            <td>{hidden}</td>
            <td>{clamped}</td>
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
