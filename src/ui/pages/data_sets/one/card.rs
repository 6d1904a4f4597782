//! The card of a version: what is known about its conversations.

use crate::{
    domain::data_sets::{Card, CardCount},
    ui::{
        components::{parts, rows},
        export::words::number,
    },
};
use leptos::prelude::*;

/// How many values of a list are shown.
const MOST: usize = 8;

/// Names with values; what is not known is left out.
#[component]
pub fn Facts(facts: Vec<(&'static str, Option<String>)>) -> impl IntoView {
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        })
    });
    view! { <dl class="facts">{parts(facts)}</dl> }.into_any()
}

#[component]
pub fn CardFacts(card: Card) -> impl IntoView {
    let duplicates = match card.duplicate_groups {
        0 => "None".to_owned(),
        groups => format!("{} in {} groups", number(card.duplicates), number(groups)),
    };
    let figures = vec![
        ("Examples", Some(number(card.sizes.total()))),
        ("Turns", Some(number(card.turns))),
        ("Tokens", Some(format!("~{}", number(card.tokens)))),
        ("Cost", Some(card.cost.to_string())),
        ("Near duplicates", Some(duplicates)),
    ];
    let total = card.sizes.total();
    let lists = [
        ("Models", card.models, "Not made by a model"),
        ("Tiers", card.tiers, ""),
        ("Personas", card.personas, "None"),
        ("Emotions", card.emotions, "None"),
        ("Topics", card.topics, "None"),
        ("Content checks", card.findings, ""),
        ("Origins", card.origins, "Made here, or not said"),
        ("Licences", card.licenses, "Not said"),
    ];
    let lists = lists.into_iter().filter(|(_, counts, _)| !counts.is_empty());
    let lists = lists.map(|(title, counts, none)| {
        view! { <Counts title=title counts=counts none=none total=total /> }
    });
    view! {
        <Facts facts=figures />
        <div class="data-set-lists">
            <Counts
                title="Quality scores"
                counts=scores(&card.scores, card.unscored)
                none=""
                total=total
                most=usize::MAX
            />
            {parts(lists)}
        </div>
    }
    .into_any()
}

/// The histogram of scores as values with counts.
fn scores(scores: &[i64], unscored: i64) -> Vec<CardCount> {
    let bins = scores.iter().enumerate();
    let bins = bins
        .map(|(from, count)| CardCount { value: format!("{from}–{}", from + 1), count: *count });
    let none = CardCount { value: "No score".to_owned(), count: unscored };
    bins.chain((unscored > 0).then_some(none)).collect()
}

/// How many examples have each value, as a list with a bar in each line.
#[component]
fn Counts(
    title: &'static str,
    mut counts: Vec<CardCount>,
    /// What is said of those without a value.
    none: &'static str,
    total: i64,
    /// How many of them are shown.
    #[prop(default = MOST)]
    most: usize,
) -> impl IntoView {
    let more = counts.len().saturating_sub(most);
    counts.truncate(most);
    let line = move |own: CardCount| {
        let name = if own.value.is_empty() { none.to_owned() } else { own.value.replace('_', " ") };
        let share = (own.count * 100).checked_div(total).unwrap_or(0);
        view! {
            <li class="data-set-count">
                <span>{name}</span>
                <span class="data-set-number">{number(own.count)}</span>
                <svg
                    class="split-bar"
                    viewBox="0 0 100 10"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                    focusable="false"
                >
                    <rect data-part="train" x="0" y="0" height="10" width=share></rect>
                </svg>
            </li>
        }
    };
    let more = (more > 0).then(|| view! { <p class="muted">{format!("and {more} more")}</p> });
    view! {
        <section>
            <h3>{title}</h3>
            <ul class="data-set-counts">{rows(counts, |own| own.value.clone(), line)}</ul>
            {more}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_told_by_their_range() {
        let told = scores(&[0, 2], 1);
        let told: Vec<_> = told.iter().map(|own| (own.value.as_str(), own.count)).collect();
        assert_eq!(told, [("0–1", 0), ("1–2", 2), ("No score", 1)]);
        assert_eq!(scores(&[1], 0).len(), 1);
    }
}
