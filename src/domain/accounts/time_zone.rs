//! Names of time zones.
//!
//! Browsers go on using names that were given up long ago, such as `Asia/Calcutta`, and systems
//! come without them. Kept is the name that counts today.

use std::fmt;

/// Every name that was given up, and the one that took its place: those links of the file
/// `backward` of the IANA time zone database (2025b, in the public domain) whose names its table of
/// current zones, `zone.tab`, does not list. Names of places that share a clock today stay what
/// they are.
const RENAMED: &str = include_str!("time_zone/renamed.txt");

/// A name of the IANA list by its form, such as `Europe/Berlin` or `UTC`, in today's spelling.
/// Whether it exists is the server's answer when it is stored: the list itself would weigh more in
/// the browser than the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    pub const UNKNOWN: &'static str =
        "This time zone is not known. Use a name like Europe/Berlin, or UTC.";

    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        let name = current(raw.trim());
        let is_part = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
                && part.starts_with(|first: char| first.is_ascii_alphabetic())
        };
        // A slash, because PostgreSQL would also take POSIX rules such as `FOO+3`, which mean the
        // opposite of what people think.
        let is_zone = name == "UTC" || (name.contains('/') && name.split('/').all(is_part));
        if is_zone && name.len() <= 64 { Ok(Self(name.to_owned())) } else { Err(Self::UNKNOWN) }
    }

    pub fn utc() -> Self {
        Self("UTC".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every name that means this zone, today's first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let before = renamed().filter(|(_, current)| *current == self.0).map(|(old, _)| old);
        std::iter::once(self.as_str()).chain(before)
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Today's spelling of a name; any other text as it is.
pub fn current(name: &str) -> &str {
    renamed().find(|(old, _)| *old == name).map_or(name, |(_, current)| current)
}

/// True for a name that was given up.
pub fn is_renamed(name: &str) -> bool {
    renamed().any(|(old, _)| old == name)
}

fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
    RENAMED.lines().filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_form_of_a_zone() {
        for raw in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(TimeZoneName::parse(raw).is_ok(), "{raw}");
        }
        for raw in [
            "",
            "FOO+3",
            "Europe/",
            "/Berlin",
            "Europe//Berlin",
            "Europe/Ber lin",
            "+05:00",
            "a/'; select 1",
        ] {
            assert!(TimeZoneName::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn names_that_browsers_still_use_are_kept_in_today_s_spelling() {
        for (old, name) in [
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("Europe/Kiev", "Europe/Kyiv"),
            ("US/Pacific", "America/Los_Angeles"),
            ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
            ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("Iceland", "Atlantic/Reykjavik"),
            ("EST5EDT", "America/New_York"),
            ("GMT", "Etc/GMT"),
            ("Etc/UTC", "UTC"),
            // A place of its own stays, although its clock is another's today.
            ("Europe/Amsterdam", "Europe/Amsterdam"),
            ("Africa/Accra", "Africa/Accra"),
        ] {
            assert_eq!(TimeZoneName::parse(old).unwrap().as_str(), name, "{old}");
        }
        let kolkata = TimeZoneName::parse("Asia/Kolkata").unwrap();
        assert_eq!(kolkata.names().collect::<Vec<_>>(), ["Asia/Kolkata", "Asia/Calcutta"]);
    }

    #[test]
    fn every_zone_that_browsers_report_is_known() {
        let browsers = include_str!("time_zone/browsers.txt").lines();
        for reported in browsers.chain(renamed().map(|(old, _)| old)) {
            let zone = TimeZoneName::parse(reported).unwrap();
            assert!(zone.as_str().parse::<chrono_tz::Tz>().is_ok(), "{reported}: {zone}");
        }
    }

    #[test]
    fn every_name_that_was_given_up_leads_to_one_that_was_not() {
        for (old, name) in renamed() {
            assert!(!is_renamed(name), "{old} {name}");
            assert_eq!(TimeZoneName::parse(old).unwrap().as_str(), name);
        }
    }
}
