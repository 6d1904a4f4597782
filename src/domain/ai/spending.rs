//! What was spent in a day, a week or a month, as pictures.

use super::ScopeType;
use crate::domain::{
    chart::{Bars, Plot},
    generation::Period,
};
use serde::{Deserialize, Serialize};

/// How many windows back one may look.
pub const MOST_BACK: u32 = 120;

/// Which spending is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpendingQuery {
    pub scope: ScopeType,
    pub window: Period,
    /// 0 for the present window, 1 for the one before.
    #[serde(default)]
    pub back: u32,
}

/// The pictures of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spending {
    /// "30 Nov 2026", "23 Nov – 29 Nov 2026", "November 2026".
    pub title: String,
    /// What was spent, and on how many requests.
    pub summary: String,
    /// By hour or day, a colour for each of the dearest models and one for the others.
    pub over_time: Plot,
    /// What had been spent until then; of the present window with its budget, unless that is far
    /// above.
    pub sum: Plot,
    /// Of an organization by person; by model, and by program.
    pub shares: Vec<Share>,
}

/// Who or what had which part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub label: String,
    pub bars: Bars,
}
