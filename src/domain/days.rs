//! Days as people read them.

use chrono::{Datelike, NaiveDate};

/// A day: “5 Nov 2026”. The formats of chrono would bring their interpreter into the browser
/// part.
pub fn date(day: NaiveDate) -> String {
    format!("{} {} {}", day.day(), &month(day)[..3], day.year())
}

/// The name of a day's month.
pub fn month(day: NaiveDate) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES[day.month0() as usize]
}
