//! Where spending will end if it goes on like this.

use super::Window;
use crate::domain::money::Money;
use chrono::{DateTime, Utc};

/// The share of a window that must have passed before a projection says anything: half an hour of a
/// day, three hours of a week.
const EARLIEST: f64 = 0.02;

/// Spending at the window's end if it goes on evenly: what was spent, times the window's length
/// over the time passed. `None` before the window has begun to say anything.
pub fn project(spent: Money, window: &Window, now: DateTime<Utc>) -> Option<Money> {
    if window.elapsed(now) < EARLIEST {
        return None;
    }
    let whole = i128::from((window.end - window.start).num_milliseconds());
    let passed = i128::from((now.min(window.end) - window.start).num_milliseconds());
    let nanos = i128::from(spent.nanos()).checked_mul(whole)?.checked_div(passed)?;
    Some(i64::try_from(nanos).map_or(Money::MAX, Money::from_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::generation::Period;
    use chrono::{Duration, TimeZone};

    #[test]
    fn goes_on_evenly_to_the_end() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
        let window = Window::around(Period::Day, noon, &Utc);
        assert_eq!(project(Money::from_dollars(5), &window, noon), Some(Money::from_dollars(10)));
        assert_eq!(project(Money::ZERO, &window, noon), Some(Money::ZERO));
        assert_eq!(
            project(Money::from_dollars(5), &window, window.end),
            Some(Money::from_dollars(5))
        );
        assert_eq!(
            project(Money::from_dollars(5), &window, window.end + Duration::days(3)),
            Some(Money::from_dollars(5))
        );
        assert_eq!(project(Money::MAX, &window, noon), Some(Money::MAX));
    }

    #[test]
    fn says_nothing_too_early() {
        let start = Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).unwrap();
        let window = Window::around(Period::Day, start, &Utc);
        assert_eq!(project(Money::from_dollars(5), &window, start), None);
        assert_eq!(project(Money::from_dollars(5), &window, start + Duration::minutes(20)), None);
        assert!(project(Money::from_dollars(5), &window, start + Duration::minutes(30)).is_some());
        assert_eq!(project(Money::from_dollars(5), &window, start - Duration::days(1)), None);
    }
}
