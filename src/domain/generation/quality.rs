//! The quality score of a conversation, and the status that follows from it.

use crate::domain::{
    conversations::{GateFailure, Role, Status, Tier, Turn, gate_failures, has_placeholder},
    generation::estimate::training_tokens,
    preferences::values::QualityThresholds,
};
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, ops::RangeInclusive};
use utoipa::ToSchema;

/// The parts of a score, each 0.0–10.0 in tenths, and the score itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualityMetrics {
    /// 0.30 × turns + 0.25 × length + 0.30 × structure + 0.15 × confidence.
    #[schema(example = 8.4)]
    pub score: f64,
    /// Whether there are as many turns as are best for the tier.
    pub turns: f64,
    /// Whether turns have something to say, without being essays.
    pub length: f64,
    /// Whether roles alternate from the user on, no turn is empty, and the assistant has the last
    /// word.
    pub structure: f64,
    /// Whether the text looks finished and its own: nothing repeated, no placeholders, not cut off.
    pub confidence: f64,
}

/// Weights in percent.
const TURNS: u32 = 30;
const LENGTH: u32 = 25;
const STRUCTURE: u32 = 30;
const CONFIDENCE: u32 = 15;

/// Average characters of a turn that are best. Below, a turn hardly teaches anything; above, it is
/// an essay.
const BEST_LENGTH: RangeInclusive<u32> = 80..=1200;

/// Text that shows that somebody still had to write something, in lower case, beside the
/// placeholders of the gate. It costs points, but trainers would take it.
const UNWRITTEN: &[&str] = &["lorem ipsum", "todo:", "xxx"];
/// Text that shows that the model spoke about itself instead of playing its part, in lower case.
const OUT_OF_ROLE: &[&str] =
    &["as an ai language model", "i am an ai language model", "i cannot generate"];

/// The number of turns that is best for a tier.
pub fn best_turns(tier: Tier) -> RangeInclusive<u32> {
    match tier {
        Tier::Template => 8..=16,
        Tier::Scenario => 10..=20,
        Tier::EdgeCase => 6..=12,
    }
}

/// Scores a conversation. `cut_off` says that the answer ended because of its token limit. Whole
/// numbers throughout, in tenths, so that the same conversation has the same score everywhere.
pub fn assess(tier: Tier, turns: &[Turn], cut_off: bool) -> QualityMetrics {
    let parts = [
        (turn_points(tier, turns), TURNS),
        (length_points(turns), LENGTH),
        (structure_points(turns), STRUCTURE),
        (confidence_points(turns, cut_off), CONFIDENCE),
    ];
    let sum: u32 = parts.iter().map(|(points, weight)| points * weight).sum();
    let tenths = |points: u32| f64::from(points) / 10.0;
    QualityMetrics {
        score: tenths((sum + 50) / 100),
        turns: tenths(parts[0].0),
        length: tenths(parts[1].0),
        structure: tenths(parts[2].0),
        confidence: tenths(parts[3].0),
    }
}

/// The status of a freshly generated conversation under a person's thresholds.
pub fn status(score: f64, thresholds: &QualityThresholds) -> Status {
    // Scores and thresholds are tenths; comparing those leaves no room for 7.999….
    let tenths = |value: f64| (value * 10.0).round() as i64;
    let score = tenths(score);
    if score >= tenths(thresholds.auto_approval) {
        Status::Approved
    } else if score >= tenths(thresholds.flagging) {
        Status::PendingReview
    } else if score >= tenths(thresholds.minimum_acceptable) {
        Status::NeedsRevision
    } else {
        Status::Rejected
    }
}

/// What a machine can say of turns: their score, whether trainers take them, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    pub metrics: QualityMetrics,
    pub gate_failures: Vec<GateFailure>,
    /// As [`status`] has it, but no machine approves what no trainer takes: a person looks first.
    pub status: Status,
    /// Of all turns, estimated.
    pub training_tokens: i32,
}

/// Rates turns under a person's thresholds.
pub fn rate(tier: Tier, turns: &[Turn], thresholds: &QualityThresholds) -> Rating {
    let metrics = assess(tier, turns, false);
    let gate_failures = gate_failures(turns);
    let status = match status(metrics.score, thresholds) {
        Status::Approved if !gate_failures.is_empty() => Status::PendingReview,
        status => status,
    };
    let tokens = turns.iter().map(|turn| training_tokens(&turn.content));
    let training_tokens = tokens.fold(0_i32, i32::saturating_add);
    Rating { metrics, gate_failures, status, training_tokens }
}

/// Full points within the best range; outside, in proportion to how much is missing or too much.
fn in_range(value: u32, best: &RangeInclusive<u32>) -> u32 {
    if value < *best.start() {
        100 * value / best.start()
    } else if value > *best.end() {
        100 * best.end() / value
    } else {
        100
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX / 100)
}

fn turn_points(tier: Tier, turns: &[Turn]) -> u32 {
    in_range(count(turns.len()), &best_turns(tier))
}

fn length_points(turns: &[Turn]) -> u32 {
    if turns.is_empty() {
        return 0;
    }
    let characters: usize = turns.iter().map(|turn| turn.content.trim().chars().count()).sum();
    in_range(count(characters / turns.len()), &BEST_LENGTH)
}

/// 40 points for alternating roles, 30 for no empty turn, 30 for ending on the assistant; broken
/// rules cost in proportion.
fn structure_points(turns: &[Turn]) -> u32 {
    if turns.is_empty() {
        return 0;
    }
    let expected =
        |index: usize| if index.is_multiple_of(2) { Role::User } else { Role::Assistant };
    let in_turn =
        turns.iter().enumerate().filter(|(index, turn)| turn.role == expected(*index)).count();
    let filled = turns.iter().filter(|turn| !turn.content.trim().is_empty()).count();
    let ends_well = turns.last().is_some_and(|turn| turn.role == Role::Assistant);
    let all = count(turns.len());
    40 * count(in_turn) / all + 30 * count(filled) / all + if ends_well { 30 } else { 0 }
}

fn confidence_points(turns: &[Turn], cut_off: bool) -> u32 {
    if turns.is_empty() {
        return 0;
    }
    let texts: Vec<String> = turns.iter().map(|turn| turn.content.trim().to_lowercase()).collect();
    let distinct = texts.iter().collect::<HashSet<_>>().len();
    let repeated = count(texts.len() - distinct);
    let has =
        |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let has_open_place = turns.iter().any(|turn| has_placeholder(&turn.content));
    let lost = 100 * repeated / count(texts.len())
        + if cut_off { 50 } else { 0 }
        + if has(UNWRITTEN) || has_open_place { 40 } else { 0 }
        + if has(OUT_OF_ROLE) { 40 } else { 0 };
    100_u32.saturating_sub(lost)
}

#[cfg(test)]
mod tests;
