//! Conversations in a list: a row each, how many there are, and what they can be narrowed by.

use super::{COUNTED, FindingKind, GateFailure, Likeness, Status, Tier};
use crate::domain::money::{Money, grouped};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A conversation in a list, without what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRow {
    pub id: Uuid,
    /// Short, to say aloud and to link to.
    #[schema(example = "7f3k9q2m81ab")]
    pub public_id: String,
    pub title: String,
    pub persona: String,
    pub emotion: String,
    pub topic: String,
    pub tier: Tier,
    pub status: Status,
    /// Tags.
    pub categories: Vec<String>,
    /// 0.0–10.0; absent when there is nothing to score.
    pub quality_score: Option<f64>,
    /// Why trainers do not take it; empty when they do.
    pub gate_failures: Vec<GateFailure>,
    /// How alike the most similar other one is; absent when none is.
    pub likeness: Option<Likeness>,
    /// What content checks found.
    pub finding_kinds: Vec<FindingKind>,
    pub turn_count: i32,
    /// Of the training text, estimated.
    pub training_tokens: i32,
    /// Nano-US-dollars.
    pub actual_cost: Option<Money>,
    /// Of the content, from 1.
    pub version: i32,
    pub is_demonstration: bool,
    /// Absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ConversationRow {
    pub fn is_trainable(&self) -> bool {
        self.gate_failures.is_empty()
    }
}

/// A conversation that a search found, as the palette shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundConversation {
    pub public_id: String,
    pub title: String,
}

impl From<ConversationRow> for FoundConversation {
    fn from(row: ConversationRow) -> Self {
        Self { public_id: row.public_id, title: row.title }
    }
}

/// One page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPage {
    pub conversations: Vec<ConversationRow>,
    /// Pass as `after` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<String>,
    /// Pass as `before` for the page before; absent on the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_before: Option<String>,
    pub count: Count,
}

/// How many conversations fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    #[schema(example = 340)]
    pub count: i64,
    /// There are more than `count`; ask with `exact` for how many.
    pub is_more: bool,
}

impl Count {
    /// Of what was counted up to one more than [`COUNTED`].
    pub fn bounded(counted: i64) -> Self {
        Self { count: counted.min(COUNTED), is_more: counted > COUNTED }
    }

    /// For people: `340`, `more than 10,000`.
    pub fn text(self) -> String {
        let number = grouped(&self.count.to_string());
        if self.is_more { format!("more than {number}") } else { number }
    }
}

/// What a list can be narrowed by, each value with how many conversations of the list have it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FacetsAnswer {
    /// Among how many they were counted: all that fit, or the newest of them, 10 000 at most.
    pub among: Count,
    pub status: Vec<Facet>,
    pub tier: Vec<Facet>,
    /// `true` and `false`.
    pub trainable: Vec<Facet>,
    /// How alike the most similar other one is.
    pub likeness: Vec<Facet>,
    /// What content checks found.
    pub finding: Vec<Facet>,
    /// The most frequent 30, like the rest.
    pub persona: Vec<Facet>,
    pub emotion: Vec<Facet>,
    pub topic: Vec<Facet>,
    pub tag: Vec<Facet>,
    /// By their ids, with their names as labels.
    pub author: Vec<Facet>,
}

/// A value with how many conversations have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Facet {
    /// As the filter takes it.
    #[schema(example = "pending_review")]
    pub value: String,
    /// What people call it.
    #[schema(example = "Pending review")]
    pub label: String,
    #[schema(example = 12)]
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_not_counted_to_the_end() {
        assert_eq!(Count::bounded(340).text(), "340");
        assert_eq!(Count::bounded(10_001).text(), "more than 10,000");
        assert_eq!(Count::bounded(10_000), Count { count: 10_000, is_more: false });
    }
}
