//! What is known about a version: every number of its card.

use super::manifest::pretty;
use crate::domain::{
    data_sets::{Card, CardCount, DataSetVersionView, Shares},
    exports::{LeftOut, LeftOutCount, Split, TokenFit, TokenRule, push_inline},
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
    include: &'a [LeftOut],
    token_fit: Option<TokenFit>,
    minimum_score: Option<f64>,
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
        include: &version.include,
        token_fit: version.token_fit,
        minimum_score: version.minimum_score,
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
    _ = writeln!(text, "| together | | {} |", number(sizes.total()));
    push_rules(&mut text, &version.include, version.token_fit, version.minimum_score);
    text.push_str("\n| | |\n|---|--:|\n");
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

/// What was chosen besides which conversations: what is taken although it is left out otherwise,
/// how long one may be, and which score it has at least.
pub fn push_rules(
    text: &mut String,
    include: &[LeftOut],
    token_fit: Option<TokenFit>,
    minimum_score: Option<f64>,
) {
    if !include.is_empty() {
        let labels: Vec<&str> = include.iter().map(|own| own.label()).collect();
        _ = writeln!(text, "\nAlso taken, by request: {}.", labels.join(", "));
    }
    if let Some(TokenFit { target, rule }) = token_fit {
        let target = number(target.into());
        let longer = match rule {
            TokenRule::LeaveOut => "Longer ones are left out.",
            TokenRule::Cut => "Longer ones are cut behind an answer.",
        };
        _ = writeln!(text, "\nEach has at most {target} tokens, by an estimate. {longer}");
    }
    if let Some(score) = minimum_score {
        _ = writeln!(text, "\nEach that has a score has at least {score:.1}.");
    }
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
