use super::*;
use crate::domain::ai::values::Enforcement;
use chrono::NaiveTime;
use chrono_tz::{
    Europe::Berlin,
    Pacific::{Apia, Honolulu},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The window around a moment, and its steps.
fn around(period: Period, moment: &str, zone: Tz) -> (Span, Vec<DateTime<Utc>>) {
    let window = Window::around(period, at(moment), &zone);
    let span = Span { from: window.start, to: window.end, zone };
    (span, steps(span, period))
}

fn spent(step: usize, model: &str, dollars: i64) -> Spent {
    Spent { step, model: model.to_owned(), cost: Money::from_dollars(dollars) }
}

/// The last cell of each point.
fn last_cells(plot: &Plot) -> Vec<&str> {
    plot.points.iter().filter_map(|point| point.cells.last()).map(String::as_str).collect()
}

#[test]
fn days_without_spending_have_their_place_and_models_a_colour_each() {
    let all = [spent(0, "one", 1), spent(0, "two", 3), spent(2, "one", 1)];
    let (span, steps) = around(Period::Week, "2026-11-04T12:00:00Z", Tz::UTC);
    let models = Catalog::built_in();
    let plot = over_time(&all, &steps, Tz::UTC, Period::Week, models).unwrap();
    assert_eq!(plot.legend, ["two", "one"], "the dearest first");
    assert_eq!(plot.points.len(), 7);
    assert_eq!(plot.points[1].cells, ["Tue 3", "$0.00", "$0.00"]);
    assert_eq!(plot.summary, "Most in one day: $4.00, Mon 2.");

    let limit = Some(Money::from_dollars(8));
    let plot = sum(&all, &steps, span, at("2026-11-04T12:00:00Z"), limit).unwrap();
    assert_eq!(last_cells(&plot), ["$0.00", "$4.00", "$4.00", "$5.00"], "it ends now");
    assert_eq!(plot.points[3].cells[0], "4 Nov 2026, 12:00");
    assert_eq!(plot.thresholds[0].at, 1.0, "{:?}", plot.y_axis);
}

#[test]
fn a_day_has_the_hours_that_it_has() {
    for (noon, hours, names_of_first) in [
        ("2026-03-29T12:00:00Z", 23, ["00:00", "01:00", "03:00", "04:00"]),
        ("2026-10-25T12:00:00Z", 25, ["00:00", "01:00", "02:00 CEST", "02:00 CET"]),
        ("2026-10-26T12:00:00Z", 24, ["00:00", "01:00", "02:00", "03:00"]),
    ] {
        let (span, steps) = around(Period::Day, noon, Berlin);
        assert_eq!((steps.len(), steps[0]), (hours, span.from), "{noon}");
        assert!(steps.windows(2).all(|pair| pair[1] - pair[0] == Duration::hours(1)), "{steps:?}");
        assert_eq!(*steps.last().unwrap() + Duration::hours(1), span.to, "{noon}");
        assert_eq!(names(&steps, Berlin, "%H:%M")[..4], names_of_first);

        // What is drawn by the hour and what is added up are the same.
        let all = [spent(0, "one", 1), spent(2, "one", 2), spent(hours - 1, "two", 4)];
        let models = Catalog::built_in();
        let bars = over_time(&all, &steps, Berlin, Period::Day, models).unwrap();
        assert_eq!(bars.points.len(), hours);
        assert_eq!(bars.points[2].cells, [names_of_first[2], "$0.00", "$2.00"]);
        assert_eq!(bars.points[hours - 1].cells, ["23:00", "$4.00", "$0.00"]);
        let line = sum(&all, &steps, span, span.to, None).unwrap();
        assert_eq!(line.points.len(), hours + 1);
        assert_eq!(last_cells(&line)[..4], ["$0.00", "$1.00", "$1.00", "$3.00"]);
        assert_eq!((line.summary.as_str(), line.points[hours].at), ("$7.00 in all.", 1.0));
    }
}

#[test]
fn days_begin_at_midnight_whatever_the_clock_does() {
    for (moment, last_of_week) in [
        ("2026-03-29T12:00:00Z", Duration::hours(23)),
        ("2026-10-25T12:00:00Z", Duration::hours(25)),
    ] {
        let (span, steps) = around(Period::Week, moment, Berlin);
        assert_eq!((steps.len(), span.to - steps[6]), (7, last_of_week));
        let (span, steps) = around(Period::Month, moment, Berlin);
        assert_eq!((steps.len(), steps[0]), (31, span.from));
        assert!(steps.iter().all(|step| step.with_timezone(&Berlin).time() == NaiveTime::MIN));
    }
    // Samoa had no 30 December 2011.
    let (_, steps) = around(Period::Week, "2011-12-29T12:00:00Z", Apia);
    let names = names(&steps, Apia, "%a %-d");
    assert_eq!(names, ["Mon 26", "Tue 27", "Wed 28", "Thu 29", "Sat 31", "Sun 1"]);
}

#[test]
fn a_present_window_of_another_zone_is_shown_and_those_before_end_where_it_begins() {
    let (start, end) = (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let budget = BudgetView {
        scope: ScopeType::Person,
        period: Period::Month,
        window_start: start,
        window_end: end,
        limit: Money::from_dollars(100),
        spend: Money::ZERO,
        reserved: Money::ZERO,
        projection: None,
        enforcement: Enforcement::Block,
        alert_thresholds: Vec::new(),
    };
    let shown = |back| {
        let scope = ScopeType::Person;
        let query = SpendingQuery { scope, window: Period::Month, back };
        let window = shown(&query, Some(&budget), at("2026-12-24T00:00:00Z"), Honolulu);
        (title(window, Honolulu), window.start, window.end)
    };
    let before = at("2026-11-01T10:00:00Z");
    assert_eq!(shown(0), ("December 2026".to_owned(), start, end));
    assert_eq!(shown(1), ("November 2026".to_owned(), before, start), "nothing counts twice");
    assert_eq!(shown(2), ("October 2026".to_owned(), at("2026-10-01T10:00:00Z"), before));

    // Its first day is the rest of one, its last the beginning of one.
    let span = Span { from: start, to: end, zone: Honolulu };
    let steps = steps(span, Period::Month);
    assert_eq!((steps.len(), steps[0]), (32, start));
    assert_eq!(steps[1], at("2026-12-01T10:00:00Z"));
    assert_eq!(names(&steps, Honolulu, "%-d %b")[..2], ["30 Nov", "1 Dec"]);
}

#[test]
fn nothing_spent_is_said_once() {
    let (_, steps) = around(Period::Day, "2026-11-02T00:00:00Z", Tz::UTC);
    let plot = over_time(&[], &steps, Tz::UTC, Period::Day, Catalog::built_in()).unwrap();
    assert_eq!((plot.summary.as_str(), plot.svg.as_str()), ("Nothing was spent.", ""));
    assert_eq!(plot.points.len(), 24);
}

#[test]
fn a_window_is_called_by_its_days() {
    let moment = at("2026-11-25T12:00:00Z");
    let named = Period::ALL.map(|period| title(Window::around(period, moment, &Tz::UTC), Tz::UTC));
    assert_eq!(named, ["25 Nov 2026", "23 Nov – 29 Nov 2026", "November 2026"]);
}
