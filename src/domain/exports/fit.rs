//! Conversations that have more tokens than the target.

use super::{LeftOut, Record, TokenFit, TokenRule};
use crate::domain::{
    conversations::{Role, Turn},
    generation::estimate::training_tokens,
};

/// Makes a record fit: what is longer than the target is cut behind the last answer that still
/// fits, if the rule says so. Its tokens are then those of what is left. Without a target
/// everything fits.
///
/// # Errors
/// Why it is left out: nothing is done with it then.
pub fn fit(record: &mut Record, rule: Option<TokenFit>) -> Result<(), LeftOut> {
    let Some(TokenFit { target, rule }) = rule else { return Ok(()) };
    let target = i32::try_from(target).unwrap_or(i32::MAX);
    if record.facts.tokens <= target {
        return Ok(());
    }
    match rule {
        TokenRule::LeaveOut => Err(LeftOut::TooLong),
        TokenRule::Cut => cut(record, target),
    }
}

/// The fewest turns that anything can be learnt from: a question with its answer.
const FEWEST: usize = 2;

fn cut(record: &mut Record, target: i32) -> Result<(), LeftOut> {
    let (count, tokens) = longest(&record.content.turns, target).ok_or(LeftOut::TooLong)?;
    record.content.turns.truncate(count);
    record.facts.tokens = tokens;
    Ok(())
}

/// How many turns are left when they are cut to a target, and how many tokens these have; none:
/// nothing is left.
pub fn longest(turns: &[Turn], target: i32) -> Option<(usize, i32)> {
    let mut sum = 0_i32;
    let mut kept = None;
    for (turn, count) in turns.iter().zip(1..) {
        sum = sum.saturating_add(training_tokens(&turn.content));
        if sum > target {
            break;
        }
        if turn.role == Role::Assistant && count >= FEWEST {
            kept = Some((count, sum));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::fixtures::record;
    use proptest::prelude::*;

    fn to(target: u32, rule: TokenRule) -> Option<TokenFit> {
        Some(TokenFit { target, rule })
    }

    #[test]
    fn what_is_too_long_ends_behind_an_answer() {
        // 10 tokens a turn: 24 bytes, and 4 for the template.
        let text = "abcdefghijklmnopqrstuvwx";
        let long = record(&[text; 5]);
        assert_eq!(long.facts.tokens, 50);
        for (target, left) in
            [(256, Some(5)), (50, Some(5)), (49, Some(4)), (39, Some(2)), (19, None)]
        {
            let mut own = long.clone();
            let fits = fit(&mut own, to(target, TokenRule::Cut));
            assert_eq!(fits.ok().map(|()| own.content.turns.len()), left, "{target}");
        }
        let mut own = long.clone();
        assert_eq!(fit(&mut own, to(49, TokenRule::LeaveOut)), Err(LeftOut::TooLong));
        assert_eq!((fit(&mut own, None), own), (Ok(()), long));
    }

    proptest! {
        #[test]
        fn a_cut_conversation_is_the_longest_beginning_that_fits(
            texts in proptest::collection::vec("[a-z]{0,40}", 0..12), target in 0..200_u32,
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let whole = record(&texts);
            let mut own = whole.clone();
            if fit(&mut own, to(target, TokenRule::Cut)).is_ok() {
                let turns = own.content.turns.len();
                let tokens = |count: usize| -> i32 {
                    let turns = whole.content.turns[..count].iter();
                    turns.map(|turn| training_tokens(&turn.content)).sum()
                };
                prop_assert_eq!(&own.content.turns[..], &whole.content.turns[..turns]);
                prop_assert_eq!(own.facts.tokens, tokens(turns));
                prop_assert!(own.facts.tokens <= target as i32);
                if turns < texts.len() {
                    prop_assert_eq!(turns % 2, 0);
                    prop_assert!(turns + 2 > texts.len() || tokens(turns + 2) > target as i32);
                }
            }
        }
    }
}
