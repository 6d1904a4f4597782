//! Demonstration data: conversations to look around with.

use super::operation::operations;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

operations! { "Conversations";
    /// Adds a hundred conversations to look around with, marked as a demonstration: to those of the
    /// organization, whose owners and admins may do it, or to one's own without one. Where some are
    /// already, it changes nothing. Budgets, limits and the ledger never count them.
    AddDemonstration = POST "/api/demonstration" => AddDemonstrationAnswer;

    /// Removes them again, with everything that was done to them, and nothing else.
    RemoveDemonstration = DELETE "/api/demonstration" => RemoveDemonstrationAnswer;
}

/// What adding did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddDemonstrationAnswer {
    /// 0 when they were there.
    #[schema(example = 100)]
    pub added: i64,
    /// How many there are now.
    #[schema(example = 100)]
    pub total: i64,
}

/// What removing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemoveDemonstrationAnswer {
    #[schema(example = 100)]
    pub removed: i64,
}
