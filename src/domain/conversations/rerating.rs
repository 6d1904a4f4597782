//! What changed thresholds make of conversations that nobody reviewed.

use super::Status;
use crate::domain::money::grouped;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many conversations go from one status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusMove {
    pub from: Status,
    pub to: Status,
    #[schema(example = 12)]
    pub count: i64,
}

/// What rating again does, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RerateAnswer {
    /// Conversations whose status changes.
    #[schema(example = 12)]
    pub changed: i64,
    /// The most frequent first.
    pub moves: Vec<StatusMove>,
    /// Of those that thresholds may rate: whose status a person decided, so that it stays.
    pub decided: i64,
}

impl RerateAnswer {
    pub fn of(mut moves: Vec<StatusMove>, decided: i64) -> Self {
        moves.sort_by_key(|one| (-one.count, one.from as usize, one.to as usize));
        Self { changed: moves.iter().map(|one| one.count).sum(), moves, decided }
    }

    /// For people: "12 conversations get another status. 3 that were reviewed keep theirs."
    pub fn sentence(&self) -> String {
        let number = |count: i64| match count {
            1 => "1 conversation".to_owned(),
            count => format!("{} conversations", grouped(&count.to_string())),
        };
        let changed = match self.changed {
            0 => "No conversation gets another status.".to_owned(),
            1 => "1 conversation gets another status.".to_owned(),
            count => format!("{} get another status.", number(count)),
        };
        match self.decided {
            0 => changed,
            1 => format!("{changed} 1 that was reviewed keeps its own."),
            count => {
                let count = grouped(&count.to_string());
                format!("{changed} {count} that were reviewed keep theirs.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_move_comes_first() {
        let one = |from, to, count| StatusMove { from, to, count };
        let answer = RerateAnswer::of(
            vec![
                one(Status::Approved, Status::PendingReview, 1),
                one(Status::Rejected, Status::NeedsRevision, 1200),
            ],
            1,
        );
        assert_eq!((answer.changed, answer.moves[0].count), (1201, 1200));
        assert_eq!(
            answer.sentence(),
            "1,201 conversations get another status. 1 that was reviewed keeps its own."
        );
        assert_eq!(RerateAnswer::default().sentence(), "No conversation gets another status.");
    }
}
