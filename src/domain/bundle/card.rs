//! What is known about a version: every number of its card.

use super::manifest::pretty;
use crate::domain::{
    data_sets::{Card, CardCount, DataSetVersionView, Shares},
    exports::{LeftOutCount, Split, push_inline},
    number::grouped,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    data_set: &'a str,
    version: i32,
    note: &'a str,
    created_at: DateTime<Utc>,
    created_by: &'a str,
    query: &'a str,
    shares: Shares,
    left_out: &'a [LeftOutCount],
    card: &'a Card,
}

pub fn json(version: &DataSetVersionView) -> String {
    pretty(&Whole {
        data_set: &version.data_set_name,
        version: version.summary.number,
        note: &version.summary.note,
        created_at: version.summary.created_at,
        created_by: version.summary.author_name.as_deref().unwrap_or_default(),
        query: version.query.as_deref().unwrap_or_default(),
        shares: version.shares,
        left_out: &version.left_out,
        card: &version.card,
    })
}

pub fn text(version: &DataSetVersionView) -> String {
    let card = &version.card;
    let mut text = "# ".to_owned();
    push_inline(&mut text, &version.data_set_name);
    _ = write!(text, ", version {}\n\n", version.summary.number);
    if !version.summary.note.is_empty() {
        push_inline(&mut text, &version.summary.note);
        text.push_str("\n\n");
    }
    let sizes = card.sizes;
    let parts = [sizes.train, sizes.validation, sizes.test];
    text.push_str("| part | share asked for | examples |\n|---|--:|--:|\n");
    for (split, size) in Split::ALL.into_iter().zip(parts) {
        let share = version.shares.of(split);
        _ = writeln!(text, "| {} | {share} % | {} |", split.label(), number(size));
    }
    _ = writeln!(text, "| together | | {} |\n", number(sizes.total()));
    text.push_str("| | |\n|---|--:|\n");
    for (name, value) in [
        ("turns", number(card.turns)),
        ("tokens, estimated", number(card.tokens)),
        ("what they cost to make, in US dollars", card.cost.to_decimal()),
        ("groups of near duplicates", number(card.duplicate_groups)),
        ("examples in these groups", number(card.duplicates)),
        ("without a score", number(card.unscored)),
    ] {
        _ = writeln!(text, "| {name} | {value} |");
    }
    text.push_str("\nNear duplicates are always in the same part.\n\n## Scores\n\n");
    text.push_str("| score | examples |\n|---|--:|\n");
    for (from, count) in card.scores.iter().enumerate() {
        _ = writeln!(text, "| {from}–{} | {} |", from + 1, number(*count));
    }
    for (heading, counts) in [
        ("Models", &card.models),
        ("Prompts, by SHA-256", &card.prompts),
        ("Tiers", &card.tiers),
        ("Personas", &card.personas),
        ("Emotions", &card.emotions),
        ("Topics", &card.topics),
        ("Origins", &card.origins),
        ("Licences", &card.licenses),
        ("What content checks found", &card.findings),
    ] {
        push_counts(&mut text, heading, counts);
    }
    if !version.left_out.is_empty() {
        text.push_str("\n## Left out\n\n");
        push_left_out(&mut text, &version.left_out);
    }
    text
}

/// How many were left out, and why.
pub fn push_left_out(text: &mut String, left_out: &[LeftOutCount]) {
    text.push_str("| reason | conversations |\n|---|--:|\n");
    for LeftOutCount { reason, count } in left_out {
        _ = writeln!(text, "| {} | {} |", reason.label(), number(*count));
    }
}

fn push_counts(text: &mut String, heading: &str, counts: &[CardCount]) {
    _ = write!(text, "\n## {heading}\n\n");
    if counts.is_empty() {
        text.push_str("None.\n");
        return;
    }
    text.push_str("| | examples |\n|---|--:|\n");
    for CardCount { value, count } in counts {
        text.push_str("| ");
        push_inline(text, if value.is_empty() { "(none)" } else { value });
        _ = writeln!(text, " | {} |", number(*count));
    }
}

/// With separators: `1,250,000`.
pub fn number(count: i64) -> String {
    grouped(&count.to_string())
}
