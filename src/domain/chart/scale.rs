//! The axis beside a plot: from where to where it runs, in steps that people count in.

use crate::domain::money::grouped;

/// So many steps an axis has at most.
const STEPS: f64 = 5.0;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    /// Values from 0 to 100; the axis shows all of it.
    Percent,
    /// Whole things.
    Count,
    Milliseconds,
    /// Values in US dollars.
    Dollars,
}

/// An axis: it begins at 0, ends at or above the largest value, and has a label at each step.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Where it ends, in the unit of the values.
    pub max: f64,
    /// At even distances, from 0 to `max`.
    pub labels: Vec<String>,
}

impl Scale {
    /// The axis for values up to `largest`, which may be 0.
    pub fn of(unit: Unit, largest: f64) -> Self {
        let largest = if largest.is_finite() { largest.max(0.0) } else { 0.0 };
        if unit == Unit::Percent {
            return Self::in_steps(25.0, 4, 0, ("", " %"), 1.0);
        }
        let (factor, ends) = unit.step_for(largest);
        let largest = largest / factor;
        let least = if unit == Unit::Count { 1.0 } else { f64::MIN_POSITIVE };
        let step = round_step(largest / STEPS).max(least);
        let count = (largest / step).ceil().max(1.0);
        // 0.30000000000000004 is three steps of 0.1 and not four.
        let count =
            if (count - 1.0) * step >= largest * (1.0 - 1e-9) { count - 1.0 } else { count };
        Self::in_steps(step, count.max(1.0) as usize, decimals(step), ends, factor)
    }

    fn in_steps(
        step: f64,
        count: usize,
        decimals: usize,
        (before, behind): (&str, &str),
        factor: f64,
    ) -> Self {
        let label = |index: usize| {
            let number = format!("{:.decimals$}", step * index as f64);
            let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{before}{}{point}{fraction}{behind}", grouped(whole))
        };
        Self { max: step * count as f64 * factor, labels: (0..=count).map(label).collect() }
    }

    /// Where a value stands: 0 at the bottom, 1 at the top.
    pub fn height(&self, value: f64) -> f64 {
        (value / self.max).clamp(0.0, 1.0)
    }
}

impl Unit {
    /// By how much values are divided for the labels, and what these have before and behind them.
    fn step_for(self, largest: f64) -> (f64, (&'static str, &'static str)) {
        const BYTES: [&str; 6] = [" bytes", " KiB", " MiB", " GiB", " TiB", " PiB"];
        match self {
            Self::Bytes => {
                let (mut factor, mut power) = (1.0, 0);
                while largest / factor >= 1024.0 && power + 1 < BYTES.len() {
                    (factor, power) = (factor * 1024.0, power + 1);
                }
                (factor, ("", BYTES[power]))
            }
            Self::Percent => (1.0, ("", " %")),
            Self::Count => (1.0, ("", "")),
            Self::Milliseconds if largest >= 1000.0 => (1000.0, ("", " s")),
            Self::Milliseconds => (1.0, ("", " ms")),
            Self::Dollars => (1.0, ("$", "")),
        }
    }
}

/// 1, 2 or 5 times a power of ten, the least that is no smaller; 1 for 0.
fn round_step(raw: f64) -> f64 {
    if raw <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powi(raw.log10().floor() as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// The digits behind the point that a step needs.
fn decimals(step: f64) -> usize {
    if step >= 1.0 { 0 } else { (-step.log10().floor()).clamp(0.0, 12.0) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(unit: Unit, largest: f64) -> String {
        Scale::of(unit, largest).labels.join(" ")
    }

    #[test]
    fn an_axis_counts_in_the_steps_of_its_unit() {
        for (unit, largest, expected) in [
            (Unit::Percent, 98.5, "0 % 25 % 50 % 75 % 100 %"),
            (Unit::Count, 0.0, "0 1"),
            (Unit::Count, 5.0, "0 1 2 3 4 5"),
            (Unit::Count, 24.0, "0 5 10 15 20 25"),
            (Unit::Count, 4800.0, "0 1,000 2,000 3,000 4,000 5,000"),
            (Unit::Bytes, 12.0 * 1_048_576.0, "0 MiB 5 MiB 10 MiB 15 MiB"),
            (Unit::Bytes, 900.0, "0 bytes 200 bytes 400 bytes 600 bytes 800 bytes 1,000 bytes"),
            (Unit::Milliseconds, 0.3, "0.0 ms 0.1 ms 0.2 ms 0.3 ms"),
            (Unit::Milliseconds, 4000.0, "0 s 1 s 2 s 3 s 4 s"),
            (Unit::Dollars, 0.11, "$0.00 $0.05 $0.10 $0.15"),
        ] {
            assert_eq!(labels(unit, largest), expected, "{unit:?} {largest}");
        }
    }

    #[test]
    fn what_is_no_number_is_an_empty_axis() {
        for odd in [f64::NAN, f64::INFINITY, -3.0] {
            assert_eq!(Scale::of(Unit::Count, odd).max, 1.0);
        }
    }

    proptest! {
        #[test]
        fn every_value_has_a_place(largest in 0.0..1e15_f64, part in 0.0..1.0_f64) {
            for unit in [Unit::Bytes, Unit::Count, Unit::Milliseconds, Unit::Dollars] {
                let scale = Scale::of(unit, largest);
                prop_assert!(scale.max >= largest * (1.0 - 1e-6), "{unit:?} {scale:?}");
                prop_assert!((2..=7).contains(&scale.labels.len()), "{unit:?} {scale:?}");
                prop_assert!((0.0..=1.0).contains(&scale.height(largest * part)));
            }
        }
    }
}
