//! Data sets: what is trained with, in versions whose parts (train, validation, test) nothing moves
//! between.

mod card;
mod split;
mod texts;

pub use card::{CardCounter, CardExample};
pub use split::{Alike, Division, Example, divide};
pub use texts::{Text, meetings};

use super::{
    exports::{LeftOut, LeftOutCount, Split, TARGETS, TokenFit},
    field_error::{FieldError, FieldErrors},
    money::Money,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest name, in Unicode scalar values.
pub const MAX_NAME: usize = 80;
/// The longest description, and the longest note about a version.
pub const MAX_DESCRIPTION: usize = 2000;
/// How many data sets a person or an organization may have.
pub const MOST_DATA_SETS: i64 = 200;
/// How many versions a data set may have.
pub const MOST_VERSIONS: i64 = 500;

/// How much each part is to have, in percent, together 100. What is 0 stays empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    #[schema(example = 90)]
    pub train: u8,
    #[schema(example = 5)]
    pub validation: u8,
    #[schema(example = 5)]
    pub test: u8,
}

impl Default for Shares {
    fn default() -> Self {
        Self { train: 90, validation: 5, test: 5 }
    }
}

impl Shares {
    pub fn of(&self, split: Split) -> u8 {
        match split {
            Split::Train => self.train,
            Split::Validation => self.validation,
            Split::Test => self.test,
        }
    }

    /// # Errors
    /// What is wrong, by its field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let sum = u32::from(self.train) + u32::from(self.validation) + u32::from(self.test);
        if sum != 100 {
            errors.add("shares", format!("The parts add up to {sum} %, not to 100 %."));
        } else if self.train == 0 {
            errors.add("shares.train", "Without a part to train with there is no data set.");
        }
        errors.finish(Some(()))
    }
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetView {
    pub id: Uuid,
    #[schema(example = "Support answers")]
    pub name: String,
    pub description: String,
    /// The caller may rename and remove it: their own, or as one who manages the organization.
    pub can_change: bool,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The newest.
    pub latest: Option<DataSetVersionSummary>,
}

/// A version in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetVersionSummary {
    pub id: Uuid,
    /// From 1.
    #[schema(example = 3)]
    pub number: i32,
    pub note: String,
    pub sizes: SplitSizes,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// How many examples each part has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SplitSizes {
    #[schema(example = 1068)]
    pub train: i64,
    #[schema(example = 59)]
    pub validation: i64,
    #[schema(example = 60)]
    pub test: i64,
}

impl SplitSizes {
    pub fn total(self) -> i64 {
        self.train + self.validation + self.test
    }
}

/// A version with all that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetVersionView {
    #[serde(flatten)]
    pub summary: DataSetVersionSummary,
    pub data_set_id: Uuid,
    pub data_set_name: String,
    /// The filters, as an address has them; absent: conversations one by one.
    pub query: Option<String>,
    pub shares: Shares,
    /// What was taken although it is left out otherwise.
    pub include: Vec<LeftOut>,
    /// To what its conversations are cut in files.
    pub token_fit: Option<TokenFit>,
    /// The lowest score that it takes, 0–10; absent: any.
    #[serde(default)]
    #[schema(example = 6.0)]
    pub minimum_score: Option<f64>,
    pub left_out: Vec<LeftOutCount>,
    pub card: Card,
    /// How many of its conversations were removed for good since. With any, no file can be made.
    #[schema(example = 0)]
    pub gone: i64,
    /// How many of its conversations were deleted and are not removed for good yet: files have
    /// them, until the first is.
    #[serde(default)]
    #[schema(example = 0)]
    pub deleted: i64,
    /// When the first of these is removed for good, and no file can be made any more.
    #[serde(default)]
    pub writable_until: Option<DateTime<Utc>>,
    /// The caller may remove it.
    pub can_change: bool,
}

/// What is known about a version. Every number can be counted again in its files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    pub sizes: SplitSizes,
    /// Turns of all examples.
    #[schema(example = 9870)]
    pub turns: i64,
    /// Estimated tokens of all examples.
    #[schema(example = 1_250_000)]
    pub tokens: i64,
    /// Per model, the most frequent first; `""`: not made by a model.
    pub models: Vec<CardCount>,
    /// Per SHA-256 of the prompt, the most frequent first.
    pub prompts: Vec<CardCount>,
    pub tiers: Vec<CardCount>,
    pub personas: Vec<CardCount>,
    pub emotions: Vec<CardCount>,
    pub topics: Vec<CardCount>,
    pub origins: Vec<CardCount>,
    pub licenses: Vec<CardCount>,
    /// Scores 0–1, 1–2, …, 9–10; 10 is in the last.
    #[schema(example = json!([0, 0, 0, 0, 12, 40, 98, 310, 590, 137]))]
    pub scores: Vec<i64>,
    /// How many have no score.
    pub unscored: i64,
    /// What all together cost to make.
    pub cost: Money,
    /// How many groups of near duplicates there are, and how many examples are in them.
    pub duplicate_groups: i64,
    pub duplicates: i64,
    /// Per kind of finding, how many examples have it.
    pub findings: Vec<CardCount>,
}

/// How many examples have a value. Of many values the 50 most frequent are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardCount {
    #[schema(example = "scenario")]
    pub value: String,
    #[schema(example = 640)]
    pub count: i64,
}

/// What changed from one version to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetDifference {
    pub added: i64,
    pub removed: i64,
    /// In both, with another content.
    pub edited: i64,
    pub unchanged: i64,
    /// The first 200 of what is different, added ones first.
    pub rows: Vec<DifferenceRow>,
}

/// A conversation that differs between two versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceRow {
    pub kind: DifferenceKind,
    pub public_id: String,
    /// As it is now; absent when it is gone.
    pub title: Option<String>,
    pub split: Split,
}

super::words::words! {
    /// How a conversation differs between two versions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum DifferenceKind: "The kind" {
        Added => "added", "Added";
        Edited => "edited", "Edited";
        Removed => "removed", "Removed";
    }
}

/// A name as it is stored, and a description.
///
/// # Errors
/// What is wrong with them, by its field.
pub fn check_names(name: &str, description: &str) -> Result<(String, String), Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let (name, description) = (name.trim(), description.trim());
    let length = name.chars().count();
    if length == 0 {
        errors.add("name", "Give the data set a name.");
    } else if length > MAX_NAME {
        errors.add("name", format!("A name has at most {MAX_NAME} characters, not {length}."));
    } else if name.chars().any(char::is_control) {
        errors.add("name", "A name has no control characters.");
    }
    check_description(&mut errors, "description", description);
    errors.finish(Some((name.to_owned(), description.to_owned())))
}

/// Holds a description or a note against its limits.
pub fn check_description(errors: &mut FieldErrors, path: &str, text: &str) {
    let length = text.chars().count();
    if length > MAX_DESCRIPTION {
        errors.add(path, format!("Write at most {MAX_DESCRIPTION} characters, not {length}."));
    } else if text.chars().any(|letter| letter.is_control() && !"\n\r\t".contains(letter)) {
        errors.add(path, "It must have no control characters.");
    }
}

/// What a version is to have, besides which conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VersionRules {
    pub shares: Shares,
    /// As of an export.
    pub include: Vec<LeftOut>,
    pub token_fit: Option<TokenFit>,
    /// The lowest score that it takes, 0–10; absent: that of the caller's thresholds. Nothing is
    /// below it when `include` has `below_minimum`.
    #[schema(example = 6.0)]
    pub minimum_score: Option<f64>,
}

impl VersionRules {
    /// # Errors
    /// Everything that is wrong, by its field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        for error in self.shares.check().err().into_iter().flatten() {
            errors.add(format!("rules.{}", error.path), error.message);
        }
        if let Some(other) = self.include.iter().find(|own| !LeftOut::ON_REQUEST.contains(own)) {
            let sentence = format!("What is {} cannot be included.", other.label());
            errors.add("rules.include", sentence);
        }
        if self.token_fit.is_some_and(|fit| !TARGETS.contains(&fit.target)) {
            errors.add("rules.tokenFit.target", "Choose from 256 to 1,000,000 tokens.");
        }
        if self.minimum_score.is_some_and(|score| !(0.0..=10.0).contains(&score)) {
            errors.add("rules.minimumScore", "A score is a number from 0 to 10.");
        }
        errors.finish(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::TokenRule;

    #[test]
    fn everything_that_is_wrong_with_rules_is_told_at_once() {
        assert_eq!(VersionRules::default().check(), Ok(()));
        let rules = VersionRules {
            shares: Shares { train: 90, validation: 90, test: 90 },
            include: vec![LeftOut::Archived, LeftOut::WouldLeak],
            token_fit: Some(TokenFit { target: 255, rule: TokenRule::Cut }),
            minimum_score: Some(10.1),
        };
        let paths: Vec<_> = rules.check().unwrap_err().into_iter().map(|own| own.path).collect();
        let wrong = ["shares", "include", "tokenFit.target", "minimumScore"];
        assert_eq!(paths, wrong.map(|path| format!("rules.{path}")));
        let shares = Shares { train: 0, validation: 50, test: 50 };
        let errors = VersionRules { shares, ..VersionRules::default() }.check().unwrap_err();
        assert_eq!(errors[0].path, "rules.shares.train");
    }
}
