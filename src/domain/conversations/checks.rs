//! Content checks: what a person should look at before a conversation is trained on. Refusals and
//! set phrases, data of people, keys. None of it decides by itself.

mod accounts;
mod phones;
mod phrases;
mod secrets;

use super::duplicates::{key_of, words_of};
use crate::domain::{
    conversations::{Role, Turn},
    letter_case::lowercase,
    words::words,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, ops::Range};
use utoipa::ToSchema;

words! {
    /// What was found in a text.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    #[derive(PartialOrd, Ord)]
    pub enum FindingKind: "The finding" {
        /// The assistant declines.
        Refusal => "refusal", "Refusal";
        /// A set phrase of language models.
        Boilerplate => "boilerplate", "Boilerplate";
        /// An e-mail address.
        Email => "email", "E-mail address";
        /// A telephone number.
        Phone => "phone", "Phone number";
        /// The number of a bank account, with the right check digits.
        Iban => "iban", "IBAN";
        /// The number of a payment card, with the right check digit.
        Card => "card", "Card number";
        /// A key, a token or a private key.
        Secret => "secret", "Key or token";
    }
}

/// A stretch of a turn that a person should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    pub kind: FindingKind,
    /// From 1.
    pub turn: u32,
    /// Where it begins, in Unicode scalar values from 0.
    pub from: u32,
    /// Where the text goes on behind it.
    pub to: u32,
}

/// A place in bytes, and what stands there.
type Place = (Range<usize>, FindingKind);

/// Everything that is found, in the order of the text; no two findings overlap.
pub fn findings(turns: &[Turn]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (turn, number) in turns.iter().zip(1_u32..) {
        let text = &turn.content;
        let mut counted = (0, 0);
        for (place, kind) in places(text, turn.role) {
            let mut letters_until = |at: usize| {
                let more = text[counted.0..at].chars().count();
                counted = (at, counted.1 + more);
                u32::try_from(counted.1).unwrap_or(u32::MAX)
            };
            let (from, to) = (letters_until(place.start), letters_until(place.end));
            findings.push(Finding { kind, turn: number, from, to });
        }
    }
    findings
}

/// Which kinds are among findings, each once, in the order of the enum.
pub fn kinds_of(findings: &[Finding]) -> Vec<FindingKind> {
    let is_found = |kind: &FindingKind| findings.iter().any(|finding| finding.kind == *kind);
    FindingKind::ALL.into_iter().filter(is_found).collect()
}

fn places(text: &str, role: Role) -> Vec<Place> {
    let mut places = Vec::new();
    phrases::find(text, role == Role::Assistant, &mut places);
    accounts::find(text, &mut places);
    phones::find(text, &mut places);
    secrets::find(text, &mut places);
    // Of two that overlap the one that begins first stays, or the longer one.
    places.sort_by_key(|(place, _)| (place.start, Reverse(place.end)));
    let mut end = 0;
    places.retain(|(place, _)| {
        let is_free = place.start >= end;
        if is_free {
            end = place.end;
        }
        is_free
    });
    places
}

/// Words of an opening.
const OPENING: usize = 8;

/// What conversations share that answer with the same opening: the first eight words of the first
/// answer, in lower case. None when there are fewer than eight.
pub fn same_opening(turns: &[Turn]) -> Option<String> {
    let words: Vec<&str> = words_of(first_answer(turns)?).take(OPENING).collect();
    (words.len() == OPENING).then(|| lowercase(&words.join(" ")))
}

/// The same as a number. It is stored, so that it may never become another: a test pins one.
pub fn opening_key(turns: &[Turn]) -> Option<i64> {
    same_opening(turns).map(|opening| key_of(&opening))
}

/// The same as it was written, to its last word.
pub fn opening_text(turns: &[Turn]) -> Option<&str> {
    let text = first_answer(turns)?;
    let last = words_of(text).nth(OPENING - 1)?;
    // Both are of the same text, so that their distance is a place in it.
    let end = last.as_ptr().addr() - text.as_ptr().addr() + last.len();
    text.get(..end).map(str::trim_start)
}

/// Whether so many of all conversations begin their answers alike that a model would learn it:
/// more than one of twenty. Of fewer than twenty nothing can be said.
pub fn is_common_opening(count: i64, total: i64) -> bool {
    total >= 20 && count * 20 > total
}

fn first_answer(turns: &[Turn]) -> Option<&str> {
    let answer = turns.iter().find(|turn| turn.role == Role::Assistant)?;
    Some(&answer.content)
}

/// Whether no letter, digit or underscore stands before a place: what is looked for begins there.
fn starts_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(is_of_word)
}

/// Whether no letter, digit or underscore stands at a place.
fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].starts_with(is_of_word)
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests;
