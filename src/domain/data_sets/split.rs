//! Which part each example of a data set is in: near duplicates go together, and what was in a part
//! before stays in it.

use super::Shares;
use crate::domain::exports::Split;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A conversation that is, was or could be in a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    pub id: Uuid,
    /// The part that it was put into by an earlier version.
    pub known: Option<Split>,
    /// The new version is to have it. One that it does not have keeps its part all the same: a
    /// later version may have it again.
    pub chosen: bool,
}

/// What is alike among examples, which are named by their places.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'a, F> {
    /// Those that are compared with each other, in sets: two that are alike meet in at least one.
    pub meetings: &'a [Vec<usize>],
    /// Whether two that meet are alike.
    pub are: F,
}

/// What becomes of each example, by its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// Its part; none when it was not chosen, or is alike to examples of another part.
    pub splits: Vec<Option<Split>>,
    /// Those with the same number are near duplicates of each other; none: it has none.
    pub groups: Vec<Option<i32>>,
}

/// Divides examples: first those that are known, in the order in which they came, then the new
/// ones in any order. `order` gives a group of new ones its turn, by its smallest id.
///
/// A group of near duplicates that is alike to examples of one part goes there. One that is alike
/// to examples of several is left out, and so is a known example that an edit made alike to an
/// older one of another part. All other groups go, the largest first, to the part that lacks most
/// of its share.
pub fn divide<F: Fn(usize, usize) -> bool>(
    examples: &[Example],
    alike: Alike<'_, F>,
    order: impl Fn(Uuid) -> [u8; 32],
    shares: Shares,
) -> Division {
    let strayed = strayed(examples, &alike);
    let is_new = |place: usize| examples[place].known.is_none() && examples[place].chosen;
    let groups = Groups::of(examples.len(), &alike, is_new);
    let stays = |place: usize| examples[place].known.filter(|_| !strayed[place]);
    let touched = touched(&groups, &alike, is_new, stays);

    let mut splits: Vec<Option<Split>> =
        (0..examples.len()).map(|place| stays(place).filter(|_| examples[place].chosen)).collect();
    let mut counts = Counts::default();
    for split in splits.iter().flatten() {
        counts.add(*split, 1);
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in (0..examples.len()).filter(|place| is_new(*place)) {
        members.entry(groups.root(place)).or_default().push(place);
    }
    let mut free = Vec::new();
    for (root, places) in members {
        match touched[root].as_slice() {
            [] => {
                let smallest = places.iter().map(|place| examples[*place].id).min();
                let smallest = smallest.unwrap_or_default();
                free.push((std::cmp::Reverse(places.len()), order(smallest), smallest, places));
            }
            [split] => counts.put(&mut splits, &places, *split),
            _ => {}
        }
    }
    free.sort_unstable();
    for (.., places) in free {
        let split = counts.wanting(places.len(), shares);
        counts.put(&mut splits, &places, split);
    }
    let groups = Groups::of(examples.len(), &alike, |place| splits[place].is_some());
    let groups = groups.numbers(|place| splits[place].is_some());
    Division { splits, groups }
}

/// Which known examples are alike to an older one of another part, that is itself where it was.
fn strayed<F: Fn(usize, usize) -> bool>(examples: &[Example], alike: &Alike<'_, F>) -> Vec<bool> {
    let mut meets: BTreeMap<usize, Vec<&[usize]>> = BTreeMap::new();
    for meeting in alike.meetings {
        let mut parts = meeting.iter().filter_map(|place| examples[*place].known);
        let first = parts.next();
        // Most have examples of one part only.
        if parts.any(|part| Some(part) != first) {
            for place in meeting.iter().filter(|place| examples[**place].known.is_some()) {
                meets.entry(*place).or_default().push(meeting);
            }
        }
    }
    let mut strayed = vec![false; examples.len()];
    // The oldest first: what strayed itself keeps no younger one away.
    for (place, meetings) in meets {
        let is_of_another = |other: usize| {
            let part = examples[other].known;
            other < place && part.is_some() && part != examples[place].known && !strayed[other]
        };
        let has_strayed = meetings
            .into_iter()
            .flatten()
            .any(|other| is_of_another(*other) && (alike.are)(*other, place));
        strayed[place] = has_strayed;
    }
    strayed
}

/// By the root of each group of new ones: the parts of the known examples that it is alike to.
fn touched<F: Fn(usize, usize) -> bool>(
    groups: &Groups,
    alike: &Alike<'_, F>,
    is_new: impl Fn(usize) -> bool,
    stays: impl Fn(usize) -> Option<Split>,
) -> Vec<Vec<Split>> {
    let mut touched = vec![Vec::new(); groups.0.len()];
    for meeting in alike.meetings {
        let mut known: BTreeMap<Split, Vec<usize>> = BTreeMap::new();
        for place in meeting {
            if let Some(split) = stays(*place) {
                known.entry(split).or_default().push(*place);
            }
        }
        for place in meeting.iter().filter(|place| is_new(**place)) {
            let own = &mut touched[groups.root(*place)];
            for (split, others) in &known {
                if !own.contains(split) && others.iter().any(|other| (alike.are)(*other, *place)) {
                    own.push(*split);
                }
            }
        }
    }
    touched
}

/// Examples that are alike, directly or by others between them: each with the place of another of
/// its group, up to one that has its own.
#[derive(Debug)]
struct Groups(Vec<usize>);

impl Groups {
    /// Of those examples alone.
    fn of<F: Fn(usize, usize) -> bool>(
        count: usize,
        alike: &Alike<'_, F>,
        is_one: impl Fn(usize) -> bool,
    ) -> Self {
        let mut groups = Self((0..count).collect());
        for meeting in alike.meetings {
            // Of each group that is known so far, those that are in this meeting: what belongs
            // together already is not compared again, so that many copies are soon done.
            let mut met: Vec<Vec<usize>> = Vec::new();
            for place in meeting.iter().copied().filter(|place| is_one(*place)) {
                let mut own = None;
                for (index, others) in met.iter_mut().enumerate() {
                    let is_same = groups.root(others[0]) == groups.root(place);
                    if is_same || others.iter().any(|other| (alike.are)(*other, place)) {
                        groups.unite(others[0], place);
                        own.get_or_insert(index);
                    }
                }
                match own {
                    Some(index) => met[index].push(place),
                    None => met.push(vec![place]),
                }
            }
        }
        groups
    }

    fn root(&self, mut place: usize) -> usize {
        while self.0[place] != place {
            place = self.0[place];
        }
        place
    }

    fn unite(&mut self, one: usize, other: usize) {
        let root = self.root(one).min(self.root(other));
        for mut place in [one, other] {
            // What lies on the way is nearer to its root from now on.
            while self.0[place] != root {
                place = std::mem::replace(&mut self.0[place], root);
            }
        }
    }

    /// From 1, in the order of the first of each; none for whoever is alone.
    fn numbers(&self, is_one: impl Fn(usize) -> bool) -> Vec<Option<i32>> {
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        for place in (0..self.0.len()).filter(|place| is_one(*place)) {
            *sizes.entry(self.root(place)).or_default() += 1;
        }
        let mut numbers: HashMap<usize, i32> = HashMap::new();
        let mut next = 1..;
        let number = |place: usize| {
            let root = self.root(place);
            if !is_one(place) || sizes.get(&root).is_none_or(|size| *size < 2) {
                return None;
            }
            if let Some(number) = numbers.get(&root) {
                return Some(*number);
            }
            let number = next.next()?;
            numbers.insert(root, number);
            Some(number)
        };
        (0..self.0.len()).map(number).collect()
    }
}

/// How many examples each part has.
#[derive(Default)]
struct Counts(BTreeMap<Split, i64>);

impl Counts {
    fn add(&mut self, split: Split, count: usize) {
        *self.0.entry(split).or_default() += whole(count);
    }

    fn put(&mut self, splits: &mut [Option<Split>], places: &[usize], split: Split) {
        for place in places {
            splits[*place] = Some(split);
        }
        self.add(split, places.len());
    }

    /// The part that would lack most of its share once these are there too; of several, the first.
    fn wanting(&self, count: usize, shares: Shares) -> Split {
        let total = self.0.values().sum::<i64>() + whole(count);
        let lacks = |split: &Split| {
            let own = self.0.get(split).copied().unwrap_or_default();
            i64::from(shares.of(*split)) * total - 100 * own
        };
        let parts = [Split::Test, Split::Validation, Split::Train];
        parts.into_iter().max_by_key(lacks).unwrap_or(Split::Train)
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
