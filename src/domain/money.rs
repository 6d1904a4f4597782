//! Amounts of money: whole nano-US-dollars, never floating point.
//!
//! A nano-dollar is small enough that one token of every model known costs a whole number of them,
//! and 64 bits hold nine billion dollars.

pub use super::number::grouped;

use super::number::decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Number, Value};
use std::{fmt, iter::Sum};
use utoipa::ToSchema;

/// Nano-dollars in a dollar.
const PER_DOLLAR: i64 = 1_000_000_000;
/// Digits after the point that a nano-dollar needs.
const DECIMALS: usize = 9;

/// An amount in nano-US-dollars (10⁻⁹ USD). On the wire and in the database it is that whole
/// number.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = i64, example = 1_230_000_000_i64)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Whole dollars; beyond nine billion it stays at the largest amount.
    pub const fn from_dollars(dollars: i64) -> Self {
        Self(dollars.saturating_mul(PER_DOLLAR))
    }

    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads dollars as decimal text, exactly: `12`, `0.0042`, `1e-7`. Refuses what a nano-dollar
    /// cannot hold.
    pub fn parse_usd(text: &str) -> Result<Self, String> {
        parse_decimal(text.trim()).map(Self).ok_or_else(|| {
            "An amount is a number of US dollars with at most 9 decimals, such as 12.50.".to_owned()
        })
    }

    /// Reads a JSON number of dollars. The number's shortest text is taken, so `0.1` is a tenth and
    /// nothing else.
    pub fn from_json_usd(value: &Value) -> Option<Self> {
        parse_decimal(&value.as_number()?.to_string()).map(Self)
    }

    /// Dollars as a JSON number: whole where they are whole. Exact to 15 digits, which every budget
    /// keeps within.
    pub fn to_json_usd(self) -> Number {
        let dollars = Number::from(self.0 / PER_DOLLAR);
        if self.0 % PER_DOLLAR == 0 {
            return dollars;
        }
        let (mut digits, mut decimals) = (self.0, DECIMALS as u32);
        while digits % 10 == 0 {
            (digits, decimals) = (digits / 10, decimals - 1);
        }
        Number::from_f64(decimal(digits, decimals)).unwrap_or(dollars)
    }

    /// Dollars as plain decimal text without needless zeros: `12.5`, `0.000000001`.
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let dollars = nanos / PER_DOLLAR.unsigned_abs();
        let rest = format!("{:09}", nanos % PER_DOLLAR.unsigned_abs());
        match rest.trim_end_matches('0') {
            "" => format!("{sign}{dollars}"),
            rest => format!("{sign}{dollars}.{rest}"),
        }
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    pub fn checked_mul(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// For sums that are only shown: stays at the largest amount instead of failing.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of a budget: stays at the smallest amount instead of failing.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This amount as a share of another, for meters: 0.5 is half. `None` of nothing.
    pub fn share_of(self, whole: Self) -> Option<f64> {
        (whole.0 > 0).then(|| self.0 as f64 / whole.0 as f64)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

/// For people: cents from a cent on (`$1,234.50`), below it as many digits as the first two that
/// count (`$0.0042`).
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let cent = PER_DOLLAR.unsigned_abs() / 100;
        // 10 to the power of the decimals that are dropped.
        let step = if nanos >= cent || nanos == 0 {
            cent
        } else {
            let digits = nanos.ilog10() + 1;
            10_u64.pow(digits.saturating_sub(2))
        };
        let rounded = u128::from(nanos) + u128::from(step) / 2;
        let rounded = rounded - rounded % u128::from(step);
        let dollars = (rounded / u128::from(PER_DOLLAR.unsigned_abs())).to_string();
        let decimals = format!("{:09}", rounded % u128::from(PER_DOLLAR.unsigned_abs()));
        let shown = decimals.trim_end_matches('0').len().max(2);
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(formatter, "{sign}${}.{}", grouped(&dollars), &decimals[..shown])
    }
}

/// Decimal text, with an exponent or without, in billionths. `None` when it is no number or does
/// not fit.
fn parse_decimal(text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, unsigned) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 40 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The value is `digits` × 10^shift in billionths.
    let shift = i64::from(exponent) + DECIMALS as i64 - fraction.len() as i64;
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let nanos: i128 = if shift >= 0 {
        digits
            .parse::<i128>()
            .ok()?
            .checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
    } else {
        let dropped = usize::try_from(-shift).ok()?;
        let kept = digits.len().checked_sub(dropped)?;
        if digits[kept..].bytes().any(|byte| byte != b'0') {
            return None;
        }
        digits[..kept].parse().ok()?
    };
    i64::try_from(if negative { -nanos } else { nanos }).ok()
}

/// Serde for amounts that a file writes as decimal text in dollars, `"0.3125"`.
pub mod decimal_usd {
    use super::*;

    pub fn serialize<S: Serializer>(amount: &Money, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(&amount.to_decimal())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Money, D::Error> {
        let value = Value::deserialize(reader)?;
        match &value {
            Value::String(text) => Money::parse_usd(text).map_err(D::Error::custom),
            other => Money::from_json_usd(other).ok_or_else(|| {
                D::Error::custom("An amount is a number of US dollars with at most 9 decimals.")
            }),
        }
    }
}

/// Serde for amounts that a configuration writes as a JSON number of dollars.
pub mod number_usd {
    use super::*;

    pub fn serialize<S: Serializer>(amount: &Money, writer: S) -> Result<S::Ok, S::Error> {
        amount.to_json_usd().serialize(writer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Money, D::Error> {
        Money::from_json_usd(&Value::deserialize(reader)?).ok_or_else(|| {
            D::Error::custom("An amount is a number of US dollars with at most 9 decimals.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_decimal_text_exactly() {
        for (text, nanos) in [
            ("0", 0),
            ("12", 12_000_000_000),
            ("0.0042", 4_200_000),
            ("0.000000001", 1),
            ("1e-7", 100),
            ("2.5E3", 2_500_000_000_000),
            (" 0.30 ", 300_000_000),
            ("-1.5", -1_500_000_000),
            ("0.10000000000000000000", 100_000_000),
            ("9223372036.854775807", i64::MAX),
        ] {
            assert_eq!(Money::parse_usd(text), Ok(Money::from_nanos(nanos)), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "1,5",
            "$1",
            "0.0000000001",
            "1e-10",
            "1e30",
            "9223372036.854775808",
            "NaN",
            "1.2.3",
        ] {
            assert!(Money::parse_usd(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_json_number_is_what_it_reads_as() {
        for (value, nanos) in
            [(json!(0.1), 100_000_000), (json!(100), 100_000_000_000), (json!(1e-7), 100)]
        {
            assert_eq!(Money::from_json_usd(&value), Some(Money::from_nanos(nanos)));
        }
        assert_eq!(Money::from_json_usd(&json!("1")), None);
        assert_eq!(Money::from_dollars(100).to_json_usd(), Number::from(100));
        assert_eq!(Money::from_nanos(250_000_000).to_json_usd().to_string(), "0.25");
    }

    #[test]
    fn shows_amounts_as_people_write_them() {
        for (nanos, shown) in [
            (0, "$0.00"),
            (1_230_000_000, "$1.23"),
            (1_234_567_800_000_000, "$1,234,567.80"),
            (1_235_000_000, "$1.24"),
            (4_200_000, "$0.0042"),
            (4_249_000, "$0.0042"),
            (9_999_999, "$0.01"),
            (1, "$0.000000001"),
            (123, "$0.00000012"),
            (-2_500_000_000, "-$2.50"),
        ] {
            assert_eq!(Money::from_nanos(nanos).to_string(), shown, "{nanos}");
        }
        assert!(Money::MAX.to_string().starts_with("$9,223,372,036.85"));
    }

    #[test]
    fn does_not_overflow_silently() {
        assert_eq!(Money::MAX.checked_add(Money::from_nanos(1)), None);
        assert_eq!(Money::from_nanos(i64::MIN).checked_sub(Money::from_nanos(1)), None);
        assert_eq!(Money::MAX.checked_mul(2), None);
        assert_eq!([Money::MAX, Money::MAX].into_iter().sum::<Money>(), Money::MAX);
    }

    proptest! {
        #[test]
        fn text_and_amount_lead_to_each_other(nanos in any::<i64>()) {
            let amount = Money::from_nanos(nanos);
            prop_assert_eq!(Money::parse_usd(&amount.to_decimal()), Ok(amount));
            let json = serde_json::to_value(amount).unwrap();
            prop_assert_eq!(serde_json::from_value::<Money>(json).unwrap(), amount);
        }

        #[test]
        fn a_budget_survives_the_json_number(micros in 0..100_000_000_000_000i64) {
            let amount = Money::from_nanos(micros * 1000);
            let text = Value::Number(amount.to_json_usd()).to_string();
            let read = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Money::from_json_usd(&read), Some(amount));
        }

        #[test]
        fn the_json_number_is_the_one_nearest_to_the_amount(
            digits in -999_999_999_999_999..1_000_000_000_000_000_i64,
            zeros in 0..4_u32,
        ) {
            let amount = Money::from_nanos(digits * 10_i64.pow(zeros));
            let nearest: f64 = amount.to_decimal().parse().unwrap();
            prop_assert_eq!(amount.to_json_usd().as_f64(), Some(nearest));
        }

        #[test]
        fn never_panics_on_any_text(text in "\\PC{0,30}|[-+0-9.eE]{0,50}") {
            let _ = Money::parse_usd(&text);
        }
    }
}
