//! What an organization sets for everybody in it, saved in one deliberate step: what the tabs for
//! that have in common.

mod draft;
mod field;
mod save;

pub use draft::EveryoneDraft;
pub use field::EveryoneField;
pub use save::SaveForEveryone;

use crate::{
    api::operation::{Nothing, Operation, reads::IfMatch},
    domain::{field_error::FieldError, settings::Overrides},
    ui::{client::rest::Call, setting::Stored},
};
use uuid::Uuid;

/// Such values, as the server answers them.
pub trait ForEveryone: Stored<Name = Uuid> {
    /// Saves them, or only tells what would follow.
    type Change: Operation<Answer = Self> + IfMatch;
    type Read: Operation<At = Uuid, Body = Nothing, Answer = Self>;

    const WORDS: &'static Words;

    fn version(&self) -> i64;

    /// How many people or things what was asked for concerns.
    fn count(&self) -> i64;

    /// The call that changes them, or with `preview` counts what a change would concern.
    fn change(organization: Uuid, patch: Overrides, preview: bool) -> Call<Self::Change>;

    /// Every rule that edits break, by the code that the server has as well.
    fn mistakes(&self, edits: &Overrides) -> Vec<FieldError>;

    /// What applies when these are set and nothing else.
    fn merged(own: &Overrides) -> Overrides;

    /// What a change would concern, in a sentence; `None` while it is counted.
    fn follows(count: Option<i64>) -> String;

    /// That they are saved, in words.
    fn saved(&self) -> String;
}

/// What the page calls them.
pub struct Words {
    /// The ids of the bar, of its button and of the question.
    pub bar: &'static str,
    pub review: &'static str,
    pub dialog: &'static str,
    /// As in “Changes of …”.
    pub of: &'static str,
    /// What happened when somebody else was faster, in a sentence.
    pub overtaken: &'static str,
    pub question: &'static str,
}
