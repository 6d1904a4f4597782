//! Which of several that say nearly the same is the one to keep, and why.

use crate::domain::conversations::{AlikeRow, ConversationView, Likeness, Status};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use uuid::Uuid;

/// What is known of one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: Uuid,
    pub name: String,
    pub status: Status,
    /// Trainers take it.
    pub is_trainable: bool,
    pub score: Option<f64>,
    /// Of the training text.
    pub tokens: i32,
    pub created_at: DateTime<Utc>,
    /// It is the one that the others are compared with, or says nearly the same. Of what is only
    /// related nothing is archived unless a person says so.
    pub is_near: bool,
}

impl Candidate {
    pub fn own(now: &ConversationView) -> Self {
        Self {
            id: now.id,
            name: super::title(&now.title, &now.public_id),
            status: now.status,
            is_trainable: now.gate_failures.is_empty(),
            score: now.quality_score,
            tokens: now.training_tokens,
            created_at: now.created_at,
            is_near: true,
        }
    }

    pub fn other(row: &AlikeRow) -> Self {
        let one = &row.conversation;
        Self {
            id: one.id,
            name: super::title(&one.title, &one.public_id),
            status: one.status,
            is_trainable: one.is_trainable(),
            score: one.quality_score,
            tokens: one.training_tokens,
            created_at: one.created_at,
            is_near: row.likeness == Likeness::NearlyTheSame,
        }
    }
}

type Comparison = fn(&Candidate, &Candidate) -> Ordering;

/// What decides between two, in this order, and what is said of the one that it speaks for.
const REASONS: [(Comparison, &str); 5] = [
    (|one, other| is_approved(one).cmp(&is_approved(other)), "It is approved."),
    (|one, other| one.is_trainable.cmp(&other.is_trainable), "Trainers take it."),
    (|one, other| score(one).total_cmp(&score(other)), "It has the highest score."),
    (|one, other| one.tokens.cmp(&other.tokens), "It is the longest."),
    (
        |one, other| other.created_at.cmp(&one.created_at),
        "They are equally good; it is the oldest.",
    ),
];

fn is_approved(one: &Candidate) -> bool {
    one.status == Status::Approved
}

/// What has no score is worth less than what has the lowest.
fn score(one: &Candidate) -> f64 {
    one.score.unwrap_or(-1.0)
}

fn decide(one: &Candidate, other: &Candidate) -> (Ordering, &'static str) {
    let mut differs = REASONS.iter().map(|(compare, why)| (compare(one, other), *why));
    let found = differs.find(|(order, _)| order.is_ne());
    found.unwrap_or((Ordering::Equal, "They are equally good."))
}

/// The one to keep of those that say nearly the same, and what tells it from the next best.
pub fn best(candidates: &[Candidate]) -> Option<(Uuid, &'static str)> {
    let mut near: Vec<_> = candidates.iter().filter(|one| one.is_near).collect();
    if near.len() < 2 {
        // Nothing says nearly the same: then of all.
        near = candidates.iter().collect();
    }
    near.sort_by(|one, other| decide(other, one).0);
    let (first, second) = (near.first()?, near.get(1)?);
    Some((first.id, decide(first, second).1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: u128) -> Candidate {
        Candidate {
            id: Uuid::from_u128(number),
            name: number.to_string(),
            status: Status::PendingReview,
            is_trainable: true,
            score: Some(7.0),
            tokens: 100,
            created_at: DateTime::UNIX_EPOCH
                + chrono::TimeDelta::days(i64::try_from(number).unwrap()),
            is_near: true,
        }
    }

    fn of(candidates: &[Candidate]) -> (u128, &'static str) {
        let (id, why) = best(candidates).unwrap();
        (id.as_u128(), why)
    }

    #[test]
    fn approval_counts_before_the_gate_and_that_before_the_score_and_the_length() {
        let old = candidate(1);
        assert_eq!(of(&[candidate(2), old.clone()]).0, 1, "the oldest of equals");
        let long = Candidate { tokens: 200, ..candidate(2) };
        assert_eq!(of(&[old.clone(), long.clone()]), (2, "It is the longest."));
        let good = Candidate { score: Some(7.5), ..candidate(3) };
        assert_eq!(of(&[old.clone(), long, good.clone()]), (3, "It has the highest score."));
        let broken = Candidate { score: Some(9.9), is_trainable: false, ..candidate(4) };
        assert_eq!(of(&[broken, good.clone()]), (3, "Trainers take it."));
        let approved = Candidate {
            status: Status::Approved,
            score: None,
            is_trainable: false,
            ..candidate(5)
        };
        assert_eq!(of(&[good, approved]), (5, "It is approved."));
    }

    #[test]
    fn the_reason_is_what_tells_it_from_the_next_best() {
        let approved = |number, score| Candidate {
            status: Status::Approved,
            score: Some(score),
            ..candidate(number)
        };
        let all = [approved(1, 7.0), approved(2, 8.0), candidate(3)];
        assert_eq!(of(&all), (2, "It has the highest score."));
    }

    #[test]
    fn what_is_only_related_is_the_best_of_nothing_unless_there_is_nothing_else() {
        let related = Candidate { is_near: false, score: Some(9.0), ..candidate(1) };
        let all = [candidate(2), related.clone(), candidate(3)];
        assert_eq!(of(&all).0, 2);
        assert_eq!(of(&[candidate(2), related]).0, 1);
        assert_eq!(best(&[candidate(1)]), None);
    }
}
