//! Whether a model thinks before it answers, and how much it puts into an answer.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Whether a model thinks before it answers. What it thinks is billed as output, counts in
    /// `max_tokens`, and is no part of the answer.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Thinking {
        /// Only where a request asks for it, which none of ours does.
        #[default]
        None => "none", "Only when asked to";
        /// Unless a request turns it off.
        DefaultOn => "default_on", "Unless turned off";
        /// Whatever a request says: it refuses to be told not to.
        Always => "always", "Always";
    }
}

words! {
    /// How a request turns thinking off: the `type` of its `thinking`. A model refuses the others.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum ThinkingOff {
        #[default]
        Disabled => "disabled";
        /// Off but for short notes between the calls of tools, of which we have none.
        BetweenTools => "between_tools";
    }
}

words! {
    /// How much a model puts into an answer: text, and what it thinks before. The lowest first.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    pub enum Effort: "The effort" {
        Low => "low", "Low";
        Medium => "medium", "Medium";
        High => "high", "High";
        ExtraHigh => "xhigh", "Extra high";
        Max => "max", "Maximum";
    }
}

impl Effort {
    /// The highest at which models take it that thinking is turned off.
    pub const MOST_WITHOUT_THINKING: Self = Self::High;
}
