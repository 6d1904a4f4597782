//! How long something is kept, in days.

use super::{not_allowed, parse};

/// A hundred years: a time that PostgreSQL can still subtract.
const MOST: u32 = 36_500;

/// At least `least` days; `None`, written as 0, is for ever.
pub(super) fn days(text: &str, least: u32) -> Result<Option<u32>, String> {
    let allowed = format!("a whole number of days from {least} to {MOST}, or 0 to keep everything");
    match parse::<u32>(text, &allowed)? {
        0 => Ok(None),
        days if (least..=MOST).contains(&days) => Ok(Some(days)),
        _ => Err(not_allowed(text, &allowed)),
    }
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn as_long_as_it_has_to_be_or_for_ever() {
        assert_eq!(days("0", 400), Ok(None));
        assert_eq!(days("400", 400), Ok(Some(400)));
        assert_eq!(days("36500", 400), Ok(Some(36_500)));
        for bad in ["1", "399", "36501", "-1", "two"] {
            let problem = days(bad, 400).unwrap_err();
            assert!(problem.contains("from 400 to 36500"), "{bad}: {problem}");
        }
    }
}
