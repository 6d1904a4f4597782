//! Asking for one conversation.

use super::{
    Tier,
    text::{MAX_TEXT, categories, optional},
};
use crate::domain::field_error::{FieldError, FieldErrors};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// How many turns may be asked for.
pub const TURNS: RangeInclusive<u32> = 2..=60;
/// The longest free instructions, in Unicode scalar values.
pub const MAX_INSTRUCTIONS: usize = 4000;

/// The form as it was filled in: the body of `POST /api/conversations/generate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConversationRequest {
    pub tier: Tier,
    #[schema(example = "First-time home buyer")]
    pub persona: String,
    #[schema(example = "anxious")]
    pub emotion: String,
    #[schema(example = "Fixed or variable mortgage rate")]
    pub topic: String,
    #[serde(default)]
    pub intent: String,
    #[serde(default)]
    pub tone: String,
    /// User and assistant together, 2 to 60, even: it begins with the user and ends on the
    /// assistant.
    #[schema(example = 10)]
    pub turns: u32,
    /// Anything else that Claude should know.
    #[serde(default)]
    pub instructions: String,
    #[serde(default)]
    pub categories: Vec<String>,
}

/// A request whose every field is allowed, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", into = "ConversationRequest", try_from = "ConversationRequest")]
pub struct NewConversation {
    tier: Tier,
    persona: String,
    emotion: String,
    topic: String,
    intent: Option<String>,
    tone: Option<String>,
    turns: u32,
    instructions: Option<String>,
    categories: Vec<String>,
}

impl NewConversation {
    /// Everything that is wrong with a request is told at once.
    pub fn parse(request: &ConversationRequest) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let persona = errors.keep("persona", required("persona", &request.persona));
        let emotion = errors.keep("emotion", required("emotion", &request.emotion));
        let topic = errors.keep("topic", required("topic", &request.topic));
        let intent = errors.keep("intent", optional("The intent", &request.intent, MAX_TEXT));
        let tone = errors.keep("tone", optional("The tone", &request.tone, MAX_TEXT));
        let instructions = errors.keep(
            "instructions",
            optional("The instructions", &request.instructions, MAX_INSTRUCTIONS),
        );
        let categories = errors.keep("categories", categories(&request.categories));
        errors.keep("turns", Self::check_turns(request.turns));
        let errors = errors.into_vec();
        match (persona, emotion, topic, intent, tone, instructions, categories) {
            (
                Some(persona),
                Some(emotion),
                Some(topic),
                Some(intent),
                Some(tone),
                Some(instructions),
                Some(categories),
            ) if errors.is_empty() => {
                let (tier, turns) = (request.tier, request.turns);
                Ok(Self {
                    tier,
                    persona,
                    emotion,
                    topic,
                    intent,
                    tone,
                    turns,
                    instructions,
                    categories,
                })
            }
            _ => Err(errors),
        }
    }

    /// # Errors
    /// The sentence that says which numbers of turns there are.
    pub fn check_turns(turns: u32) -> Result<(), String> {
        if TURNS.contains(&turns) && turns.is_multiple_of(2) {
            return Ok(());
        }
        let (least, most) = (TURNS.start(), TURNS.end());
        Err(format!("Enter an even number of turns, from {least} to {most}."))
    }

    pub fn tier(&self) -> Tier {
        self.tier
    }

    pub fn persona(&self) -> &str {
        &self.persona
    }

    pub fn emotion(&self) -> &str {
        &self.emotion
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    pub fn intent(&self) -> Option<&str> {
        self.intent.as_deref()
    }

    pub fn tone(&self) -> Option<&str> {
        self.tone.as_deref()
    }

    /// User and assistant together; even.
    pub fn turns(&self) -> u32 {
        self.turns
    }

    pub fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// What the conversation is called until somebody renames it.
    pub fn title(&self) -> String {
        format!("{} – {}", self.topic, self.persona)
    }
}

impl From<NewConversation> for ConversationRequest {
    fn from(new: NewConversation) -> Self {
        Self {
            tier: new.tier,
            persona: new.persona,
            emotion: new.emotion,
            topic: new.topic,
            intent: new.intent.unwrap_or_default(),
            tone: new.tone.unwrap_or_default(),
            turns: new.turns,
            instructions: new.instructions.unwrap_or_default(),
            categories: new.categories,
        }
    }
}

impl TryFrom<ConversationRequest> for NewConversation {
    type Error = String;

    fn try_from(request: ConversationRequest) -> Result<Self, String> {
        Self::parse(&request).map_err(|errors| {
            errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join(" ")
        })
    }
}

fn required(what: &str, raw: &str) -> Result<String, String> {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    optional(&format!("The {what}"), raw, MAX_TEXT)?
        .ok_or_else(|| format!("Enter {article} {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> ConversationRequest {
        ConversationRequest {
            tier: Tier::Scenario,
            persona: " New parent ".into(),
            emotion: "tired".into(),
            topic: "Sleep".into(),
            intent: String::new(),
            tone: " ".into(),
            turns: 10,
            instructions: String::new(),
            categories: vec!["family".into(), " family".into(), String::new()],
        }
    }

    #[test]
    fn trims_and_leaves_out_what_is_empty() {
        let new = NewConversation::parse(&request()).unwrap();
        assert_eq!(
            (new.persona(), new.tone(), new.categories()),
            ("New parent", None, &["family".to_owned()][..])
        );
        assert_eq!(new.title(), "Sleep – New parent");
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<NewConversation>(&text).unwrap(), new);
    }

    #[test]
    fn tells_everything_that_is_wrong_at_once() {
        let bad = ConversationRequest {
            persona: " ".into(),
            emotion: "x".repeat(201),
            topic: "a\u{0}b".into(),
            turns: 9,
            instructions: "x".repeat(4001),
            ..request()
        };
        let errors = NewConversation::parse(&bad).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["persona", "emotion", "topic", "instructions", "turns"]);
        for turns in [0, 1, 61, 62] {
            assert!(
                NewConversation::parse(&ConversationRequest { turns, ..request() }).is_err(),
                "{turns}"
            );
        }
    }
}
