//! The scores of a person's conversations, and what thresholds would make of them.

use super::quality::status;
use crate::domain::{
    conversations::Status, money::grouped, preferences::values::QualityThresholds,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What thresholds can make of a score, from the lowest to the highest.
pub const OUTCOMES: [Status; 4] =
    [Status::Rejected, Status::NeedsRevision, Status::PendingReview, Status::Approved];

/// The highest score.
pub const HIGHEST: f64 = 10.0;

/// Bars of the histogram: half a point each, the last one with the highest score.
pub const BARS: usize = 20;

/// How many conversations have a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreCount {
    /// 0.0–10.0, in tenths.
    #[schema(example = 8.4)]
    pub score: f64,
    #[schema(example = 12)]
    pub count: i64,
    /// Of these: how many no trainer takes, so that no threshold approves them.
    #[serde(default)]
    #[schema(example = 1)]
    pub untrainable: i64,
}

/// The scores of a person's own conversations. One without a score, such as a draft, is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoresAnswer {
    /// How many conversations have a score.
    #[schema(example = 340)]
    pub total: i64,
    /// The lowest first.
    pub scores: Vec<ScoreCount>,
}

/// How many conversations would get which status, in the order of [`OUTCOMES`].
pub type Counted = [i64; OUTCOMES.len()];

impl ScoresAnswer {
    pub fn of(scores: Vec<ScoreCount>) -> Self {
        Self { total: scores.iter().map(|one| one.count).sum(), scores }
    }

    /// What the thresholds would make of all of them.
    pub fn outcome(&self, thresholds: &QualityThresholds) -> Counted {
        let mut counted = Counted::default();
        for one in &self.scores {
            add(&mut counted, one, thresholds);
        }
        counted
    }

    /// The same for each half point.
    pub fn histogram(&self, thresholds: &QualityThresholds) -> [Counted; BARS] {
        let mut bars = [Counted::default(); BARS];
        for one in &self.scores {
            let bar = (one.score * BARS as f64 / HIGHEST + 1e-6) as usize;
            add(&mut bars[bar.min(BARS - 1)], one, thresholds);
        }
        bars
    }

    /// What the thresholds would do, as a sentence.
    pub fn sentence(&self, thresholds: &QualityThresholds) -> String {
        if self.total == 0 {
            return "None of your conversations has a score yet.".to_owned();
        }
        let number = |count: i64| grouped(&count.to_string());
        let [rejected, flagged, reviewed, approved] = self.outcome(thresholds).map(number);
        let conversations = if self.total == 1 { "conversation" } else { "conversations" };
        format!(
            "Would flag {flagged} of your {} {conversations}, approve {approved}, send {reviewed} \
                to review and reject {rejected}.",
            number(self.total)
        )
    }
}

fn add(counted: &mut Counted, one: &ScoreCount, thresholds: &QualityThresholds) {
    let mut add = |outcome, count| {
        if let Some(place) = OUTCOMES.iter().position(|status| *status == outcome) {
            counted[place] += count;
        }
    };
    match status(one.score, thresholds) {
        Status::Approved => {
            add(Status::Approved, one.count - one.untrainable);
            add(Status::PendingReview, one.untrainable);
        }
        outcome => add(outcome, one.count),
    }
}

/// From which score to which each status is given, in the order of [`OUTCOMES`]. Thresholds that
/// are the wrong way round leave no room for what is between them.
pub fn zones(thresholds: &QualityThresholds) -> [(f64, f64); OUTCOMES.len()] {
    // In tenths, as a status is found by them.
    let tenths = |threshold: f64| (threshold * 10.0).round() / 10.0;
    let approved = tenths(thresholds.auto_approval).clamp(0.0, HIGHEST);
    let reviewed = tenths(thresholds.flagging).clamp(0.0, approved);
    let acceptable = tenths(thresholds.minimum_acceptable).clamp(0.0, reviewed);
    [(0.0, acceptable), (acceptable, reviewed), (reviewed, approved), (approved, HIGHEST)]
}

/// The scores of each zone in words.
pub fn ranges(thresholds: &QualityThresholds) -> [String; OUTCOMES.len()] {
    let [rejected, revised, reviewed, approved] = zones(thresholds);
    let none = || "–".to_owned();
    let below = if rejected.1 > 0.0 { format!("below {:.1}", rejected.1) } else { none() };
    let between = |(from, to): (f64, f64)| match ((to - from) * 10.0).round() as i64 {
        0 => none(),
        1 => format!("{from:.1}"),
        _ => format!("{from:.1} to {:.1}", to - 0.1),
    };
    let above = format!("{:.1} and above", approved.0);
    [below, between(revised), between(reviewed), above]
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: QualityThresholds =
        QualityThresholds { auto_approval: 8.0, flagging: 6.0, minimum_acceptable: 4.0 };

    fn scores(pairs: &[(f64, i64)]) -> ScoresAnswer {
        ScoresAnswer::of(
            pairs
                .iter()
                .map(|(score, count)| ScoreCount { score: *score, count: *count, untrainable: 0 })
                .collect(),
        )
    }

    #[test]
    fn each_score_is_counted_where_its_status_is() {
        let some = scores(&[(0.0, 1), (3.9, 2), (4.0, 3), (5.9, 4), (6.0, 5), (7.9, 6), (8.0, 7)]);
        assert_eq!((some.total, some.outcome(&USUAL)), (28, [3, 7, 11, 7]));
        assert_eq!(
            some.sentence(&USUAL),
            "Would flag 7 of your 28 conversations, approve 7, send 11 to review and reject 3."
        );
        let one = scores(&[(5.0, 1)]);
        assert!(one.sentence(&USUAL).starts_with("Would flag 1 of your 1 conversation, "));
        assert!(scores(&[]).sentence(&USUAL).starts_with("None of your conversations"));
        let many = scores(&[(5.0, 12_345)]).sentence(&USUAL);
        assert!(many.starts_with("Would flag 12,345 of your 12,345 conversations, "), "{many}");
    }

    #[test]
    fn no_threshold_approves_what_no_trainer_takes() {
        let one = ScoreCount { score: 9.4, count: 5, untrainable: 2 };
        assert_eq!(ScoresAnswer::of(vec![one]).outcome(&USUAL), [0, 0, 2, 3]);
        let low = ScoreCount { score: 5.0, ..one };
        assert_eq!(ScoresAnswer::of(vec![low]).outcome(&USUAL), [0, 5, 0, 0]);
    }

    #[test]
    fn bars_are_half_points_and_the_highest_score_is_in_the_last() {
        let all: Vec<(f64, i64)> = (0..=100).map(|tenths| (f64::from(tenths) / 10.0, 1)).collect();
        let bars = scores(&all).histogram(&USUAL);
        let heights: Vec<i64> = bars.iter().map(|bar| bar.iter().sum()).collect();
        assert_eq!(heights, [vec![5; 19], vec![6]].concat());
        // A threshold within a bar divides it.
        let within = QualityThresholds { auto_approval: 8.2, ..USUAL };
        assert_eq!(scores(&all).histogram(&within)[16], [0, 0, 2, 3]);
    }

    #[test]
    fn zones_share_the_track_whatever_the_thresholds_are() {
        assert_eq!(zones(&USUAL), [(0.0, 4.0), (4.0, 6.0), (6.0, 8.0), (8.0, 10.0)]);
        let odd = QualityThresholds { auto_approval: 5.0, flagging: 7.0, minimum_acceptable: 9.0 };
        assert_eq!(zones(&odd), [(0.0, 5.0), (5.0, 5.0), (5.0, 5.0), (5.0, 10.0)]);
        for thresholds in [USUAL, odd] {
            assert!(zones(&thresholds).windows(2).all(|pair| pair[0].1 == pair[1].0));
        }
    }

    #[test]
    fn the_scores_of_a_zone_are_told_as_their_status_is_found() {
        let told = |auto_approval, flagging, minimum_acceptable| {
            ranges(&QualityThresholds { auto_approval, flagging, minimum_acceptable })
        };
        assert_eq!(told(8.0, 6.0, 4.0), ["below 4.0", "4.0 to 5.9", "6.0 to 7.9", "8.0 and above"]);
        assert_eq!(told(8.0, 8.0, 7.9), ["below 7.9", "7.9", "–", "8.0 and above"]);
        assert_eq!(told(0.0, 0.0, 0.0), ["–", "–", "–", "0.0 and above"]);
        // Being typed: no score lies between two tenths.
        let typed = QualityThresholds { flagging: 6.05, ..USUAL };
        assert_eq!(ranges(&typed)[1..3], ["4.0 to 6.0", "6.1 to 7.9"]);
        assert_eq!(scores(&[(6.0, 1), (6.1, 1)]).outcome(&typed), [0, 1, 1, 0]);
    }
}
