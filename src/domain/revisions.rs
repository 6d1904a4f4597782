//! Revisions by Claude: what it proposes for a conversation, until a person accepts or drops it.

use super::{
    conversations::{ConversationContent, Finding, GateFailure},
    money::Money,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest instruction, in Unicode scalar values.
pub const MAX_INSTRUCTION: usize = 4000;
/// The most proposals of one conversation that may wait.
pub const MAX_OPEN: usize = 5;
/// The longest reason that a version is kept with.
const MAX_REASON: usize = 500;

/// What Claude is to change, trimmed, with the line ends of pages.
///
/// # Errors
/// A sentence for the field.
pub fn instruction(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err("Say what Claude should change.".into());
    }
    if length > MAX_INSTRUCTION {
        return Err(format!(
            "The instruction must have at most {MAX_INSTRUCTION} characters, but has {length}."
        ));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err("The instruction must have no control characters.".into());
    }
    Ok(text.to_owned())
}

/// Why there is a version that came of a proposal, in one line.
pub fn reason(instruction: &str) -> String {
    let words: Vec<_> = instruction.split_whitespace().collect();
    let reason = format!("Revised with Claude: {}", words.join(" "));
    match reason.char_indices().nth(MAX_REASON) {
        None => reason,
        Some(_) => reason.chars().take(MAX_REASON - 1).chain(['…']).collect(),
    }
}

/// What a proposal makes of what stands: Claude wrote the title and the turns; what else was
/// changed meanwhile, as the tags of many are, stays.
pub fn accepted(
    standing: ConversationContent,
    proposal: &ConversationContent,
) -> ConversationContent {
    let (title, turns) = (proposal.title.clone(), proposal.turns.clone());
    ConversationContent { title, turns, ..standing }
}

words! {
    /// What became of a proposal.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum RevisionState: "The state" {
        /// Waits to be accepted.
        Open => "open", "Waits for you";
        Accepted => "accepted", "Accepted";
        Dropped => "dropped", "Dropped";
    }
}

/// What Claude proposes for a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionView {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub state: RevisionState,
    /// What Claude was asked to change.
    pub instruction: String,
    /// The comment that became the instruction.
    pub comment_id: Option<Uuid>,
    /// The version that it was made from. When another stands, accepting needs that one compared.
    pub base_version: i32,
    pub content: ConversationContent,
    /// Which rules of the gate the proposal breaks; empty when trainers would take it.
    pub gate_failures: Vec<GateFailure>,
    /// What content checks find in the proposal.
    pub findings: Vec<Finding>,
    /// 0.0–10.0.
    pub quality_score: Option<f64>,
    /// Nano-US-dollars.
    pub cost: Money,
    pub model: String,
    /// Who asked; absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// `{revisions, worstCase}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionsAnswer {
    /// Those that wait, the newest first.
    pub revisions: Vec<RevisionView>,
    /// The most that another one can cost, in nano-US-dollars; absent when the AI configuration
    /// would refuse it.
    pub worst_case: Option<Money>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::{Role, Tier, Turn};

    #[test]
    fn an_instruction_is_trimmed_and_bounded() {
        assert_eq!(instruction(" Shorter.\r\n\tKinder.\n").unwrap(), "Shorter.\n\tKinder.");
        assert!(instruction(&"ü".repeat(MAX_INSTRUCTION)).is_ok());
        for bad in [" \n", "a\0b", "a\u{7}b", &"ü".repeat(MAX_INSTRUCTION + 1)] {
            assert!(instruction(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_proposal_brings_nothing_back_that_claude_did_not_write() {
        let content = |title: &str, tag: &str, text: &str| ConversationContent {
            title: title.into(),
            persona: "Retired teacher".into(),
            emotion: String::new(),
            topic: String::new(),
            intent: String::new(),
            tone: String::new(),
            tier: Tier::Template,
            categories: vec![tag.into()],
            turns: vec![Turn { role: Role::User, content: text.into() }],
        };
        let (standing, proposal) = (content("A", "new", "One"), content("B", "old", "Two"));
        assert_eq!(accepted(standing, &proposal), content("B", "new", "Two"));
    }

    #[test]
    fn a_version_says_in_one_line_what_claude_was_asked() {
        assert_eq!(reason("Shorter.\n Kinder."), "Revised with Claude: Shorter. Kinder.");
        let long = reason(&"ü".repeat(MAX_INSTRUCTION));
        assert_eq!(long.chars().count(), MAX_REASON);
        assert!(long.ends_with('…'));
    }
}
