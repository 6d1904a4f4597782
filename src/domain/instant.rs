//! Points in time that somebody names.

use chrono::{DateTime, Datelike, Utc};

/// Whether somebody may mean it: the years 1970 to 9999. PostgreSQL's own range is wider, but
/// nobody means the year 20000.
pub fn is_plausible(time: DateTime<Utc>) -> bool {
    (1970..10_000).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_decides() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(
            is_plausible(time("1970-01-01T00:00:00Z"))
                && is_plausible(time("9999-12-31T23:59:59Z"))
        );
        for wrong in ["1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z", "-200000-01-01T00:00:00Z"] {
            assert!(!is_plausible(time(wrong)), "{wrong}");
        }
    }
}
