//! The card of a version: what is known about its conversations.

use crate::{
    domain::{
        conversations::{FindingKind, Tier},
        data_sets::{Card, CardCount},
    },
    ui::{
        components::{parts, rows},
        export::words::number,
    },
};
use leptos::prelude::*;

/// How many values of a list are shown.
const MOST: usize = 8;
/// How much of the SHA-256 of a prompt.
const DIGITS: usize = 12;

/// What people call a value that is a word of this program. Others are names and texts of people,
/// and stay as they are.
type Label = fn(&str) -> Option<&'static str>;

fn tier(word: &str) -> Option<&'static str> {
    word.parse().ok().map(Tier::label)
}

fn finding(word: &str) -> Option<&'static str> {
    word.parse().ok().map(FindingKind::label)
}

fn as_it_is(_: &str) -> Option<&'static str> {
    None
}

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
    let lists: [(_, _, _, Label); 9] = [
        ("Models", card.models, "Not made by a model", as_it_is),
        ("Prompts", prompts(card.prompts), "Made without a prompt", as_it_is),
        ("Tiers", card.tiers, "", tier),
        ("Personas", card.personas, "None", as_it_is),
        ("Emotions", card.emotions, "None", as_it_is),
        ("Topics", card.topics, "None", as_it_is),
        ("Content checks", card.findings, "", finding),
        ("Origins", card.origins, "Made here, or not said", as_it_is),
        ("Licences", card.licenses, "Not said", as_it_is),
    ];
    let lists = lists.into_iter().filter(|(_, counts, ..)| !counts.is_empty());
    let lists = lists.map(|(title, counts, none, label)| {
        view! { <Counts title=title counts=counts none=none label=label total=total /> }
    });
    view! {
        <Facts facts=figures />
        <div class="data-set-lists">
            <Counts
                title="Quality scores"
                counts=scores(&card.scores, card.unscored)
                none="No score"
                label=as_it_is
                total=total
                most=usize::MAX
            />
            {parts(lists)}
        </div>
    }
    .into_any()
}

/// Each by the beginning of its SHA-256, which tells it from the others.
fn prompts(prompts: Vec<CardCount>) -> Vec<CardCount> {
    let short =
        |own: CardCount| CardCount { value: own.value.chars().take(DIGITS).collect(), ..own };
    prompts.into_iter().map(short).collect()
}

/// The histogram of scores as values with counts.
fn scores(scores: &[i64], unscored: i64) -> Vec<CardCount> {
    let bins = scores.iter().enumerate();
    let bins = bins
        .map(|(from, count)| CardCount { value: format!("{from}–{}", from + 1), count: *count });
    let none = CardCount { value: String::new(), count: unscored };
    bins.chain((unscored > 0).then_some(none)).collect()
}

/// How many examples have each value, as a list with a bar in each line.
#[component]
fn Counts(
    title: &'static str,
    mut counts: Vec<CardCount>,
    /// What is said of those without a value.
    none: &'static str,
    label: Label,
    total: i64,
    /// How many of them are shown.
    #[prop(default = MOST)]
    most: usize,
) -> impl IntoView {
    let more = counts.len().saturating_sub(most);
    counts.truncate(most);
    let line = move |own: CardCount| {
        let ours = own.value.is_empty().then_some(none).or_else(|| label(&own.value));
        let name = match ours {
            Some(ours) => view! { <span>{ours}</span> }.into_any(),
            None => view! { <span translate="no">{own.value}</span> }.into_any(),
        };
        let share = (own.count * 100).checked_div(total).unwrap_or(0);
        view! {
            <li class="data-set-count">
                {name}
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
    fn only_words_of_the_program_have_another_name() {
        assert_eq!(tier("edge_case"), Some("Edge case"));
        assert_eq!(finding("email"), Some("E-mail address"));
        assert_eq!((tier("my_model"), as_it_is("edge_case")), (None, None));
    }

    #[test]
    fn scores_are_told_by_their_range() {
        let told = scores(&[0, 2], 1);
        let told: Vec<_> = told.iter().map(|own| (own.value.as_str(), own.count)).collect();
        assert_eq!(told, [("0–1", 0), ("1–2", 2), ("", 1)]);
        assert_eq!(scores(&[1], 0).len(), 1);
    }
}
