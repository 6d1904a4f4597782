//! Agreement between reviewers.

use super::Decision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much two reviewers agree beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Cohen's kappa, −1–1: 1 is full agreement, 0 what chance would give.
    #[schema(example = 0.72)]
    pub kappa: f64,
    /// Share of the pairs that are equal, 0–1.
    #[schema(example = 0.85)]
    pub equal: f64,
    /// How many conversations two people judged.
    #[schema(example = 40)]
    pub pairs: i64,
}

/// Cohen's kappa (J. Cohen, A coefficient of agreement for nominal scales, 1960) of pairs of
/// judgements, each with how often it came. `None` when there is no pair.
///
/// Who judged first and second differs from pair to pair, so both orders count half: the shares
/// that chance is computed from are those of all judgements.
pub fn kappa(pairs: &[(Decision, Decision, i64)]) -> Option<Agreement> {
    let total: i64 = pairs.iter().map(|(.., count)| count).sum();
    if total <= 0 {
        return None;
    }
    let share = |count: i64| count as f64 / total as f64;
    let equal: i64 = pairs.iter().filter(|(a, b, _)| a == b).map(|(.., count)| count).sum();
    let equal = share(equal);
    let by_chance: f64 = Decision::ALL
        .iter()
        .map(|decision| {
            let of = |own: &Decision| i64::from(own == decision);
            let given: i64 = pairs.iter().map(|(a, b, count)| (of(a) + of(b)) * count).sum();
            (share(given) / 2.0).powi(2)
        })
        .sum();
    // All judged everything alike: there is nothing that chance could have done otherwise.
    let kappa = if by_chance >= 1.0 { 1.0 } else { (equal - by_chance) / (1.0 - by_chance) };
    Some(Agreement { kappa, equal, pairs: total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Approved, NeedsRevision, Rejected};

    #[test]
    fn agreement_is_measured_against_chance() {
        assert_eq!(kappa(&[]), None);
        let full = kappa(&[(Approved, Approved, 3), (Rejected, Rejected, 2)]).unwrap();
        assert_eq!((full.kappa, full.equal, full.pairs), (1.0, 1.0, 5));
        assert_eq!(kappa(&[(Approved, Approved, 3)]).unwrap().kappa, 1.0);
        // 20 + 15 of 50 are equal; by chance (45/100)² + (55/100)² = 0.505.
        let some = kappa(&[
            (Approved, Approved, 15),
            (Rejected, Rejected, 20),
            (Approved, Rejected, 10),
            (Rejected, Approved, 5),
        ]);
        assert!((some.unwrap().kappa - (0.7 - 0.505) / 0.495).abs() < 1e-9);
        let none = kappa(&[(Approved, NeedsRevision, 1)]).unwrap();
        assert_eq!((none.kappa, none.equal), (-1.0, 0.0));
    }
}
