//! Near duplicates: how alike two conversations are, by MinHash. A signature is short, and the
//! share of its slots that are equal in two of them estimates how many of their word sequences
//! they have in common. Signatures are stored, so that nothing here may ever hash otherwise than it
//! does: a test pins one.

use crate::domain::{conversations::Turn, letter_case::lowercase, words::words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many words make a shingle.
const SHINGLE: usize = 5;
pub const SLOTS: usize = 128;
const BANDS: usize = 16;
/// Slots of a band. Two conversations meet in one of 16 with a probability of 95 % when 0.8 of
/// their shingles are the same, and of less than 0.2 % when 0.3 are.
const ROWS: usize = SLOTS / BANDS;

/// Where everything that is made up here begins: the letters "training".
const SEED: u64 = 0x7472_6169_6e69_6e67;
/// What SplitMix64 adds at each step: 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The permutations of 64 bits: `factor × hash + summand` modulo 2⁶⁴, with an odd factor; the upper
/// 32 bits are what is compared.
static PERMUTATIONS: [(u64, u64); SLOTS] = permutations();

words! {
    /// How alike two conversations are.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Likeness: "The likeness" {
        /// At least 0.8.
        NearlyTheSame => "nearly_the_same", "Nearly the same";
        /// At least 0.6.
        Related => "related", "Related";
    }
}

/// What a similarity means; nothing when it is below 0.6.
pub fn likeness(similarity: f64) -> Option<Likeness> {
    if similarity >= 0.8 {
        Some(Likeness::NearlyTheSame)
    } else if similarity >= 0.6 {
        Some(Likeness::Related)
    } else {
        None
    }
}

/// The MinHash of the words of a conversation, whoever says them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature([u32; SLOTS]);

impl Signature {
    /// Of all turns one after another; none when there are no words.
    pub fn of(turns: &[Turn]) -> Option<Self> {
        let mut hashes = Vec::new();
        for turn in turns {
            let text = lowercase(&turn.content);
            hashes.extend(words_of(&text).flat_map(units).map(hash_of_word));
        }
        let mut slots = [u32::MAX; SLOTS];
        for shingle in hashes.windows(SHINGLE.min(hashes.len()).max(1)) {
            let hash = shingle.iter().fold(SEED, |hash, word| mix(hash.wrapping_add(*word)));
            for (slot, (factor, summand)) in slots.iter_mut().zip(&PERMUTATIONS) {
                let image = hash.wrapping_mul(*factor).wrapping_add(*summand) >> 32;
                // The upper half of 64 bits is whole in 32.
                *slot = (*slot).min(image as u32);
            }
        }
        (!hashes.is_empty()).then_some(Self(slots))
    }

    /// The share of equal slots: an estimate of how many of all shingles both have.
    pub fn similarity(&self, other: &Self) -> f64 {
        let equal = self.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
        equal as f64 / SLOTS as f64
    }

    /// As people read it: in percent, rounded down.
    pub fn percent(&self, other: &Self) -> u8 {
        // A share times a hundred fits, and of 128 slots it is exact before it is cut off.
        (self.similarity(other) * 100.0) as u8
    }

    /// By what the database finds conversations that are alike: they share at least one.
    pub fn bands(&self) -> [i64; BANDS] {
        let mut bands = [0; BANDS];
        for ((band, slots), index) in bands.iter_mut().zip(self.0.chunks_exact(ROWS)).zip(0_u64..) {
            let start = mix(SEED ^ index);
            let hash = slots.iter().fold(start, |hash, slot| mix(hash ^ u64::from(*slot)));
            *band = hash.cast_signed();
        }
        bands
    }

    /// Whether two are marked as alike when they are in one list.
    pub fn is_alike(&self, other: &Self) -> bool {
        likeness(f64::from(self.percent(other)) / 100.0).is_some()
    }

    /// What is compared one by one.
    pub fn slots(&self) -> &[u32; SLOTS] {
        &self.0
    }

    /// The slots one after another, the lowest byte first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|slot| slot.to_le_bytes()).collect()
    }

    /// What `to_bytes` made; none of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (slots, []) = bytes.as_chunks::<4>() else { return None };
        let slots: Vec<u32> = slots.iter().map(|slot| u32::from_le_bytes(*slot)).collect();
        slots.try_into().ok().map(Self)
    }
}

/// Runs of letters and digits of any script.
pub fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A word in pieces that mean something: what is written without spaces between words is one run,
/// and each letter of it counts as a word.
fn units(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match is_unspaced(first) {
            true => first.len_utf8(),
            false => rest.find(is_unspaced).unwrap_or(rest.len()),
        };
        let (unit, after) = rest.split_at(length);
        rest = after;
        Some(unit)
    })
}

/// Letters of scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana, bopomofo
/// and ideographs.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// A text as a number, for the database.
pub fn key_of(text: &str) -> i64 {
    hash_of_word(text).cast_signed()
}

/// FNV-1a with 64 bits (Fowler, Noll and Vo), and the mix over it, because FNV leaves the upper
/// bits of short words alike.
fn hash_of_word(word: &str) -> u64 {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash)
}

/// The mix of SplitMix64 (Steele, Lea and Flood 2014, with the constants of Stafford's variant 13):
/// one to one, and each bit of the result depends on each bit given.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Factors and summands in turn are the numbers of SplitMix64 from the seed on.
const fn permutations() -> [(u64, u64); SLOTS] {
    let mut all = [(0, 0); SLOTS];
    let mut state = SEED;
    let mut slot = 0;
    while slot < SLOTS {
        state = state.wrapping_add(STEP);
        let factor = mix(state) | 1;
        state = state.wrapping_add(STEP);
        all[slot] = (factor, mix(state));
        slot += 1;
    }
    all
}

#[cfg(test)]
mod tests;
