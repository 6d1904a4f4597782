//! Counts what a card says.

use super::{Card, CardCount};
use crate::domain::{
    exports::{Record, Split, trimmed},
    money::Money,
};
use std::collections::{HashMap, HashSet};

/// How many of the values a card lists.
const LISTED: usize = 50;
/// A column for each whole point.
const COLUMNS: usize = 10;

/// What of an example is counted.
#[derive(Clone, Debug)]
pub struct CardExample<'a> {
    pub split: Option<Split>,
    pub turns: i64,
    pub tokens: i32,
    pub cost: Option<Money>,
    /// 0–10.
    pub score: Option<f64>,
    pub duplicate_group: Option<i32>,
    /// `""`: none made it.
    pub model: &'a str,
    pub prompt_sha256: &'a str,
    pub tier: &'a str,
    pub persona: &'a str,
    pub emotion: &'a str,
    pub topic: &'a str,
    pub origin: &'a str,
    pub license: &'a str,
    /// Words of `FindingKind`.
    pub findings: Vec<&'a str>,
}

impl<'a> From<&'a Record> for CardExample<'a> {
    fn from(Record { content, facts, split }: &'a Record) -> Self {
        Self {
            split: *split,
            turns: i64::try_from(content.turns.len()).unwrap_or(i64::MAX),
            tokens: facts.tokens,
            cost: facts.cost,
            score: facts.score,
            duplicate_group: facts.duplicate_group,
            model: facts.model.as_deref().unwrap_or_default(),
            prompt_sha256: facts.prompt_sha256.as_deref().unwrap_or_default(),
            tier: content.tier.as_str(),
            persona: &content.persona,
            emotion: &content.emotion,
            topic: &content.topic,
            origin: &facts.origin,
            license: &facts.license,
            findings: facts.findings.iter().map(|kind| kind.as_str()).collect(),
        }
    }
}

/// Counts the examples of a version one by one, each as it was made to fit. What stands in the
/// metadata of its files gives the same numbers.
#[derive(Clone, Debug, Default)]
pub struct CardCounter {
    card: Card,
    scores: [i64; COLUMNS],
    groups: HashSet<i32>,
    models: Values,
    prompts: Values,
    tiers: Values,
    personas: Values,
    emotions: Values,
    topics: Values,
    origins: Values,
    licenses: Values,
    findings: Values,
}

impl CardCounter {
    pub fn count<'a>(&mut self, example: impl Into<CardExample<'a>>) {
        let example = example.into();
        let card = &mut self.card;
        match example.split {
            None | Some(Split::Train) => card.sizes.train += 1,
            Some(Split::Validation) => card.sizes.validation += 1,
            Some(Split::Test) => card.sizes.test += 1,
        }
        card.turns += example.turns;
        card.tokens += i64::from(example.tokens);
        card.cost = card.cost.saturating_add(example.cost.unwrap_or(Money::ZERO));
        match example.score {
            None => card.unscored += 1,
            // Whole points as the number of a column; 10 has none of its own.
            Some(score) => self.scores[(score.max(0.0) as usize).min(COLUMNS - 1)] += 1,
        }
        if let Some(group) = example.duplicate_group {
            self.groups.insert(group);
            card.duplicates += 1;
        }
        self.models.count(example.model);
        self.prompts.count(example.prompt_sha256);
        self.tiers.count(example.tier);
        self.personas.count(example.persona);
        self.emotions.count(example.emotion);
        self.topics.count(example.topic);
        self.origins.count(example.origin);
        self.licenses.count(example.license);
        for kind in example.findings {
            self.findings.count(kind);
        }
    }

    pub fn finish(self) -> Card {
        Card {
            models: self.models.listed(),
            prompts: self.prompts.listed(),
            tiers: self.tiers.listed(),
            personas: self.personas.listed(),
            emotions: self.emotions.listed(),
            topics: self.topics.listed(),
            origins: self.origins.listed(),
            licenses: self.licenses.listed(),
            findings: self.findings.listed(),
            scores: self.scores.to_vec(),
            duplicate_groups: i64::try_from(self.groups.len()).unwrap_or(i64::MAX),
            ..self.card
        }
    }
}

/// How often each value was met.
#[derive(Clone, Debug, Default)]
struct Values(HashMap<String, i64>);

impl Values {
    fn count(&mut self, value: &str) {
        // As files write it.
        let value = trimmed(value);
        match self.0.get_mut(value) {
            Some(count) => *count += 1,
            None => _ = self.0.insert(value.to_owned(), 1),
        }
    }

    /// The most frequent first; of equal ones in the order of their values.
    fn listed(self) -> Vec<CardCount> {
        let counts = self.0.into_iter().map(|(value, count)| CardCount { value, count });
        let mut counts: Vec<CardCount> = counts.collect();
        counts.sort_by(|one, other| {
            other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value))
        });
        counts.truncate(LISTED);
        counts
    }
}

#[cfg(test)]
mod tests;
