//! A value with how sure it is, or why there is none. Never a number that nobody knows.

use super::words::count;
use crate::{
    domain::{
        database::{Bloat, Panel, Quality, Reading, Unavailable, Usage},
        quantity::{bytes, percent},
    },
    ui::{
        components::{Icon, IconName, UsageMeter},
        moment::Moment,
        words::absolute,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A panel as a part of a card; the children show its value.
#[component]
pub fn PanelView<T, V>(panel: Panel<T>, children: impl FnOnce(T) -> V) -> impl IntoView
where
    T: 'static,
    V: IntoView + 'static,
{
    match panel {
        Panel::Reading(Reading { value, as_of, quality }) => view! {
            {children(value).into_any()}
            <Note quality=quality as_of=as_of />
        }
        .into_any(),
        Panel::Unavailable { unavailable: why } => view! { <Missing why=why /> }.into_any(),
    }
}

/// How sure it is and how old.
#[component]
pub fn Note(quality: Quality, as_of: DateTime<Utc>) -> impl IntoView {
    let word = match quality {
        Quality::Exact => "Exact",
        Quality::Estimate => "Estimate",
    };
    view! { <p class="database-note">{word} ", as of " <Moment time=as_of /></p> }.into_any()
}

/// Why there is no value, and what mends it.
#[component]
pub fn Missing(why: Unavailable) -> impl IntoView {
    let Unavailable { reason, fix } = why;
    view! {
        <div class="database-unavailable">
            <Icon name=IconName::Info size="s" />
            <div>
                <p>{reason}</p>
                {fix.map(|fix| view! { <Code text=fix /> })}
            </div>
        </div>
    }
    .into_any()
}

/// A statement or setting, to be copied: one press selects all of it.
#[component]
pub fn Code(#[prop(into)] text: String) -> impl IntoView {
    view! {
        <pre translate="no" class="database-code" role="group" tabindex="0" aria-label="Code">
            {text}
        </pre>
    }
    .into_any()
}

/// A panel in the cell of a table; an estimate is marked, the reason of a missing one opens.
#[component]
pub fn Cell(
    /// Its value in words.
    panel: Panel<String>,
) -> impl IntoView {
    match panel {
        Panel::Reading(Reading { value, as_of, quality }) => {
            let (mark, title) = match quality {
                Quality::Exact => ("", format!("Exact, as of {}", absolute(as_of))),
                Quality::Estimate => ("≈ ", format!("Estimate, as of {}", absolute(as_of))),
            };
            view! {
                <span class="nowrap" title=title>
                    {mark}
                    {value}
                </span>
            }
            .into_any()
        }
        Panel::Unavailable { unavailable: Unavailable { reason, fix } } => view! {
            <details class="database-why">
                <summary>"Unavailable"</summary>
                <p>{reason}</p>
                {fix.map(|fix| view! { <Code text=fix /> })}
            </details>
        }
        .into_any(),
    }
}

/// How much of a table or an index is bloat, as its cell says it.
pub fn bloat_words(bloat: Bloat) -> String {
    format!("{}, {}", percent(bloat.share), bytes(bloat.bytes))
}

/// One of the small cards that stand beside each other.
#[component]
pub fn SmallCard(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="database-card" aria-label=title>
            <h2>{title}</h2>
            {children()}
        </section>
    }
    .into_any()
}

/// A card about one panel.
#[component]
pub fn PanelCard<T, V>(
    title: &'static str,
    panel: Panel<T>,
    children: impl FnOnce(T) -> V + Send + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    V: IntoView + 'static,
{
    let shown = view! { <PanelView panel=panel children=children /> }.into_any();
    view! { <SmallCard title=title>{shown}</SmallCard> }
}

/// How many of the server's connections are taken.
#[component]
pub fn ConnectionMeter(id: &'static str, usage: Usage) -> impl IntoView {
    let text =
        format!("{} of {}, {}", count(usage.used), count(usage.available), percent(usage.share()));
    view! {
        <UsageMeter
            id=id
            label="In use"
            used=usage.used as f64
            max=usage.available as f64
            text=text
            warning=0.8
            danger=0.9
        />
    }
    .into_any()
}
