//! How many conversations stand where.

use super::Status;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many conversations have a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusCount {
    pub status: Status,
    #[schema(example = 12)]
    pub count: i64,
}

/// A person's own conversations that belong to no organization and those of their organization, by
/// status; without archived ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationCounts {
    pub total: i64,
    /// From the draft on; a status that no conversation has is left out.
    pub by_status: Vec<StatusCount>,
}

impl ConversationCounts {
    pub fn of(counted: impl IntoIterator<Item = StatusCount>) -> Self {
        let mut by_status: Vec<_> =
            counted.into_iter().filter(|counted| counted.count > 0).collect();
        by_status.sort_by_key(|counted| counted.status as usize);
        Self { total: by_status.iter().map(|counted| counted.count).sum(), by_status }
    }

    /// Whether there is one that Claude made: not only failed tries.
    pub fn has_made(&self) -> bool {
        self.by_status.iter().any(|counted| counted.status != Status::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_stands_in_the_order_of_the_words() {
        let counted = |status, count| StatusCount { status, count };
        let counts = ConversationCounts::of([
            counted(Status::Approved, 2),
            counted(Status::Rejected, 0),
            counted(Status::Generated, 5),
        ]);
        assert_eq!(counts.total, 7);
        assert_eq!(counts.by_status, [counted(Status::Generated, 5), counted(Status::Approved, 2)]);
    }

    #[test]
    fn what_only_failed_made_nothing() {
        let failed = StatusCount { status: Status::Failed, count: 3 };
        let draft = StatusCount { status: Status::Draft, count: 1 };
        assert!(!ConversationCounts::default().has_made());
        assert!(!ConversationCounts::of([failed]).has_made());
        assert!(ConversationCounts::of([failed, draft]).has_made());
    }
}
