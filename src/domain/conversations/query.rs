//! Which conversations to list, and in which order.

use super::{FindingKind, Likeness, Status, Tier};
use crate::domain::{
    field_error::{FieldError, FieldErrors},
    instant,
    list::List,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use utoipa::IntoParams;
use uuid::Uuid;

/// The longest text that is looked for, in Unicode scalar values.
pub const MAX_SEARCH: usize = 200;
/// Up to here conversations are counted exactly.
pub const COUNTED: i64 = 10_000;

words! {
    /// What a list is sorted by. Among equals by id, so that there is one order.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[derive(utoipa::ToSchema)]
    pub enum SortKey: "The sorting" {
        #[default]
        Created => "created", "Created";
        Updated => "updated", "Updated";
        Score => "score", "Score";
        Turns => "turns", "Turns";
        Tokens => "tokens", "Tokens";
    }
}

words! {
    /// From which end.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[derive(utoipa::ToSchema)]
    pub enum Direction: "The direction" {
        /// The newest, the highest, the longest first.
        #[default]
        Descending => "desc", "Descending";
        Ascending => "asc", "Ascending";
    }
}

/// Filters, order and place of a list; filters that are set must all fit. The address of the page
/// has the same names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// Any of these, joined by commas
    #[serde(skip_serializing_if = "List::is_empty")]
    #[param(value_type = String, example = "template,scenario")]
    pub tier: List<Tier>,
    /// Any of these, joined by commas; without it all but `archived`
    #[serde(skip_serializing_if = "List::is_empty")]
    #[param(value_type = String, example = "pending_review,needs_revision")]
    pub status: List<Status>,
    /// The lowest quality score, 0–10
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_min: Option<f64>,
    /// The highest quality score, 0–10
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_max: Option<f64>,
    /// Whether trainers take it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trainable: Option<bool>,
    /// More estimated tokens of training text than this
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_over: Option<i32>,
    /// How alike the most similar other one is; any of these, joined by commas
    #[serde(skip_serializing_if = "List::is_empty")]
    #[param(value_type = String, example = "nearly_the_same")]
    pub likeness: List<Likeness>,
    /// Alike to this conversation; itself included
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alike: Option<Uuid>,
    /// Content checks found any of these, joined by commas
    #[serde(skip_serializing_if = "List::is_empty")]
    #[param(value_type = String, example = "email,secret")]
    pub finding: List<FindingKind>,
    /// Whether a revision by Claude waits to be accepted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<bool>,
    /// Exactly this persona
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Exactly this emotion
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
    /// Exactly this topic
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Has this tag
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Made by this person
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Uuid>,
    /// Made not before this time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Made before this time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// Words of the title, of what describes it or of its turns, or its public id; at most 200
    /// characters
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it is sorted by
    #[serde(skip_serializing_if = "is_default")]
    #[param(inline)]
    pub sort: SortKey,
    /// From which end
    #[serde(skip_serializing_if = "is_default")]
    #[param(inline)]
    pub direction: Direction,
    /// Where the page before ended: its `nextAfter`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Where the page behind begins: its `previousBefore`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// 1–100, 50 when absent
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Count all that fit, however many there are
    #[serde(skip_serializing_if = "Not::not")]
    pub exact: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ConversationQuery {
    /// Whether something narrows the list.
    pub fn is_filtered(&self) -> bool {
        *self != Self { status: List::default(), ..self.unfiltered() } || !self.status.is_empty()
    }

    /// The same order without filters, from the beginning.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        Self {
            sort: self.sort,
            direction: self.direction,
            limit: self.limit,
            exact: self.exact,
            ..Self::default()
        }
    }

    /// The filters alone, without order and place.
    #[must_use]
    pub fn filters(&self) -> Self {
        Self {
            sort: SortKey::default(),
            direction: Direction::default(),
            after: None,
            before: None,
            limit: None,
            exact: false,
            ..self.clone()
        }
    }

    /// # Errors
    /// What cannot be asked for, by its field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        for (path, score) in [("scoreMin", self.score_min), ("scoreMax", self.score_max)] {
            if score.is_some_and(|score| !(0.0..=10.0).contains(&score)) {
                errors.add(path, "A score is a number from 0 to 10.");
            }
        }
        let texts = [
            ("persona", &self.persona),
            ("emotion", &self.emotion),
            ("topic", &self.topic),
            ("tag", &self.tag),
            ("text", &self.text),
        ];
        for (path, text) in texts {
            let text = text.as_deref().unwrap_or_default();
            if text.chars().count() > MAX_SEARCH {
                errors.add(path, format!("Look for at most {MAX_SEARCH} characters."));
            } else if text.contains('\0') {
                errors.add(path, "No conversation contains the character zero. Remove it.");
            }
        }
        for (path, time) in [("from", self.from), ("to", self.to)] {
            if time.is_some_and(|time| !instant::is_plausible(time)) {
                errors.add(path, "Choose a time between the years 1970 and 9999.");
            }
        }
        if self.after.is_some() && self.before.is_some() {
            errors.add("before", "Send after or before, not both.");
        }
        if self.tokens_over.is_some_and(|tokens| tokens < 0) {
            errors.add("tokensOver", "A number of tokens is not below 0.");
        }
        let errors = errors.into_vec();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_query_is_no_filter() {
        let query = ConversationQuery {
            sort: SortKey::Score,
            after: Some("x".into()),
            limit: Some(10),
            ..ConversationQuery::default()
        };
        assert!(!query.filters().is_filtered());
        let filtered = ConversationQuery { trainable: Some(false), ..query.clone() };
        assert!(filtered.is_filtered());
        assert_eq!(filtered.unfiltered(), ConversationQuery { after: None, ..query });
        assert_eq!(serde_json::to_string(&ConversationQuery::default()).unwrap(), "{}");
    }

    #[test]
    fn what_cannot_be_asked_for_is_named() {
        let query = ConversationQuery {
            score_min: Some(f64::NAN),
            score_max: Some(11.0),
            text: Some("x".repeat(201)),
            after: Some("a".into()),
            before: Some("b".into()),
            tokens_over: Some(-1),
            ..ConversationQuery::default()
        };
        let errors = query.check().unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["scoreMin", "scoreMax", "text", "before", "tokensOver"]);
        let query = ConversationQuery {
            persona: Some("a\0b".into()),
            from: Some(DateTime::UNIX_EPOCH - chrono::TimeDelta::days(1)),
            ..ConversationQuery::default()
        };
        let errors = query.check().unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["persona", "from"]);
        assert!(ConversationQuery::default().check().is_ok());
    }
}
