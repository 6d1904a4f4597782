//! Names of time zones.

use std::fmt;

/// A name of the IANA list by its form, such as `Europe/Berlin` or `UTC`. Whether it exists is PostgreSQL's answer when it
/// is stored: the list itself would weigh more in the browser than the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    pub const UNKNOWN: &'static str =
        "This time zone is not known. Use a name like Europe/Berlin, or UTC.";

    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        let name = raw.trim();
        let is_part = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
                && part.starts_with(|first: char| first.is_ascii_alphabetic())
        };
        // A slash, because PostgreSQL would also take POSIX rules such as `FOO+3`, which mean the opposite of what people think.
        let is_zone = name == "UTC" || (name.contains('/') && name.split('/').all(is_part));
        if is_zone && name.len() <= 64 { Ok(Self(name.to_owned())) } else { Err(Self::UNKNOWN) }
    }

    pub fn utc() -> Self {
        Self("UTC".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
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
}
