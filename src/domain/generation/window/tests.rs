use super::*;
use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn around(period: Period, moment: &str, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    let window = Window::around(period, at(moment), &zone);
    (window.start, window.end)
}

#[test]
fn days_are_local_days() {
    let berlin = Tz::Europe__Berlin;
    assert_eq!(
        around(Period::Day, "2026-11-23T22:59:59Z", berlin),
        (at("2026-11-22T23:00:00Z"), at("2026-11-23T23:00:00Z"))
    );
    assert_eq!(
        around(Period::Day, "2026-11-23T23:00:00Z", berlin),
        (at("2026-11-23T23:00:00Z"), at("2026-11-24T23:00:00Z"))
    );
    let kathmandu = Tz::Asia__Kathmandu;
    assert_eq!(
        around(Period::Day, "2026-11-23T18:15:00Z", kathmandu).0,
        at("2026-11-23T18:15:00Z")
    );
    assert_eq!(
        around(Period::Day, "2026-11-23T18:14:59Z", kathmandu).1,
        at("2026-11-23T18:15:00Z")
    );
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let utc = Tz::UTC;
    assert_eq!(
        around(Period::Week, "2026-11-29T23:59:59Z", utc),
        (at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z"))
    );
    assert_eq!(around(Period::Week, "2026-11-30T00:00:00Z", utc).0, at("2026-11-30T00:00:00Z"));
    assert_eq!(
        around(Period::Month, "2028-02-29T12:00:00Z", utc),
        (at("2028-02-01T00:00:00Z"), at("2028-03-01T00:00:00Z"))
    );
    assert_eq!(
        around(Period::Month, "2026-12-31T23:00:00Z", utc),
        (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
    );
    // A week over the turn of the year, and a month that begins while it is still the old one in
    // London.
    assert_eq!(around(Period::Week, "2027-01-01T00:00:00Z", utc).0, at("2026-12-28T00:00:00Z"));
    assert_eq!(
        around(Period::Month, "2026-11-30T20:00:00Z", Tz::Asia__Tokyo).0,
        at("2026-11-30T15:00:00Z")
    );
}

#[test]
fn days_on_which_the_clock_changes_are_longer_or_shorter() {
    let hours = |moment, zone| {
        let (start, end) = around(Period::Day, moment, zone);
        (end - start).num_minutes() as f64 / 60.0
    };
    assert_eq!(hours("2026-03-29T12:00:00Z", Tz::Europe__Berlin), 23.0);
    assert_eq!(hours("2026-10-25T12:00:00Z", Tz::Europe__Berlin), 25.0);
    assert_eq!(hours("2026-03-08T12:00:00Z", Tz::America__New_York), 23.0);
    assert_eq!(hours("2026-04-04T12:00:00Z", Tz::Australia__Lord_Howe), 24.0);
    assert_eq!(hours("2026-04-05T00:00:00Z", Tz::Australia__Lord_Howe), 24.5);
    let (start, end) = around(Period::Week, "2026-03-25T12:00:00Z", Tz::Europe__Berlin);
    assert_eq!((end - start).num_hours(), 7 * 24 - 1);
}

#[test]
fn a_midnight_that_does_not_exist_begins_the_day_at_the_change() {
    // São Paulo jumped from 00:00 to 01:00 on 2018-11-04.
    let (start, end) = around(Period::Day, "2018-11-04T12:00:00Z", Tz::America__Sao_Paulo);
    assert_eq!((start, end), (at("2018-11-04T03:00:00Z"), at("2018-11-05T02:00:00Z")));
    assert_eq!(around(Period::Day, "2018-11-04T02:59:59Z", Tz::America__Sao_Paulo).1, start);
    // Samoa left out the whole of 2011-12-30.
    let (start, end) = around(Period::Day, "2011-12-30T09:00:00Z", Tz::Pacific__Apia);
    assert_eq!((start, end), (at("2011-12-29T10:00:00Z"), at("2011-12-30T10:00:00Z")));
    assert_eq!(
        around(Period::Day, "2011-12-30T10:00:00Z", Tz::Pacific__Apia).0,
        at("2011-12-30T10:00:00Z")
    );
}

#[test]
fn a_clock_that_goes_back_over_midnight_does_not_reopen_the_day_before() {
    // St. John's went from 00:01 back to 23:01 of the day before on 2010-11-07.
    let zone = Tz::America__St_Johns;
    let first_midnight = at("2010-11-07T02:30:00Z");
    for moment in [
        "2010-11-07T02:30:30Z",
        "2010-11-07T02:45:00Z",
        "2010-11-07T03:31:00Z",
        "2010-11-07T12:00:00Z",
    ] {
        assert_eq!(around(Period::Day, moment, zone).0, first_midnight, "{moment}");
    }
    assert_eq!(around(Period::Day, "2010-11-07T02:29:59Z", zone).1, first_midnight);
}

#[test]
fn tells_how_much_has_passed() {
    let window = Window::around(Period::Day, at("2026-11-23T06:00:00Z"), &Utc);
    assert_eq!(window.elapsed(at("2026-11-23T06:00:00Z")), 0.25);
    assert_eq!(window.elapsed(at("2026-11-20T00:00:00Z")), 0.0);
    assert_eq!(window.elapsed(at("2026-12-20T00:00:00Z")), 1.0);
    assert!(window.contains(window.start) && !window.contains(window.end));
}

proptest! {
    #[test]
    fn every_moment_lies_in_one_window_and_windows_leave_no_gap(
        seconds in 0..4_000_000_000i64, zone in (0..chrono_tz::TZ_VARIANTS.len()),
        period in 0..3usize,
    ) {
        let (zone, period) = (chrono_tz::TZ_VARIANTS[zone], Period::ALL[period]);
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        let window = Window::around(period, moment, &zone);
        prop_assert!(window.contains(moment), "{zone} {moment} {window:?}");
        // The next window begins where this one ends, and every moment of a window names the same
        // window.
        prop_assert_eq!(Window::around(period, window.end, &zone).start, window.end, "{}", zone);
        prop_assert_eq!(Window::around(period, window.start, &zone), window, "{}", zone);
        let last = window.end - Duration::seconds(1);
        prop_assert_eq!(Window::around(period, last, &zone), window, "{}", zone);
    }

    #[test]
    fn works_without_a_list_of_zones(seconds in 0..4_000_000_000i64, offset in -14..=14i32) {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        let offset = FixedOffset::east_opt(offset * 3600).unwrap();
        let window = Window::around(Period::Day, moment, &offset);
        prop_assert!(window.contains(moment));
        prop_assert_eq!((window.end - window.start).num_hours(), 24);
    }
}
