//! A value with how sure it is, or why there is none. Never a number that nobody knows.

use super::{sql::Sql, words::count};
use crate::{
    domain::{
        database::{Bloat, Panel, Quality, Reading, Unavailable, Usage, UsageLimits},
        quantity::{bytes, percent},
    },
    ui::{
        components::{Icon, IconName, Tone, UsageMeter, text_rows},
        moment::Moment,
        words::absolute,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A panel as a part of a card; the children show its value. How sure it is and how old stands once
/// on the page, in a [`PanelNote`] or a [`TogetherNote`].
#[component]
pub fn PanelView<T, V>(panel: Panel<T>, children: impl FnOnce(T) -> V) -> impl IntoView
where
    T: 'static,
    V: IntoView + 'static,
{
    match panel {
        Panel::Reading(Reading { value, .. }) => children(value).into_any(),
        Panel::Unavailable { unavailable: why } => view! { <Missing why=why /> }.into_any(),
    }
}

/// Of panels that were read together the time of the oldest one.
pub fn oldest(times: impl IntoIterator<Item = Option<DateTime<Utc>>>) -> Option<DateTime<Utc>> {
    times.into_iter().flatten().min()
}

/// When a panel was read, if it was.
pub fn as_of<T>(panel: &Panel<T>) -> Option<DateTime<Utc>> {
    match panel {
        Panel::Reading(reading) => Some(reading.as_of),
        Panel::Unavailable { .. } => None,
    }
}

/// The same of several figures that are exact unless they are marked.
#[component]
pub fn TogetherNote(as_of: Option<DateTime<Utc>>) -> impl IntoView {
    as_of.map(|time| {
        view! {
            <p class="database-note">
                "Exact unless marked as an estimate; as of " <Moment time=time /> "."
            </p>
        }
    })
}

/// How sure a panel is and how old, if there is anything.
#[component]
pub fn PanelNote(panel: Panel<()>) -> impl IntoView {
    let Panel::Reading(Reading { as_of, quality, .. }) = panel else { return ().into_any() };
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
pub fn Code(
    #[prop(into)] text: String,
    /// It is SQL, to be coloured.
    #[prop(optional)]
    sql: bool,
) -> impl IntoView {
    let text = if sql { view! { <Sql text=text /> }.into_any() } else { text.into_any() };
    view! {
        <pre translate="no" class="database-code" role="group" tabindex="0" aria-label="Code">
            {text}
        </pre>
    }
    .into_any()
}

/// A panel in the cell of a list: an estimate is marked. Of a missing one the reason stands above
/// the list, in [`Gaps`].
#[component]
pub fn ListCell(
    /// Its value in words.
    panel: Panel<String>,
) -> impl IntoView {
    match panel {
        Panel::Unavailable { unavailable: Unavailable { reason, .. } } => view! {
            <span class="muted" title=reason>
                "–"
                <span class="visually-hidden">" unavailable"</span>
            </span>
        }
        .into_any(),
        known => view! { <Cell panel=known /> }.into_any(),
    }
}

/// Why a column of a list has rows without a value: each reason once, or where to find them.
#[component]
pub fn Gaps(
    column: &'static str,
    /// Of the rows without a value.
    reasons: Vec<String>,
) -> impl IntoView {
    let line = |sentence| view! { <p class="database-note">{sentence}</p> };
    view! { {text_rows(gap_sentences(column, &reasons), line)} }.into_any()
}

/// The reasons of those that are unavailable.
pub fn reasons<'a, T: 'a>(panels: impl IntoIterator<Item = &'a Panel<T>>) -> Vec<String> {
    panels.into_iter().filter_map(Panel::reason).map(str::to_owned).collect()
}

fn gap_sentences(column: &str, reasons: &[String]) -> Vec<String> {
    /// More are found in their rows.
    const MOST: usize = 2;
    let rows = |number: usize| match number {
        1 => "1 row".to_owned(),
        number => format!("{number} rows"),
    };
    let mut each: Vec<(&str, usize)> = Vec::new();
    for reason in reasons {
        match each.iter_mut().find(|(known, _)| known == reason) {
            Some((_, number)) => *number += 1,
            None => each.push((reason, 1)),
        }
    }
    if each.len() > MOST {
        let all = rows(reasons.len());
        return vec![format!("{column} is “–” in {all}. Open a row to see why.")];
    }
    each.into_iter()
        .map(|(reason, number)| format!("{column} is “–” in {}: {reason}", rows(number)))
        .collect()
}

/// A part of a whole, 0–1, as a small bar beneath the number that says the same.
#[component]
pub fn Bar(share: f64, #[prop(optional)] tone: Tone) -> impl IntoView {
    let width = format!("{:.0}%", share.clamp(0.0, 1.0) * 100.0);
    view! {
        <svg class="database-bar" data-tone=tone.name() aria-hidden="true">
            <rect width=width height="100%" />
        </svg>
    }
    .into_any()
}

/// How bad that much bloat is, as its alert says by itself.
pub fn bloat_tone(share: f64) -> Tone {
    match share {
        share if share > 0.5 => Tone::Danger,
        share if share > 0.2 => Tone::Warning,
        _ => Tone::Accent,
    }
}

/// A panel among facts; an estimate is marked, the reason of a missing one opens.
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

/// How many of the server's connections are taken. Its colours are those of the alert.
#[component]
pub fn ConnectionMeter(id: &'static str, usage: Usage, limits: UsageLimits) -> impl IntoView {
    let text =
        format!("{} of {}, {}", count(usage.used), count(usage.available), percent(usage.share()));
    view! {
        <UsageMeter
            id=id
            label="In use"
            used=usage.used as f64
            max=usage.available as f64
            text=text
            warning=limits.warning.unwrap_or(f64::INFINITY)
            danger=limits.critical.unwrap_or(f64::INFINITY)
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_said_once_and_many_are_left_to_their_rows() {
        let said = |reasons: &[&str]| {
            let reasons: Vec<String> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
            gap_sentences("Bloat", &reasons)
        };
        assert_eq!(said(&[]), [""; 0]);
        assert_eq!(
            said(&["A.", "B.", "A."]),
            ["Bloat is “–” in 2 rows: A.", "Bloat is “–” in 1 row: B."]
        );
        assert_eq!(
            said(&["A.", "B.", "C.", "A."]),
            ["Bloat is “–” in 4 rows. Open a row to see why."]
        );
    }

    #[test]
    fn of_figures_that_were_read_together_the_oldest_counts() {
        let time = |seconds| DateTime::from_timestamp(seconds, 0);
        assert_eq!(oldest([time(5), None, time(3)]), time(3));
        assert_eq!(oldest([None, None]), None);
    }
}
