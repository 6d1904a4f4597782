//! What examples say, for finding those that are alike.

use crate::domain::conversations::{SLOTS, Signature};
use std::collections::{BTreeSet, HashMap};

/// What is kept of the text of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are of words")]
pub enum Text {
    Words(Signature),
    /// SHA-256 of a text without any words: it is alike only to what is the same.
    Wordless([u8; 32]),
}

impl Text {
    /// What `to_bytes` made; none of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match <[u8; 32]>::try_from(bytes) {
            Ok(hash) => Some(Self::Wordless(hash)),
            Err(_) => Signature::from_bytes(bytes).map(Self::Words),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Words(signature) => signature.to_bytes(),
            Self::Wordless(hash) => hash.to_vec(),
        }
    }

    /// Whether examples that say this have to be in one part.
    pub fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Words(one), Self::Words(other)) => one.is_alike(other),
            (Self::Wordless(one), Self::Wordless(other)) => one == other,
            _ => false,
        }
    }
}

/// The fewest slots that are equal in two signatures that are alike: 60 %.
const FEWEST: usize = 77;
/// Of so many slots of one, whichever they are, at least one is equal in any that is alike to it.
const ENOUGH: usize = SLOTS - FEWEST + 1;

/// The places of those that could be alike, in sets: two that are alike meet in at least one.
///
/// Of each the slots are looked at whose values are the rarest, as many as it takes that none can
/// be missed (the prefix filter of Chaudhuri, Ganti and Kaushik 2006). All are ordered in the same
/// way, so two that share enough slots share one of these; and what only one has nobody meets by,
/// however much they have in common beyond that. Needs 256 bytes for each while it looks.
pub fn meetings(texts: &[Option<Text>]) -> Vec<Vec<usize>> {
    // Copies share all their slots: each set once.
    let mut meetings = BTreeSet::new();
    let mut wordless: HashMap<&[u8; 32], Vec<usize>> = HashMap::new();
    let mut signatures = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        match text {
            Some(Text::Words(signature)) => signatures.push((place, signature)),
            Some(Text::Wordless(hash)) => wordless.entry(hash).or_default().push(place),
            None => {}
        }
    }
    let rarest = rarest(&signatures);
    for slot in 0..SLOTS {
        let of_slot = (0..signatures.len()).filter(|index| rarest[*index] >> slot & 1 == 1);
        for set in values(&signatures, slot, of_slot).chunk_by(|one, other| one.0 == other.0) {
            if set.len() > 1 {
                meetings.insert(set.iter().map(|(_, index)| signatures[*index].0).collect());
            }
        }
    }
    meetings.extend(wordless.into_values().filter(|places| places.len() > 1));
    meetings.into_iter().collect()
}

/// Those of some with their values in a slot, by value and then by place.
fn values(
    signatures: &[(usize, &Signature)],
    slot: usize,
    some: impl Iterator<Item = usize>,
) -> Vec<(u32, usize)> {
    let mut values: Vec<(u32, usize)> =
        some.map(|index| (signatures[index].1.slots()[slot], index)).collect();
    values.sort_unstable();
    values
}

/// Of each, a bit for each slot by which it is looked for: of its rarest ones those that another
/// has, too.
fn rarest(signatures: &[(usize, &Signature)]) -> Vec<u128> {
    // How many have the same value in a slot. Where more do, how many does not matter.
    let mut counts = vec![[0_u16; SLOTS]; signatures.len()];
    (0..SLOTS).for_each(|slot| {
        let values = values(signatures, slot, 0..signatures.len());
        for set in values.chunk_by(|one, other| one.0 == other.0) {
            let count = u16::try_from(set.len()).unwrap_or(u16::MAX);
            set.iter().for_each(|(_, index)| counts[*index][slot] = count);
        }
    });
    let rarest = |counts: &[u16; SLOTS]| {
        // Of equal counts by slot: the same order for all.
        let mut slots: [(u16, usize); SLOTS] = std::array::from_fn(|slot| (counts[slot], slot));
        slots.select_nth_unstable(ENOUGH - 1);
        let shared = slots[..ENOUGH].iter().filter(|(count, _)| *count > 1);
        shared.fold(0_u128, |bits, (_, slot)| bits | 1 << slot)
    };
    counts.iter().map(rarest).collect()
}

#[cfg(test)]
mod tests;
