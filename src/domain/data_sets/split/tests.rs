use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// Examples that are alike when the set has their places, the smaller first.
struct Case {
    examples: Vec<Example>,
    pairs: BTreeSet<(usize, usize)>,
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(0x1234_5678 * (number as u128 + 1))
}

/// As good as any order that does not follow from the ids.
fn order(id: Uuid) -> [u8; 32] {
    let mut order = [0; 32];
    let mixed = id.as_u128().wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    order[..16].copy_from_slice(&mixed.to_be_bytes());
    order
}

fn new(number: usize) -> Example {
    Example { id: id(number), known: None, chosen: true }
}

fn known(number: usize, split: Split) -> Example {
    Example { known: Some(split), ..new(number) }
}

impl Case {
    fn new(examples: Vec<Example>, pairs: &[(usize, usize)]) -> Self {
        let pairs = pairs.iter().map(|(one, other)| (*one.min(other), *one.max(other)));
        Self { examples, pairs: pairs.filter(|(one, other)| one != other).collect() }
    }

    fn are(&self, one: usize, other: usize) -> bool {
        self.pairs.contains(&(one.min(other), one.max(other)))
    }

    /// Each pair meets by itself, and all meet once more, whether alike or not.
    fn divided(&self, shares: Shares) -> Division {
        let mut meetings: Vec<Vec<usize>> =
            self.pairs.iter().map(|(one, other)| vec![*one, *other]).collect();
        if self.examples.len() < 100 {
            meetings.push((0..self.examples.len()).collect());
        }
        let alike = Alike { meetings: &meetings, are: |one, other| self.are(one, other) };
        divide(&self.examples, alike, order, shares)
    }

    fn splits(&self) -> Vec<Option<Split>> {
        self.divided(Shares::default()).splits
    }

    fn leaks(&self, splits: &[Option<Split>]) -> bool {
        self.pairs.iter().any(|(one, other)| match (splits[*one], splits[*other]) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        })
    }
}

#[test]
fn a_new_one_goes_to_what_it_is_alike_to_and_a_bridge_is_left_out() {
    let examples = vec![
        known(0, Split::Train),
        known(1, Split::Test),
        new(2), // like 1
        new(3), // like 0 and 1
        new(4), // like 2, and so by it to 1
        new(5), // like 0
    ];
    let case = Case::new(examples, &[(1, 2), (0, 3), (1, 3), (2, 4), (0, 5)]);
    let (train, test) = (Some(Split::Train), Some(Split::Test));
    let division = case.divided(Shares::default());
    assert_eq!(division.splits, [train, test, test, None, test, train]);
    assert_eq!(division.groups, [Some(1), Some(2), Some(2), None, Some(2), Some(1)]);
}

#[test]
fn of_two_that_an_edit_made_alike_the_older_one_stays() {
    let examples = vec![
        known(0, Split::Train),
        known(1, Split::Test),  // now like 0
        known(2, Split::Train), // like 1 alone, which is out
        new(3),                 // like 1 and 0: what is out keeps it from nothing
    ];
    let case = Case::new(examples, &[(0, 1), (1, 2), (1, 3), (0, 3)]);
    let train = Some(Split::Train);
    assert_eq!(case.splits(), [train, None, train, train]);
}

#[test]
fn what_the_version_does_not_have_keeps_its_part() {
    let gone = Example { chosen: false, ..known(0, Split::Validation) };
    let case = Case::new(vec![gone, new(1), new(2)], &[(0, 1)]);
    assert_eq!(case.splits(), [None, Some(Split::Validation), Some(Split::Train)]);
    assert_eq!(case.divided(Shares::default()).groups, [None, None, None]);
}

#[test]
fn a_part_without_a_share_stays_empty_and_few_go_to_the_largest() {
    let shares = Shares { train: 80, validation: 0, test: 20 };
    let case = Case::new((0..50).map(new).collect(), &[]);
    let division = case.divided(shares);
    let count = |split| division.splits.iter().filter(|own| **own == Some(split)).count();
    assert_eq!([40, 0, 10], Split::ALL.map(count));
    assert!(division.groups.iter().all(Option::is_none));
    assert_eq!(Case::new(vec![new(0)], &[]).splits(), [Some(Split::Train)]);
}

#[test]
fn ten_thousand_copies_are_one_group_and_soon_found() {
    let examples: Vec<Example> = (0..10_000).map(new).collect();
    let meetings = vec![(0..examples.len()).collect::<Vec<_>>(); 16];
    let asked = std::cell::Cell::new(0_usize);
    let are = |_, _| {
        asked.set(asked.get() + 1);
        true
    };
    let alike = Alike { meetings: &meetings, are };
    let division = divide(&examples, alike, order, Shares::default());
    assert!(division.splits.iter().all(|split| *split == Some(Split::Train)));
    assert!(division.groups.iter().all(|group| *group == Some(1)));
    assert!(asked.get() < 3 * examples.len(), "{}", asked.get());
}

fn example() -> impl Strategy<Value = (Option<Split>, bool)> {
    let split = proptest::option::of(proptest::sample::select(Split::ALL.to_vec()));
    (split, proptest::bool::weighted(0.8))
}

proptest! {
    #[test]
    fn copies_never_straddle_and_nothing_moves(
        given in proptest::collection::vec(example(), 0..40),
        pairs in proptest::collection::vec((0..40_usize, 0..40_usize), 0..60),
    ) {
        let mut given = given;
        given.sort_by_key(|(split, _)| split.is_none());
        let examples: Vec<Example> = given.iter().enumerate().map(|(number, (known, chosen))| {
            Example { id: id(number), known: *known, chosen: *chosen || known.is_none() }
        }).collect();
        let count = examples.len();
        let pairs: Vec<_> =
            pairs.into_iter().filter(|(one, other)| one.max(other) < &count).collect();
        let case = Case::new(examples, &pairs);
        let splits = case.splits();
        prop_assert!(!case.leaks(&splits));
        for (example, split) in case.examples.iter().zip(&splits) {
            prop_assert!(split.is_none() || example.chosen);
            prop_assert!(split.is_none() || example.known.is_none() || *split == example.known);
        }
        // Who is left out has a reason.
        for (place, example) in case.examples.iter().enumerate() {
            let is_alike = |other: &usize| case.are(place, *other);
            if example.chosen && splits[place].is_none() && example.known.is_some() {
                let is_of_another = |other: usize| {
                    let part = case.examples[other].known;
                    part.is_some() && part != example.known
                };
                let has_reason = (0..place).filter(is_alike).any(is_of_another);
                prop_assert!(has_reason);
            }
        }
        // In whatever order new ones come, each is where it was.
        let first_new = case.examples.iter().filter(|own| own.known.is_some()).count();
        let turn = |place: usize| match place < first_new {
            true => place,
            false => count - 1 + first_new - place,
        };
        let turned: Vec<Example> = (0..count).map(|place| case.examples[turn(place)]).collect();
        let pairs: Vec<_> =
            case.pairs.iter().map(|(one, other)| (turn(*one), turn(*other))).collect();
        let again = Case::new(turned, &pairs).splits();
        for place in 0..count {
            prop_assert_eq!(again[turn(place)], splits[place]);
        }
    }

    #[test]
    fn later_versions_leave_everything_where_it_was(
        first in 1..60_usize, added in 0..40_usize,
        pairs in proptest::collection::vec((0..100_usize, 0..100_usize), 0..120),
    ) {
        let count = first + added;
        let within = |most: usize| -> Vec<_> {
            pairs.iter().copied().filter(|(one, other)| one.max(other) < &most).collect()
        };
        let case = Case::new((0..first).map(new).collect(), &within(first));
        let before = case.splits();
        prop_assert!(before.iter().all(Option::is_some));
        let examples = (0..count).map(|number| Example {
            known: before.get(number).copied().flatten(),
            ..new(number)
        });
        let case = Case::new(examples.collect(), &within(count));
        let after = case.splits();
        prop_assert_eq!(&after[..first], &before[..]);
        prop_assert!(!case.leaks(&after));
    }

    #[test]
    fn shares_hold_within_a_percent(
        sizes in proptest::collection::vec(1..=3_usize, 1000..1500),
        train in 1..=98_u8, validation in 0..=100_u8,
    ) {
        let validation = validation.min(100 - train);
        let shares = Shares { train, validation, test: 100 - train - validation };
        let (mut pairs, mut next) = (Vec::new(), 0);
        for size in sizes {
            pairs.extend((next + 1..next + size).map(|place| (place - 1, place)));
            next += size;
        }
        let case = Case::new((0..next).map(new).collect(), &pairs);
        let division = case.divided(shares);
        prop_assert!(!case.leaks(&division.splits));
        let mut counts: HashMap<Split, usize> = HashMap::new();
        for split in division.splits.iter().flatten() {
            *counts.entry(*split).or_default() += 1;
        }
        for split in Split::ALL {
            let own = counts.get(&split).copied().unwrap_or_default() as f64 / next as f64;
            let share = f64::from(shares.of(split)) / 100.0;
            prop_assert!((own - share).abs() <= 0.01, "{split}: {own} of {share}");
        }
    }
}
