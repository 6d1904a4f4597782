//! Coverage: how many conversations there are of which kind, where none are, and how long they are.

mod gaps;
mod histogram;
mod lengths;

pub use histogram::draw;
pub use lengths::Length;

use super::{
    conversations::{ConversationQuery, Tier},
    list::List,
    words::words,
};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use utoipa::{IntoParams, ToSchema};

/// The most values of one dimension that a matrix shows: the most frequent ones.
pub const MOST_VALUES: usize = 40;

words! {
    /// What conversations are counted by.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Dimension: "The dimension" {
        Persona => "persona", "Persona";
        Emotion => "emotion", "Emotion";
        Topic => "topic", "Topic";
        Tier => "tier", "Tier";
    }
}

impl Dimension {
    /// So many of its values in a sentence: `3 personas`.
    pub const fn of(self, count: i64) -> &'static str {
        match (self, count) {
            (Self::Persona, 1) => "persona",
            (Self::Persona, _) => "personas",
            (Self::Emotion, 1) => "emotion",
            (Self::Emotion, _) => "emotions",
            (Self::Topic, 1) => "topic",
            (Self::Topic, _) => "topics",
            (Self::Tier, 1) => "tier",
            (Self::Tier, _) => "tiers",
        }
    }
}

/// Which matrix. The other two dimensions narrow it as filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CoverageQuery {
    /// What the rows are
    #[param(inline)]
    pub rows: Dimension,
    /// What the columns are; another one than the rows
    #[param(inline)]
    pub columns: Dimension,
    /// Only this persona
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Only this emotion
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
    /// Only this topic
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Only this tier
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub tier: Option<Tier>,
    /// Count demonstration data as well
    #[serde(skip_serializing_if = "Not::not")]
    pub demonstration: bool,
}

impl Default for CoverageQuery {
    fn default() -> Self {
        Self {
            rows: Dimension::Persona,
            columns: Dimension::Emotion,
            persona: None,
            emotion: None,
            topic: None,
            tier: None,
            demonstration: false,
        }
    }
}

impl CoverageQuery {
    /// The conversations that are counted, as a list asks for them.
    pub fn filters(&self) -> ConversationQuery {
        ConversationQuery {
            persona: self.persona.clone(),
            emotion: self.emotion.clone(),
            topic: self.topic.clone(),
            tier: List(self.tier.into_iter().collect()),
            ..ConversationQuery::default()
        }
    }

    /// The filter of a dimension, if it is set.
    pub fn filter(&self, dimension: Dimension) -> Option<&str> {
        let text = match dimension {
            Dimension::Persona => self.persona.as_deref(),
            Dimension::Emotion => self.emotion.as_deref(),
            Dimension::Topic => self.topic.as_deref(),
            Dimension::Tier => self.tier.map(Tier::as_str),
        };
        text.filter(|text| !text.is_empty())
    }

    /// What is neither the rows nor the columns.
    pub fn others(&self) -> impl Iterator<Item = Dimension> + use<> {
        let (rows, columns) = (self.rows, self.columns);
        Dimension::ALL.into_iter().filter(move |other| *other != rows && *other != columns)
    }
}

/// A row or a column of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageValue {
    /// As filters take it.
    #[schema(example = "First-time home buyer")]
    pub value: String,
    /// What people call it.
    pub label: String,
    /// How many conversations have it.
    pub count: i64,
}

/// Conversations that have the value of a row and of a column. A cell without any is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageCell {
    /// Index into the rows.
    pub row: u32,
    /// Index into the columns.
    pub column: u32,
    pub count: i64,
    pub approved: i64,
    /// 0.0–10.0; absent when none has a score.
    pub mean_score: Option<f64>,
}

/// A matrix of the conversations of a workspace that are not archived.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageAnswer {
    /// The most frequent 40, like the columns; tiers in their own order.
    pub rows: Vec<CoverageValue>,
    pub columns: Vec<CoverageValue>,
    pub cells: Vec<CoverageCell>,
    /// How many conversations were counted, those of rarer values included.
    pub total: i64,
    /// How many pairs of these rows and columns have none.
    pub empty: i64,
    /// How many values of the rows are rarer than those that are shown.
    pub more_rows: i64,
    pub more_columns: i64,
}

/// The targets that models are often trained with, in tokens.
pub const TOKEN_TARGETS: [i32; 3] = [2_048, 4_096, 8_192];

/// Conversations by their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenBar {
    /// From this many tokens of training text.
    pub from: i32,
    /// Below this many.
    pub to: i32,
    pub count: i64,
}

/// How many tokens of training text the conversations of a list have, estimated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenFitAnswer {
    /// Equally wide, without a gap, the shortest first; at most 40.
    pub bars: Vec<TokenBar>,
    pub total: i64,
    /// Of all of them together.
    pub tokens: i64,
    /// Half of them have at most so many.
    pub median: i32,
    /// 95 % of them have at most so many.
    pub p95: i32,
    pub longest: i32,
    /// How many tokens a conversation of the organization should have at most; absent: nobody said.
    pub target: Option<i32>,
    /// How many are longer than each of the targets: 2048, 4096, 8192, that of the organization,
    /// and `tokensOver`, if it is sent. That narrows nothing here.
    pub over: Vec<TokensOver>,
}

/// How many are longer than a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokensOver {
    pub target: i32,
    pub count: i64,
}
