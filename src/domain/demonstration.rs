//! Demonstration data: a hundred conversations of the service team of an internet provider, put
//! together from hand-written scenes and people. The same each time, and with every fault that a
//! person should have seen once.

mod faults;
mod texts;

use crate::domain::{
    conversations::{ConversationContent, Role, Tier, Turn},
    reviews::Decision,
};
use faults::FAULTS;
use texts::{Exchange, Person, Scene};

/// How many conversations there are.
pub const SAMPLES: usize = 100;
/// How many are as they should be.
const CLEAN: usize = 40;
/// How many have each fault.
const EACH: usize = 5;

/// One conversation of the demonstration data.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub content: ConversationContent,
    /// What a person decided about it, and why.
    pub decision: Option<(Decision, &'static str)>,
    /// How long ago it was made; at most 30 days.
    pub minutes_ago: i32,
}

/// All of them: first what is as it should be, then each fault five times, in the end near
/// duplicates of the first five.
pub fn samples() -> Vec<Sample> {
    let (scenes, people) = (texts::scenes(), texts::people());
    let base = CLEAN + FAULTS.len() * EACH;
    let mut samples = Vec::with_capacity(SAMPLES);
    for index in 0..base {
        let mut content = compose(&scenes, &people, index);
        let mut decision = (index % 8 == 3).then_some((Decision::Approved, "Reads like a person."));
        if let Some(of_faults) = index.checked_sub(CLEAN) {
            let (fault, nth) = (FAULTS[of_faults / EACH], of_faults % EACH);
            fault.put_into(&mut content, &scenes, nth);
            decision = match nth {
                1 => Some((Decision::Rejected, fault.comment())),
                3 => Some((Decision::NeedsRevision, fault.comment())),
                _ => None,
            };
        }
        samples.push(Sample { content, decision, minutes_ago: age(index) });
    }
    for index in base..SAMPLES {
        let mut content = samples[index - base].content.clone();
        faults::change_a_word(&mut content);
        samples.push(Sample { content, decision: None, minutes_ago: age(index) });
    }
    samples
}

/// Spread over 30 days without an order that a person would notice.
fn age(index: usize) -> i32 {
    let step = i32::try_from(index * 37 % SAMPLES).unwrap_or_default();
    5 + step * 431
}

fn compose(scenes: &[Scene], people: &[Person], index: usize) -> ConversationContent {
    let (place, version) = (index % scenes.len(), index / scenes.len());
    let scene = &scenes[place];
    let person = &people[(place * 3 + version * 2) % people.len()];
    let [first, second] = &person.asides;
    let (open, middle, end) = (&scene.openings, &scene.middles, &scene.ends);
    let parts: Vec<&Exchange> = match version {
        0 => vec![&open[0], first, &middle[0], &middle[1], &end[0]],
        1 => vec![&open[1], first, &middle[2], &middle[3], second, &end[1]],
        2 => vec![&open[0], &middle[0], &middle[2], second, &end[1]],
        3 => vec![&open[1], &middle[1], &middle[3], &end[0]],
        4 => vec![&open[0], first, &middle[0], &middle[3], second, &end[0]],
        5 => vec![&open[1], &middle[1], first, &middle[2], &end[1]],
        6 => vec![&open[1], first, &middle[0], &middle[1], &middle[2], second, &end[0]],
        _ => vec![&open[0], second, &middle[1], &middle[2], &middle[3], &end[1]],
    };
    let mut turns = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        let said = match number {
            0 => format!("{} {}", person.greeting, part.said),
            _ => part.said.to_owned(),
        };
        say(&mut turns, &person.in_their_manner(&said), part.answer);
    }
    let tier = match version % 4 {
        1 => Tier::Scenario,
        3 => Tier::EdgeCase,
        _ => Tier::Template,
    };
    ConversationContent {
        title: format!("{} – {}", scene.title, person.name),
        persona: person.name.to_owned(),
        emotion: person.emotion.to_owned(),
        topic: scene.topic.to_owned(),
        intent: scene.intent.to_owned(),
        tone: person.tone.to_owned(),
        tier,
        categories: scene.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        turns,
    }
}

fn say(turns: &mut Vec<Turn>, said: &str, answer: &str) {
    turns.push(Turn { role: Role::User, content: said.to_owned() });
    turns.push(Turn { role: Role::Assistant, content: answer.to_owned() });
}

#[cfg(test)]
mod tests;
