use super::*;
use crate::domain::{
    exports::{
        ExportOptions, FileWriter, JsonlKind,
        fixtures::{bare, options, record},
    },
    preferences::values::ExportFormat,
};
use proptest::prelude::*;
use serde_json::Value;

fn counted(records: &[Record]) -> Card {
    let mut counter = CardCounter::default();
    records.iter().for_each(|record| counter.count(record));
    counter.finish()
}

#[test]
fn every_number_is_there() {
    let mut last = bare(&["c", "d"]);
    last.split = Some(Split::Test);
    last.facts.score = Some(10.0);
    let card = counted(&[record(&["a", "b"]), record(&["a", "b"]), bare(&["a"]), last]);
    assert_eq!((card.sizes.train, card.sizes.validation, card.sizes.test), (3, 0, 1));
    assert_eq!((card.turns, card.tokens), (7, 35));
    assert_eq!((card.duplicate_groups, card.duplicates), (1, 2));
    assert_eq!((card.unscored, &card.scores[..]), (1, &[0, 0, 0, 0, 0, 0, 0, 0, 2, 1][..]));
    assert_eq!(card.cost, Money::from_nanos(24_600_000));
    let list = |counts: &[CardCount]| -> Vec<(String, i64)> {
        counts.iter().map(|own| (own.value.clone(), own.count)).collect()
    };
    // Equal ones go by their values.
    assert_eq!(list(&card.personas), [(String::new(), 2), ("buyer".into(), 2)]);
    assert_eq!(list(&card.findings), [("email".into(), 2), ("phone".into(), 2)]);
    assert_eq!(list(&card.tiers), [("edge_case".into(), 4)]);
}

#[test]
fn of_many_values_the_most_frequent_are_listed() {
    let mut records = Vec::new();
    for number in 0..60 {
        let mut record = record(&["a", "b"]);
        record.content.topic = format!("topic {number:02}");
        records.extend(vec![record; if number == 59 { 2 } else { 1 }]);
    }
    let topics = counted(&records).topics;
    assert_eq!((topics.len(), topics[0].value.as_str(), topics[0].count), (50, "topic 59", 2));
}

/// Turns, tokens, nano-dollars, those without a score, scores, duplicates, models.
type Counted = (i64, i64, i64, i64, Vec<i64>, i64, Vec<(String, i64)>);

/// What the metadata of a file says, counted by itself.
fn counted_again(lines: &str) -> Counted {
    let (mut turns, mut tokens, mut nanos, mut unscored) = (0, 0, 0, 0);
    let mut scores = vec![0; 10];
    let mut duplicates = 0;
    let mut models: std::collections::BTreeMap<String, i64> = Default::default();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let about = &line["metadata"];
        turns += about["turns"].as_i64().unwrap();
        assert_eq!(about["turns"], line["messages"].as_array().unwrap().len());
        tokens += about["tokens"].as_i64().unwrap();
        nanos += (about["cost_usd"].as_f64().unwrap() * 1e9).round() as i64;
        match about["quality_score"].as_f64().unwrap() {
            score if score < 0.0 => unscored += 1,
            score => scores[(score as usize).min(9)] += 1,
        }
        duplicates += i64::from(about["duplicate_group"] != "");
        *models.entry(about["model"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    (turns, tokens, nanos, unscored, scores, duplicates, models.into_iter().collect())
}

proptest! {
    #[test]
    fn the_files_give_the_same_numbers(
        made in proptest::collection::vec(
            (1..9_usize, 0..=101_u32, 0..5_000_000_000_i64, 0..4_i32, "[a-c]?"), 1..20),
    ) {
        let records: Vec<Record> = made
            .into_iter()
            .map(|(turns, tenths, nanos, group, model)| {
                let mut record = record(&vec!["some words"; turns]);
                record.facts.score = (tenths <= 100).then(|| f64::from(tenths) / 10.0);
                record.facts.cost = (nanos > 0).then(|| Money::from_nanos(nanos));
                record.facts.duplicate_group = (group > 0).then_some(group);
                record.facts.model = (!model.is_empty()).then_some(model);
                record
            })
            .collect();
        let options =
            ExportOptions { format: ExportFormat::Jsonl, kind: JsonlKind::Openai, ..options() };
        let mut writer = FileWriter::new(&options, true);
        let mut lines = String::new();
        for record in &records {
            writer.push(&mut lines, record).unwrap();
        }
        let card = counted(&records);
        let mut models: Vec<(String, i64)> =
            card.models.into_iter().map(|own| (own.value, own.count)).collect();
        models.sort();
        prop_assert_eq!(
            counted_again(&lines),
            (
                card.turns, card.tokens, card.cost.nanos(), card.unscored, card.scores,
                card.duplicates, models
            )
        );
    }
}
