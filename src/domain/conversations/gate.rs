//! The trainable gate: whether a trainer takes a conversation as it is. A yes or no beside the
//! score, and stronger than it.

mod placeholders;
mod tokens;

pub use placeholders::has_placeholder;

use crate::domain::{
    conversations::{Role, Turn},
    words::words,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// A rule of the gate.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum GateRule: "The rule" {
        /// Fewer than two turns.
        TooFewTurns => "too_few_turns", "Too few turns";
        /// The first turn is not the user's.
        StartsWithAssistant => "starts_with_assistant", "Does not start with the user";
        /// Two turns of the same role follow each other; the second is named.
        NotAlternating => "not_alternating", "Turns do not alternate";
        /// The last turn is not the assistant's.
        EndsWithUser => "ends_with_user", "Does not end with the assistant";
        /// A turn without text.
        EmptyTurn => "empty_turn", "Empty turn";
        /// A text has a token by which chat templates tell roles apart.
        ControlToken => "control_token", "Control token in a text";
        /// A text still has something to be filled in.
        Placeholder => "placeholder", "Unfilled placeholder";
        /// A character did not arrive whole (U+FFFD).
        DamagedText => "damaged_text", "Damaged text";
        /// The model stopped before the end.
        CutOff => "cut_off", "Cut off by the model";
        /// The model declined to write it.
        Refused => "refused", "Refused by the model";
    }
}

/// A rule that a conversation breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateFailure {
    pub rule: GateRule,
    /// From 1; absent when it is about the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
}

/// Every rule that the turns break: first those about the whole, then in the order of the turns;
/// none when trainers take them. A rule is named once for each turn.
pub fn gate_failures(turns: &[Turn]) -> Vec<GateFailure> {
    let ends = [turns.first(), turns.last()].map(|turn| turn.map(|turn| turn.role));
    let whole = [
        (turns.len() < 2, GateRule::TooFewTurns),
        (ends[0] == Some(Role::Assistant), GateRule::StartsWithAssistant),
        (ends[1] == Some(Role::User), GateRule::EndsWithUser),
    ];
    let broken = whole.into_iter().filter(|(broken, _)| *broken);
    let mut failures: Vec<_> = broken.map(|(_, rule)| GateFailure { rule, turn: None }).collect();
    let mut before = None;
    for (turn, number) in turns.iter().zip(1_u32..) {
        let text = &turn.content;
        let rules = [
            (before == Some(turn.role), GateRule::NotAlternating),
            (!text.chars().any(is_seen), GateRule::EmptyTurn),
            (tokens::has_control_token(text), GateRule::ControlToken),
            (has_placeholder(text), GateRule::Placeholder),
            (text.contains(char::REPLACEMENT_CHARACTER), GateRule::DamagedText),
        ];
        before = Some(turn.role);
        let broken = rules.into_iter().filter(|(broken, _)| *broken);
        failures.extend(broken.map(|(_, rule)| GateFailure { rule, turn: Some(number) }));
    }
    failures
}

/// Whether a character leaves anything on a page: a turn of white space, zero-width and control
/// characters is empty to whoever reads it.
fn is_seen(letter: char) -> bool {
    !letter.is_whitespace()
        && !letter.is_control()
        && !matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
