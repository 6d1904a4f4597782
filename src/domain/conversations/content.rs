//! What people edit of a conversation, and what a version keeps.

use super::{
    Role, Tier, Turn,
    text::{MAX_TEXT, categories, optional},
};
use crate::domain::field_error::{FieldError, FieldErrors};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest title, in Unicode scalar values.
pub const MAX_TITLE: usize = 300;
/// The most turns of one conversation.
pub const MAX_TURNS: usize = 400;
/// The longest turn, in Unicode scalar values.
pub const MAX_TURN: usize = 200_000;
/// The most that all turns say together, in Unicode scalar values.
pub const MAX_CONVERSATION: usize = 1_000_000;

/// The content of a conversation: what is saved as a whole, and what two versions differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConversationContent {
    #[schema(example = "Fixed or variable rate – first-time home buyer")]
    pub title: String,
    #[serde(default)]
    pub persona: String,
    #[serde(default)]
    pub emotion: String,
    #[serde(default)]
    pub topic: String,
    #[serde(default)]
    pub intent: String,
    #[serde(default)]
    pub tone: String,
    pub tier: Tier,
    /// Tags; at most 20.
    #[serde(default)]
    pub categories: Vec<String>,
    /// At most 400.
    pub turns: Vec<Turn>,
}

impl ConversationContent {
    /// The content as it is stored: texts about it trimmed, turns untouched.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path (`turns.3.content`, from 0).
    pub fn check(self) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let title = errors.keep("title", optional("The title", &self.title, MAX_TITLE));
        let persona = errors.keep("persona", optional("The persona", &self.persona, MAX_TEXT));
        let emotion = errors.keep("emotion", optional("The emotion", &self.emotion, MAX_TEXT));
        let topic = errors.keep("topic", optional("The topic", &self.topic, MAX_TEXT));
        let intent = errors.keep("intent", optional("The intent", &self.intent, MAX_TEXT));
        let tone = errors.keep("tone", optional("The tone", &self.tone, MAX_TEXT));
        let categories = errors.keep("categories", categories(&self.categories));
        if self.turns.len() > MAX_TURNS {
            errors.add("turns", format!("There may be at most {MAX_TURNS} turns."));
        }
        let mut length = 0;
        for (index, turn) in self.turns.iter().enumerate() {
            let own = turn.content.chars().count();
            length += own;
            let path = format!("turns.{index}.content");
            let number = index + 1;
            if own > MAX_TURN {
                let most = MAX_TURN;
                errors.add(path, format!("Turn {number} must have at most {most} characters."));
            } else if turn.content.contains('\0') {
                errors.add(path, format!("Turn {number} contains the character zero. Remove it."));
            }
        }
        if length > MAX_CONVERSATION {
            let most = MAX_CONVERSATION;
            errors.add("turns", format!("All turns together may have at most {most} characters."));
        }
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return Err(errors);
        }
        let text = |text: Option<Option<String>>| text.flatten().unwrap_or_default();
        Ok(Self {
            title: text(title),
            persona: text(persona),
            emotion: text(emotion),
            topic: text(topic),
            intent: text(intent),
            tone: text(tone),
            tier: self.tier,
            categories: categories.unwrap_or_default(),
            turns: self.turns,
        })
    }

    /// A turn for the end: whoever did not speak last.
    pub fn next_role(&self) -> Role {
        match self.turns.last().map(|turn| turn.role) {
            Some(Role::User) => Role::Assistant,
            _ => Role::User,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(turns: &[(Role, &str)]) -> ConversationContent {
        let turn = |(role, text): &(Role, &str)| Turn { role: *role, content: (*text).to_owned() };
        ConversationContent {
            title: " A title ".into(),
            persona: String::new(),
            emotion: String::new(),
            topic: "x".into(),
            intent: String::new(),
            tone: String::new(),
            tier: Tier::Template,
            categories: vec!["a".into(), " a".into()],
            turns: turns.iter().map(turn).collect(),
        }
    }

    #[test]
    fn what_is_about_it_is_trimmed_and_what_is_said_is_not() {
        let checked = content(&[(Role::User, " Hi \u{2028} ")]).check().unwrap();
        assert_eq!((checked.title.as_str(), checked.categories.len()), ("A title", 1));
        assert_eq!(checked.turns[0].content, " Hi \u{2028} ");
        assert_eq!(checked.next_role(), Role::Assistant);
        assert_eq!(content(&[]).next_role(), Role::User);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        let long = "x".repeat(MAX_TURN + 1);
        let mut bad = content(&[(Role::User, "a\0b"), (Role::User, &long)]);
        bad.title = "x".repeat(MAX_TITLE + 1);
        let paths: Vec<_> = bad.check().unwrap_err().into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["title", "turns.0.content", "turns.1.content"]);
        let many = vec![(Role::User, "x"); MAX_TURNS + 1];
        assert_eq!(content(&many).check().unwrap_err()[0].path, "turns");
    }
}
