//! When a notification goes by mail: at once, with a digest, or not at all. Asked when it is about
//! to be sent, so that the last word of its person counts.

use super::Category;
use crate::domain::{
    generation::window::{Period, Window},
    preferences::values::{Channel, Frequency, Notifications},
};
use chrono::{DateTime, TimeZone, Utc};

/// What is to be done with one notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Its person wants no mail, or not about this.
    Unwanted,
    Now,
    /// With everything else of the day or week that ends then.
    Later(DateTime<Utc>),
}

/// A digest goes out when the day, or the week from Monday, in which a notification was told has
/// ended where its person lives.
pub fn delivery<Tz: TimeZone>(
    wishes: &Notifications,
    category: Category,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: &Tz,
) -> Delivery {
    if !category.is_wanted_by(Channel::Email, wishes) {
        return Delivery::Unwanted;
    }
    let period = match wishes.frequency {
        Frequency::Immediate => return Delivery::Now,
        Frequency::Daily => Period::Day,
        Frequency::Weekly => Period::Week,
    };
    let end = Window::around(period, created_at, zone).end;
    if now < end { Delivery::Later(end) } else { Delivery::Now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::preferences::Preferences;
    use chrono_tz::Tz;

    fn wishes(frequency: Frequency) -> Notifications {
        Notifications { email: true, frequency, ..Preferences::default().notifications }
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn asked(frequency: Frequency, created: &str, now: &str, zone: Tz) -> Delivery {
        delivery(&wishes(frequency), Category::Errors, at(created), at(now), &zone)
    }

    #[test]
    fn who_wants_none_gets_none() {
        let (created, zone) = (at("2026-11-25T10:00:00Z"), Tz::UTC);
        let off = Notifications { email: false, ..wishes(Frequency::Immediate) };
        assert_eq!(delivery(&off, Category::Errors, created, created, &zone), Delivery::Unwanted);
        let mut not_this = wishes(Frequency::Daily);
        not_this.categories.errors = false;
        assert_eq!(
            delivery(&not_this, Category::Errors, created, created, &zone),
            Delivery::Unwanted
        );
        assert_ne!(
            delivery(&not_this, Category::SystemAlerts, created, created, &zone),
            Delivery::Unwanted
        );
    }

    #[test]
    fn an_event_that_comes_by_other_ways_only_is_not_mailed() {
        let (created, zone) = (at("2026-11-25T10:00:00Z"), Tz::UTC);
        let mut by_bell = wishes(Frequency::Immediate);
        by_bell.events.errors.email = false;
        let asked = |category| delivery(&by_bell, category, created, created, &zone);
        assert_eq!(asked(Category::Errors), Delivery::Unwanted);
        assert_eq!(asked(Category::SystemAlerts), Delivery::Now);
    }

    #[test]
    fn at_once_is_at_once() {
        let created = "2026-11-25T10:00:00Z";
        assert_eq!(asked(Frequency::Immediate, created, created, Tz::Asia__Tokyo), Delivery::Now);
    }

    #[test]
    fn a_day_ends_where_the_person_lives() {
        // 23:30 in Berlin, 08:30 of the next day in Tokyo.
        let created = "2026-11-25T22:30:00Z";
        let berlin = at("2026-11-25T23:00:00Z");
        assert_eq!(
            asked(Frequency::Daily, created, created, Tz::Europe__Berlin),
            Delivery::Later(berlin)
        );
        assert_eq!(
            asked(Frequency::Daily, created, "2026-11-25T22:59:59Z", Tz::Europe__Berlin),
            Delivery::Later(berlin)
        );
        assert_eq!(
            asked(Frequency::Daily, created, "2026-11-25T23:00:00Z", Tz::Europe__Berlin),
            Delivery::Now
        );
        let tokyo = at("2026-11-26T15:00:00Z");
        assert_eq!(
            asked(Frequency::Daily, created, "2026-11-25T23:00:00Z", Tz::Asia__Tokyo),
            Delivery::Later(tokyo)
        );
    }

    #[test]
    fn a_week_ends_on_sunday_night() {
        // A Wednesday; the clocks of New York went back on the 1st.
        let monday = at("2026-11-30T05:00:00Z");
        let created = "2026-11-25T10:00:00Z";
        assert_eq!(
            asked(Frequency::Weekly, created, created, Tz::America__New_York),
            Delivery::Later(monday)
        );
        assert_eq!(
            asked(Frequency::Weekly, created, "2026-11-30T05:00:00Z", Tz::America__New_York),
            Delivery::Now
        );
    }
}
