//! A value with how sure it is, or why there is none. Never a number that nobody knows.

use crate::{
    domain::database::{Panel, Quality, Reading, Unavailable},
    ui::{
        components::{Icon, IconName},
        moment::Moment,
        words::absolute,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A panel as a part of a card.
pub fn panel<T>(panel: Panel<T>, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match panel {
        Panel::Reading(Reading { value, as_of, quality }) => view! {
            {show(value)}
            {note(quality, as_of)}
        }
        .into_any(),
        Panel::Unavailable { unavailable: why } => unavailable(why),
    }
}

/// How sure it is and how old.
pub fn note(quality: Quality, as_of: DateTime<Utc>) -> AnyView {
    let word = match quality {
        Quality::Exact => "Exact",
        Quality::Estimate => "Estimate",
    };
    view! { <p class="database-note">{word} ", as of " <Moment time=as_of /></p> }.into_any()
}

/// Why there is no value, and what mends it.
pub fn unavailable(why: Unavailable) -> AnyView {
    let Unavailable { reason, fix } = why;
    view! {
        <div class="database-unavailable">
            <Icon name=IconName::Info size="s" />
            <div>
                <p>{reason}</p>
                {fix.map(code)}
            </div>
        </div>
    }
    .into_any()
}

/// A statement or setting, to be copied: one press selects all of it.
pub fn code(text: String) -> AnyView {
    view! { <pre translate="no" class="database-code" role="group" tabindex="0" aria-label="Code">{text}</pre> }
        .into_any()
}

/// A panel in the cell of a table; an estimate is marked, the reason of a missing one opens.
pub fn cell<T>(panel: Panel<T>, words: impl FnOnce(T) -> String) -> AnyView {
    match panel {
        Panel::Reading(Reading { value, as_of, quality }) => {
            let (mark, title) = match quality {
                Quality::Exact => ("", format!("Exact, as of {}", absolute(as_of))),
                Quality::Estimate => ("≈ ", format!("Estimate, as of {}", absolute(as_of))),
            };
            view! { <span class="nowrap" title=title>{mark}{words(value)}</span> }.into_any()
        }
        Panel::Unavailable { unavailable: Unavailable { reason, fix } } => view! {
            <details class="database-why">
                <summary>"Unavailable"</summary>
                <p>{reason}</p>
                {fix.map(code)}
            </details>
        }
        .into_any(),
    }
}
