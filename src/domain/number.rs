//! Numbers as people type them: with a decimal comma or a point, in groups, with the digits of
//! their own script.
//!
//! A text is read only if it can mean one number. `1,234` can mean two where both are allowed; then
//! both are named, and nothing is taken until somebody has said which.

mod signs;

use signs::{Body, body};
use std::fmt;

/// Digits that a floating-point number keeps exactly.
const MOST_DIGITS: usize = 15;

/// A number that was typed, in the one form in which it is kept: `-1234.5`. No groups, a point, no
/// needless zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedNumber(String);

/// What may be written beside a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sign {
    #[default]
    None,
    /// `$`, `US$` or `USD`, before or after.
    Dollars,
    /// `%`, after.
    Percent,
}

/// Which numbers a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberRule {
    pub min: f64,
    pub max: f64,
    /// Without decimals. Marks between its digits are groups: `8.000` is eight thousand, as
    /// `8,000`.
    pub whole: bool,
    pub sign: Sign,
}

/// Why a text was not taken as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Nothing was typed.
    Empty,
    /// It can mean two numbers, and both are allowed.
    Ambiguous { typed: String, readings: [TypedNumber; 2] },
    /// It means none, or one that is not allowed: the sentence for the person.
    Refused(String),
}

impl TypedNumber {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Exact, because no more digits are read than such a number holds.
    pub fn to_f64(&self) -> f64 {
        let (whole, fraction) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        decimal(digits, fraction.len() as u32)
    }

    /// As it is written into a field.
    pub fn spelled(&self) -> String {
        spelled(&self.0)
    }
}

impl fmt::Display for TypedNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `digits` / 10^`decimals`, right for as many digits as a floating-point number keeps: both are
/// exact then, and a division rounds right. The standard library reads decimals of any length, for
/// which it needs a table that a browser would have to load.
pub fn decimal(digits: i64, decimals: u32) -> f64 {
    digits as f64 / 10_u64.pow(decimals) as f64
}

/// A canonical text as it is shown where it can be typed over. With three decimals it could also be
/// read as thousands, so it gets a fourth: `1.234` → `1.2340`. Read again, it is the same number.
pub fn spelled(canonical: &str) -> String {
    let (whole, fraction) = canonical.split_once('.').unwrap_or((canonical, ""));
    let digits = whole.trim_start_matches('-');
    let like_groups = fraction.len() == 3 && digits.len() <= 3 && !digits.starts_with('0');
    format!("{canonical}{}", if like_groups { "0" } else { "" })
}

impl NumberRule {
    /// Any number within limits.
    pub const fn within(min: f64, max: f64) -> Self {
        Self { min, max, whole: false, sign: Sign::None }
    }

    /// A whole number within limits.
    pub const fn whole(min: f64, max: f64) -> Self {
        Self { min, max, whole: true, sign: Sign::None }
    }

    pub const fn with_sign(self, sign: Sign) -> Self {
        Self { sign, ..self }
    }

    /// What a text means.
    ///
    /// # Errors
    /// When it means no number, one that is not allowed, or two.
    pub fn read(self, text: &str) -> Result<TypedNumber, NumberError> {
        let Body { negative, digits } = body(text, self.sign)?;
        let mut readings = readings(&digits);
        if self.whole && readings.len() > 1 {
            readings.retain(|(_, fraction)| fraction.is_empty());
        }
        if readings.is_empty() {
            let groups = "Group digits in threes with one kind of mark, or not at all: 12345.6.";
            return Err(NumberError::Refused(groups.into()));
        }
        let mut allowed = Vec::new();
        for (whole, fraction) in readings {
            let number = canonical(negative, &whole, &fraction)?;
            let fits = (self.min..=self.max).contains(&number.to_f64())
                && !(self.whole && number.0.contains('.'));
            if fits {
                allowed.push(number);
            }
        }
        match (allowed.pop(), allowed.pop()) {
            (Some(decimal), Some(grouped)) => Err(NumberError::Ambiguous {
                typed: text.trim().to_owned(),
                readings: [grouped, decimal],
            }),
            (Some(only), None) => Ok(only),
            _ => Err(NumberError::Refused(self.limits())),
        }
    }

    /// Whether a text is a number that more digits can only lead further away from the limits.
    pub fn is_beyond(self, text: &str) -> bool {
        let any = Self { min: f64::NEG_INFINITY, max: f64::INFINITY, ..self };
        any.read(text).is_ok_and(|number| {
            let number = number.to_f64();
            number > self.max || number < self.min.min(0.0)
        })
    }

    /// The sentence that says what is allowed.
    pub fn limits(self) -> String {
        let Self { min, max, whole, .. } = self;
        let kind = if whole { "whole number" } else { "number" };
        match (min.is_finite(), max.is_finite()) {
            (true, true) => format!("Enter a {kind} from {} to {}.", limit(min), limit(max)),
            (true, false) => format!("Enter a {kind} of at least {}.", limit(min)),
            _ => format!("Enter a {kind}."),
        }
    }
}

impl NumberError {
    /// The sentence for the person.
    pub fn sentence(&self, rule: NumberRule) -> String {
        match self {
            Self::Empty => rule.limits(),
            Self::Refused(sentence) => sentence.clone(),
            Self::Ambiguous { typed, readings: [grouped, decimal] } => format!(
                "{typed} can mean {grouped} or {decimal}. Choose one, or write {} or {}.",
                grouped.spelled(),
                decimal.spelled()
            ),
        }
    }
}

/// `1234567` → `1,234,567`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A limit as people read it: 60,000.
fn limit(number: f64) -> String {
    let text = number.abs().to_string();
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}{fraction}", grouped(whole))
}

/// Everything that these digits and marks can mean, as digits before and after the decimal mark:
/// the reading without a decimal mark first.
fn readings(text: &str) -> Vec<(String, String)> {
    let split = |mark: char| {
        let (whole, fraction) = text.split_once(mark)?;
        let is_fraction = !fraction.is_empty() && fraction.bytes().all(|it| it.is_ascii_digit());
        is_fraction.then_some((whole, fraction, mark))
    };
    let decimals = [',', '.', signs::DECIMAL].into_iter().filter_map(split);
    [(text, "", '\0')]
        .into_iter()
        .chain(decimals)
        .filter_map(|(whole, fraction, mark)| {
            // `.5` is a half; nothing at all is no number.
            let whole = if whole.is_empty() && mark != '\0' {
                Some("0".to_owned())
            } else {
                ungrouped(whole, mark)
            };
            Some((whole?, fraction.to_owned()))
        })
        .collect()
}

/// The digits of a whole number, without the marks of its groups. They are of one kind, another
/// than the decimal mark, and stand before every three digits; or as in India, before the last
/// three and every two.
fn ungrouped(text: &str, decimal: char) -> Option<String> {
    let Some(mark) = text.chars().find(|sign| !sign.is_ascii_digit()) else {
        return (!text.is_empty()).then(|| text.to_owned());
    };
    if mark == decimal || mark == signs::DECIMAL {
        return None;
    }
    let groups: Vec<&str> = text.split(mark).collect();
    let digits = groups.iter().all(|group| group.bytes().all(|it| it.is_ascii_digit()));
    let (first, last) = (groups.first()?, groups.last()?);
    let between = groups.get(1..groups.len() - 1).unwrap_or_default();
    let all = |length| between.iter().all(|group| group.len() == length);
    let grouped = last.len() == 3
        && (((1..=3).contains(&first.len()) && all(3))
            || ((1..=2).contains(&first.len()) && all(2)));
    (digits && grouped && !first.starts_with('0')).then(|| groups.concat())
}

fn canonical(negative: bool, whole: &str, fraction: &str) -> Result<TypedNumber, NumberError> {
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let digits = format!("{whole}{fraction}");
    if digits.trim_start_matches('0').len() > MOST_DIGITS || fraction.len() > MOST_DIGITS {
        let sentence = format!("Enter a number with at most {MOST_DIGITS} digits.");
        return Err(NumberError::Refused(sentence));
    }
    let sign = if negative && !digits.is_empty() { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(TypedNumber(format!("{sign}{whole}{point}{fraction}")))
}

#[cfg(test)]
mod tests;
