use super::*;
use crate::domain::conversations::GateRule;
use proptest::prelude::*;

fn conversation(turns: usize, length: usize) -> Vec<Turn> {
    (0..turns)
        .map(|index| Turn {
            role: if index % 2 == 0 { Role::User } else { Role::Assistant },
            content: format!("{index:03}{}", "a".repeat(length.saturating_sub(3))),
        })
        .collect()
}

#[test]
fn a_good_conversation_of_each_tier_has_full_points() {
    for (tier, turns) in
        [(Tier::Template, 8), (Tier::Template, 16), (Tier::Scenario, 20), (Tier::EdgeCase, 6)]
    {
        let metrics = assess(tier, &conversation(turns, 100), false);
        assert_eq!(metrics.score, 10.0, "{tier} {turns} {metrics:?}");
    }
}

#[test]
fn weighs_the_parts() {
    // Half of the turns that are best: 10 − 0.30 × 5.
    assert_eq!(assess(Tier::Template, &conversation(4, 100), false).score, 8.5);
    // Twice as many as are best.
    assert_eq!(assess(Tier::EdgeCase, &conversation(24, 100), false).score, 8.5);
    // Half of the best length: 10 − 0.25 × 5 = 8.75, rounded half up.
    assert_eq!(assess(Tier::Template, &conversation(8, 40), false).score, 8.8);
    // Ends on the user: 10 − 0.30 × 3.
    let metrics = assess(Tier::Template, &conversation(9, 100), false);
    assert_eq!((metrics.structure, metrics.score), (7.0, 9.1));
    // Cut off: 10 − 0.15 × 5 = 9.25.
    let metrics = assess(Tier::Template, &conversation(8, 100), true);
    assert_eq!((metrics.confidence, metrics.score), (5.0, 9.3));
}

#[test]
fn sees_empty_turns_repetition_and_placeholders() {
    let mut turns = conversation(8, 100);
    turns[3].content = "  ".into();
    assert_eq!(assess(Tier::Template, &turns, false).structure, 9.6);
    let mut turns = conversation(8, 100);
    turns[5].content = turns[3].content.clone();
    assert_eq!(assess(Tier::Template, &turns, false).confidence, 8.8);
    turns[1].content.push_str(" Dear [Name],");
    assert_eq!(assess(Tier::Template, &turns, false).confidence, 4.8);
    assert_eq!(assess(Tier::Template, &[], false).score, 0.0);
}

#[test]
fn the_status_follows_the_thresholds_to_the_tenth() {
    let thresholds =
        QualityThresholds { auto_approval: 8.0, flagging: 6.0, minimum_acceptable: 4.0 };
    for (score, expected) in [
        (10.0, Status::Approved),
        (8.0, Status::Approved),
        (7.9, Status::PendingReview),
        (6.0, Status::PendingReview),
        (5.9, Status::NeedsRevision),
        (4.0, Status::NeedsRevision),
        (3.9, Status::Rejected),
        (0.0, Status::Rejected),
    ] {
        assert_eq!(status(score, &thresholds), expected, "{score}");
    }
    let equal = QualityThresholds { auto_approval: 0.3, flagging: 0.3, minimum_acceptable: 0.3 };
    assert_eq!(status(0.1 + 0.2, &equal), Status::Approved, "0.30000000000000004 is 0.3");
}

proptest! {
    #[test]
    fn a_score_is_a_tenth_from_0_to_10(
        turns in proptest::collection::vec((any::<bool>(), "\\PC{0,40}"), 0..30),
        cut_off in any::<bool>(),
    ) {
        let role = |user| if user { Role::User } else { Role::Assistant };
        let turns: Vec<Turn> = turns
            .into_iter()
            .map(|(user, content)| Turn { role: role(user), content })
            .collect();
        for tier in Tier::ALL {
            let metrics = assess(tier, &turns, cut_off);
            for part in [
                metrics.score, metrics.turns, metrics.length, metrics.structure,
                metrics.confidence,
            ] {
                prop_assert!((0.0..=10.0).contains(&part));
                prop_assert_eq!((part * 10.0).round() / 10.0, part);
            }
        }
    }
}

const LENIENT: QualityThresholds =
    QualityThresholds { auto_approval: 0.0, flagging: 0.0, minimum_acceptable: 0.0 };

#[test]
fn a_placeholder_of_the_gate_costs_as_much_as_one_of_the_score() {
    for (text, confidence) in [
        (" {{customer}}", 6.0),
        (" [insert date]", 6.0),
        (" Lorem ipsum", 6.0),
        (" TODO: more", 6.0),
        (" [name](https://example.com)", 10.0),
        (" array[name]", 10.0),
    ] {
        let mut turns = conversation(8, 100);
        turns[1].content.push_str(text);
        let metrics = assess(Tier::Template, &turns, false);
        assert_eq!(metrics.confidence, confidence, "{text}");
    }
}

#[test]
fn a_rating_is_what_score_gate_and_thresholds_say() {
    let turns = conversation(8, 100);
    let rating = rate(Tier::Template, &turns, &LENIENT);
    assert_eq!(rating.metrics, assess(Tier::Template, &turns, false));
    assert_eq!((rating.gate_failures, rating.status), (Vec::new(), Status::Approved));
    let tokens: i32 = turns.iter().map(|turn| training_tokens(&turn.content)).sum();
    assert_eq!(rating.training_tokens, tokens);
}

#[test]
fn no_machine_approves_what_breaks_a_rule_of_the_gate() {
    let thresholds =
        QualityThresholds { auto_approval: 9.0, flagging: 6.0, minimum_acceptable: 4.0 };
    // Its score alone would approve it.
    let ends_on_the_user = conversation(9, 100);
    assert_eq!(rate(Tier::Template, &ends_on_the_user, &thresholds).metrics.score, 9.1);
    assert_eq!(rate(Tier::Template, &ends_on_the_user, &thresholds).status, Status::PendingReview);
    let with = |change: fn(&mut Vec<Turn>)| {
        let mut turns = conversation(8, 100);
        change(&mut turns);
        turns
    };
    for (turns, rule) in [
        (with(|turns| turns.truncate(1)), GateRule::TooFewTurns),
        (with(|turns| drop(turns.remove(0))), GateRule::StartsWithAssistant),
        (with(|turns| turns[3].role = Role::User), GateRule::NotAlternating),
        (ends_on_the_user, GateRule::EndsWithUser),
        (with(|turns| turns[3].content = "\u{200b}".into()), GateRule::EmptyTurn),
        (with(|turns| turns[3].content.push_str("<|eot_id|>")), GateRule::ControlToken),
        (with(|turns| turns[3].content.push_str(" [your name]")), GateRule::Placeholder),
        (with(|turns| turns[3].content.push('\u{fffd}')), GateRule::DamagedText),
    ] {
        let rating = rate(Tier::Template, &turns, &LENIENT);
        assert!(rating.gate_failures.iter().any(|failure| failure.rule == rule), "{rule}");
        assert_eq!(rating.status, Status::PendingReview, "{rule}");
    }
    // The gate raises nothing: what is below stays below.
    let strict =
        QualityThresholds { auto_approval: 10.0, flagging: 10.0, minimum_acceptable: 10.0 };
    let below = rate(Tier::Template, &with(|turns| turns.truncate(1)), &strict);
    assert_eq!(below.status, Status::Rejected);
}

proptest! {
    #[test]
    fn what_is_approved_breaks_no_rule(
        turns in proptest::collection::vec(
            (any::<bool>(), "[a-z ]{0,20}(|<s>|</s>|\\[name\\]|\\{\\{a\\}\\}|\u{fffd}|\u{200b})"),
            0..6,
        ),
    ) {
        let role = |user| if user { Role::User } else { Role::Assistant };
        let turns: Vec<Turn> = turns
            .into_iter()
            .map(|(user, content)| Turn { role: role(user), content })
            .collect();
        let rating = rate(Tier::EdgeCase, &turns, &LENIENT);
        let passes = gate_failures(&turns).is_empty();
        prop_assert_eq!(rating.status == Status::Approved, passes);
        prop_assert_eq!(rating.gate_failures.is_empty(), passes);
    }
}
