use super::*;
use crate::domain::{
    conversations::{FindingKind, GateRule, Signature, Status, findings},
    generation::quality::{Rating, rate},
    preferences::values::Preferences,
};
use std::collections::HashSet;

fn rated(sample: &Sample) -> Rating {
    let thresholds = Preferences::default().quality_thresholds;
    rate(sample.content.tier, &sample.content.turns, &thresholds)
}

#[test]
fn there_are_a_hundred_each_time_the_same() {
    assert_eq!((texts::scenes().len(), texts::people().len()), (12, 16));
    let all = samples();
    assert_eq!(all.len(), SAMPLES);
    assert_eq!(all, samples());
    assert!(all.iter().all(|sample| (0..30 * 24 * 60).contains(&sample.minutes_ago)));
    let ages: HashSet<_> = all.iter().map(|sample| sample.minutes_ago).collect();
    assert_eq!(ages.len(), SAMPLES);
    for sample in all {
        assert_eq!(sample.content.clone().check().as_ref(), Ok(&sample.content));
    }
}

#[test]
fn the_first_are_as_they_should_be() {
    for sample in &samples()[..CLEAN] {
        let title = &sample.content.title;
        assert!((6..=16).contains(&sample.content.turns.len()), "{title}");
        assert_eq!(rated(sample).gate_failures, [], "{title}");
        assert_eq!(findings(&sample.content.turns), [], "{title}");
    }
}

#[test]
fn every_fault_is_there_five_times() {
    let all = samples();
    let fives = |from: usize| &all[CLEAN + from * EACH..CLEAN + (from + 1) * EACH];
    let rules = [
        GateRule::EndsWithUser,
        GateRule::StartsWithAssistant,
        GateRule::NotAlternating,
        GateRule::EmptyTurn,
        GateRule::ControlToken,
        GateRule::Placeholder,
    ];
    for (place, rule) in rules.into_iter().enumerate() {
        for sample in fives(place) {
            let failures = rated(sample).gate_failures;
            assert!(failures.iter().any(|failure| failure.rule == rule), "{rule:?}: {failures:?}");
        }
    }
    let kinds: [&[FindingKind]; 3] = [
        &[FindingKind::Refusal],
        &[FindingKind::Boilerplate],
        &[FindingKind::Email, FindingKind::Phone],
    ];
    for (place, kinds) in kinds.into_iter().enumerate() {
        for sample in fives(6 + place) {
            let found = findings(&sample.content.turns);
            assert!(found.iter().any(|one| kinds.contains(&one.kind)), "{kinds:?}: {found:?}");
        }
    }
    assert!(fives(9).iter().all(|sample| sample.content.turns.len() > 50));
    let low = |sample: &Sample| rated(sample).status == Status::Rejected;
    assert!(fives(10).iter().all(low));
}

#[test]
fn only_those_are_near_duplicates_that_are_meant() {
    let all = samples();
    let low = CLEAN + 10 * EACH..CLEAN + 11 * EACH;
    let signatures: Vec<_> =
        all.iter().map(|sample| Signature::of(&sample.content.turns).unwrap()).collect();
    for (one, first) in signatures.iter().enumerate() {
        for (other, second) in signatures.iter().enumerate().skip(one + 1) {
            if low.contains(&one) || low.contains(&other) {
                continue;
            }
            let similarity = first.similarity(second);
            let is_meant = other == one + SAMPLES - EACH;
            assert_eq!(similarity >= 0.8, is_meant, "{one} and {other}: {similarity}");
            assert!(is_meant || similarity < 0.6, "{one} and {other}: {similarity}");
        }
    }
}
