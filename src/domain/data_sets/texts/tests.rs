use super::*;
use crate::domain::conversations::{Role, Turn, likeness};
use proptest::prelude::*;

/// A signature whose slots are those of a cluster, but for some that are its own.
fn signature(cluster: u32, own: u32, changed: &BTreeSet<usize>) -> Signature {
    let slot = |slot: usize| match changed.contains(&slot) {
        true => 1_000_000 + 1000 * own + slot as u32,
        false => 1000 * cluster + slot as u32,
    };
    let bytes: Vec<u8> = (0..SLOTS).flat_map(|own| slot(own).to_le_bytes()).collect();
    Signature::from_bytes(&bytes).unwrap()
}

fn said(text: &str) -> Option<Text> {
    let turn = Turn { role: Role::User, content: text.to_owned() };
    Signature::of(&[turn]).map(Text::Words)
}

/// Pairs that are alike and meet nowhere, each compared with each.
fn missed(texts: &[Option<Text>]) -> Vec<(usize, usize)> {
    let met: BTreeSet<(usize, usize)> = meetings(texts)
        .iter()
        .flat_map(|set| set.iter().flat_map(|one| set.iter().map(move |other| (*one, *other))))
        .collect();
    let pairs = (0..texts.len()).flat_map(|other| (0..other).map(move |one| (one, other)));
    let is_alike = |one: usize, other: usize| {
        texts[one]
            .as_ref()
            .zip(texts[other].as_ref())
            .is_some_and(|(one, other)| one.is_alike(other))
    };
    pairs.filter(|(one, other)| is_alike(*one, *other) && !met.contains(&(*one, *other))).collect()
}

#[test]
fn the_fewest_equal_slots_are_those_of_the_lowest_likeness() {
    let (none, all) = (BTreeSet::new(), 0..SLOTS);
    for equal in all {
        let (one, other) = (signature(1, 1, &none), signature(1, 2, &(equal..SLOTS).collect()));
        assert_eq!(one.is_alike(&other), equal >= FEWEST, "{equal}");
        assert_eq!(one.is_alike(&other), likeness(one.similarity(&other)).is_some());
    }
}

#[test]
fn what_many_have_in_common_is_no_reason_to_meet() {
    let own = |number: u32| {
        // A third of the words is everybody's.
        let words = (0..150).map(|word| format!("n{number}w{word}"));
        let words: Vec<String> = (0..50).map(|word| format!("all{word}")).chain(words).collect();
        said(&words.join(" "))
    };
    let texts: Vec<Option<Text>> = (0..300).map(own).collect();
    let most = meetings(&texts).iter().map(Vec::len).sum::<usize>();
    assert!(most < 300, "{most}");
}

#[test]
fn texts_without_words_meet_what_is_the_same_alone() {
    let hash = |byte: u8| Some(Text::Wordless([byte; 32]));
    let texts = [hash(1), None, hash(2), said("hello"), hash(1), None];
    assert_eq!(meetings(&texts), [vec![0, 4]]);
    for text in texts.iter().flatten() {
        assert_eq!(Text::from_bytes(&text.to_bytes()).as_ref(), Some(text));
    }
    assert_eq!(Text::from_bytes(&[0; 31]), None);
}

#[test]
fn related_texts_meet_however_little_they_have_in_common() {
    // A Jaccard of about 0.65: of such pairs, bands of eight slots find not even half.
    let text = |pair: usize, side: &str| {
        let words = (0..200).map(|word| format!("p{pair}w{word}"));
        let own = (0..52).map(|word| format!("p{pair}{side}{word}"));
        said(&words.chain(own).collect::<Vec<_>>().join(" "))
    };
    let texts: Vec<Option<Text>> =
        (0..100).flat_map(|pair| [text(pair, "a"), text(pair, "b")]).collect();
    let are = |pair: &[Option<Text>]| pair[0].as_ref().unwrap().is_alike(pair[1].as_ref().unwrap());
    assert!(texts.chunks(2).filter(|pair| are(pair)).count() > 70);
    assert_eq!(missed(&texts), []);
}

proptest! {
    #[test]
    fn none_that_are_alike_are_missed(
        given in proptest::collection::vec(
            (0..3_u32, proptest::collection::btree_set(0..SLOTS, 0..70)), 2..40),
    ) {
        let texts: Vec<Option<Text>> = given.iter().zip(0..).map(|((cluster, changed), own)| {
            Some(Text::Words(signature(*cluster, own, changed)))
        }).collect();
        prop_assert_eq!(missed(&texts), []);
    }

    #[test]
    fn nor_are_those_of_words(
        given in proptest::collection::vec(
            proptest::collection::vec("[abc]", 5..30), 2..30),
    ) {
        let texts: Vec<Option<Text>> = given.iter().map(|words| said(&words.join(" "))).collect();
        prop_assert_eq!(missed(&texts), []);
    }
}
