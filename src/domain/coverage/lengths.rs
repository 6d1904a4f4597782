//! From how many conversations have which length to a histogram of few bars.

use super::{TOKEN_TARGETS, TokenBar, TokenFitAnswer, TokensOver};

/// The most bars of a histogram.
const MOST_BARS: i64 = 40;
/// The narrowest bar: an estimate says nothing about single tokens.
const NARROWEST: i64 = 10;

/// How many conversations have a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    pub tokens: i32,
    pub count: i64,
}

impl TokenFitAnswer {
    /// Of lengths from the shortest to the longest, each once. `target` is the organization's,
    /// `own` another one that is asked for.
    pub fn of(lengths: &[Length], target: Option<i32>, own: Option<i32>) -> Self {
        let over = over(lengths, target, own);
        let (Some(first), Some(last)) = (lengths.first(), lengths.last()) else {
            return Self { target, over, ..Self::default() };
        };
        let total = lengths.iter().map(|length| length.count).sum();
        let tokens = lengths.iter().map(|length| i64::from(length.tokens) * length.count).sum();
        Self {
            bars: bars(lengths, first.tokens, last.tokens),
            total,
            tokens,
            median: at_most(lengths, total, 50),
            p95: at_most(lengths, total, 95),
            longest: last.tokens,
            target,
            over,
        }
    }

    /// How many are longer than a target that was counted.
    pub fn over(&self, target: i32) -> Option<i64> {
        self.over.iter().find(|over| over.target == target).map(|over| over.count)
    }
}

fn over(lengths: &[Length], target: Option<i32>, own: Option<i32>) -> Vec<TokensOver> {
    let mut over: Vec<TokensOver> = Vec::new();
    for target in TOKEN_TARGETS.into_iter().chain(target).chain(own) {
        if over.iter().all(|known| known.target != target) {
            let longer = lengths.iter().filter(|length| length.tokens > target);
            let count = longer.map(|length| length.count).sum();
            over.push(TokensOver { target, count });
        }
    }
    over
}

/// The length that so many in a hundred do not exceed.
fn at_most(lengths: &[Length], total: i64, percent: i64) -> i32 {
    let mut counted = 0;
    let reached = lengths.iter().find(|length| {
        counted += length.count;
        counted * 100 >= total * percent
    });
    reached.map_or(0, |length| length.tokens)
}

fn bars(lengths: &[Length], shortest: i32, longest: i32) -> Vec<TokenBar> {
    let width = width(shortest.into(), longest.into());
    let place = |tokens: i32| i64::from(tokens) / width;
    let (first, last) = (place(shortest), place(longest));
    // The end of the last bar can be more than a length ever is.
    let edge = |place: i64| i32::try_from(place * width).unwrap_or(i32::MAX);
    let bar = |place: i64| TokenBar { from: edge(place), to: edge(place + 1), count: 0 };
    let mut bars: Vec<TokenBar> = (first..=last).map(bar).collect();
    for length in lengths {
        let index = usize::try_from(place(length.tokens) - first).unwrap_or_default();
        if let Some(bar) = bars.get_mut(index) {
            bar.count += length.count;
        }
    }
    bars
}

/// The narrowest of 1, 2 and 5 times a power of ten with which there are not too many bars.
fn width(shortest: i64, longest: i64) -> i64 {
    let mut power = NARROWEST;
    loop {
        let fits = |width: &i64| longest / width - shortest / width < MOST_BARS;
        if let Some(width) = [power, 2 * power, 5 * power].into_iter().find(fits) {
            return width;
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lengths(all: &[(i32, i64)]) -> Vec<Length> {
        all.iter().map(|(tokens, count)| Length { tokens: *tokens, count: *count }).collect()
    }

    #[test]
    fn lengths_become_bars_and_figures() {
        let answer =
            TokenFitAnswer::of(&lengths(&[(95, 1), (100, 2), (4096, 16), (4097, 1)]), None, None);
        let bar = |from, to, count| TokenBar { from, to, count };
        assert_eq!((answer.bars.len(), answer.bars[0]), (21, bar(0, 200, 3)));
        assert_eq!(answer.bars[20], bar(4000, 4200, 17));
        assert_eq!((answer.total, answer.tokens), (20, 95 + 200 + 16 * 4096 + 4097));
        assert_eq!((answer.median, answer.p95, answer.longest), (4096, 4096, 4097));
        assert_eq!(
            (answer.over(2048), answer.over(4096), answer.over(8192)),
            (Some(17), Some(1), Some(0))
        );
        assert_eq!(answer.over(100), None);
    }

    #[test]
    fn a_target_of_ones_own_is_counted_once() {
        let all = lengths(&[(100, 2), (300, 1)]);
        assert_eq!(TokenFitAnswer::of(&all, None, Some(100)).over(100), Some(1));
        assert_eq!(TokenFitAnswer::of(&all, Some(4096), Some(4096)).over.len(), 3);
        let nothing = TokenFitAnswer::of(&[], None, Some(7));
        assert_eq!((nothing.total, nothing.bars.len(), nothing.over(7)), (0, 0, Some(0)));
    }

    #[test]
    fn the_longest_that_there_can_be_has_a_bar() {
        let answer = TokenFitAnswer::of(&lengths(&[(0, 1), (i32::MAX, 1)]), None, None);
        assert_eq!(answer.bars.last().map(|bar| (bar.to, bar.count)), Some((i32::MAX, 1)));
    }

    proptest! {
        #[test]
        fn bars_are_few_and_equal_and_hold_everything(
            all in prop::collection::btree_map(0..i32::MAX / 2, 1..9_i64, 1..60),
        ) {
            let all: Vec<_> = all.into_iter().collect();
            let answer = TokenFitAnswer::of(&lengths(&all), None, None);
            prop_assert!(answer.bars.len() <= 40);
            let width = answer.bars[0].to - answer.bars[0].from;
            prop_assert!(answer.bars.iter().all(|bar| bar.to - bar.from == width));
            prop_assert!(answer.bars.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert_eq!(answer.bars.iter().map(|bar| bar.count).sum::<i64>(), answer.total);
            prop_assert!(answer.bars.first().is_some_and(|bar| bar.count > 0));
            prop_assert!(answer.bars.last().is_some_and(|bar| bar.count > 0));
        }
    }
}
