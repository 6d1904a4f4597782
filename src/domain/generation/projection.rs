//! Where spending will end if it goes on like this.

use super::Window;
use crate::domain::money::Money;
use chrono::{DateTime, Utc};

/// The share of a window that must have passed before a projection says anything: half an hour of a
/// day, three hours of a week.
const EARLIEST: f64 = 0.02;

/// Spending at each window's end, of windows around the same moment with what was spent in them.
/// `None` for one that has not begun to say anything.
///
/// Spending goes on evenly: what was spent, times the window's length over the time passed. What a
/// window is expected to gain, one that ends no earlier gains as well: a busy Sunday counts for its
/// week.
pub fn project(windows: &[(Window, Money)], now: DateTime<Utc>) -> Vec<Option<Money>> {
    let gains: Vec<Option<Money>> = windows
        .iter()
        .map(|(window, spent)| Some(evenly(*spent, window, now)?.saturating_sub(*spent)))
        .collect();
    let by = |end: DateTime<Utc>| {
        let known = windows.iter().zip(&gains).filter(|((window, _), _)| window.end <= end);
        known.filter_map(|(_, gain)| *gain).max().unwrap_or(Money::ZERO)
    };
    windows
        .iter()
        .zip(&gains)
        .map(|((window, spent), gain)| gain.map(|_| spent.saturating_add(by(window.end))))
        .collect()
}

fn evenly(spent: Money, window: &Window, now: DateTime<Utc>) -> Option<Money> {
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
    use proptest::prelude::*;

    fn alone(spent: Money, window: &Window, now: DateTime<Utc>) -> Option<Money> {
        project(&[(*window, spent)], now)[0]
    }

    #[test]
    fn goes_on_evenly_to_the_end() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
        let window = Window::around(Period::Day, noon, &Utc);
        let five = Money::from_dollars(5);
        assert_eq!(alone(five, &window, noon), Some(Money::from_dollars(10)));
        assert_eq!(alone(Money::ZERO, &window, noon), Some(Money::ZERO));
        assert_eq!(alone(five, &window, window.end), Some(five));
        assert_eq!(alone(five, &window, window.end + Duration::days(3)), Some(five));
        assert_eq!(alone(Money::MAX, &window, noon), Some(Money::MAX));
    }

    #[test]
    fn says_nothing_too_early() {
        let start = Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).unwrap();
        let window = Window::around(Period::Day, start, &Utc);
        let five = Money::from_dollars(5);
        assert_eq!(alone(five, &window, start), None);
        assert_eq!(alone(five, &window, start + Duration::minutes(20)), None);
        assert!(alone(five, &window, start + Duration::minutes(30)).is_some());
        assert_eq!(alone(five, &window, start - Duration::days(1)), None);
    }

    #[test]
    fn the_last_day_of_a_week_counts_for_its_week() {
        let sunday = Utc.with_ymd_and_hms(2026, 11, 29, 18, 0, 0).unwrap();
        let spent = Money::from_dollars(6);
        let windows = Period::ALL.map(|period| (Window::around(period, sunday, &Utc), spent));
        let eight = Some(Money::from_dollars(8));
        assert_eq!(project(&windows, sunday), [eight, eight, eight]);
    }

    proptest! {
        /// Whatever was spent: of windows with a projection, one that holds another is not expected
        /// to end lower, and one that ends no earlier is not expected to gain less.
        #[test]
        fn never_contradict_each_other(
            minutes in 0_i64..3 * 366 * 24 * 60,
            today in 0_i64..1_000_000,
            earlier in prop::array::uniform2(0_i64..1_000_000),
        ) {
            let now = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
                + Duration::minutes(minutes);
            let [day, week, month] = Period::ALL.map(|it| Window::around(it, now, &Utc));
            // Of the week and of the month before today; either can hold days that the other does
            // not.
            let spent = [0, earlier[0], earlier[1]].map(|more| Money::from_nanos(today + more));
            let windows = [(day, spent[0]), (week, spent[1]), (month, spent[2])];
            let found = project(&windows, now);
            for (one, first) in windows.iter().zip(&found) {
                for (other, second) in windows.iter().zip(&found) {
                    let (Some(first), Some(second)) = (first, second) else { continue };
                    if other.0.end < one.0.end {
                        continue;
                    }
                    prop_assert!(second.saturating_sub(other.1) >= first.saturating_sub(one.1));
                    if other.1 >= one.1 {
                        prop_assert!(second >= first, "{:?} {:?}", windows, found);
                    }
                }
            }
        }
    }
}
