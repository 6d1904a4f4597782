//! Numbers as fields show them.

use crate::domain::number;

/// How many digits after the point a step needs: 1 → 0, 0.5 → 1, 0.25 → 2. At most three.
fn decimals(step: f64) -> usize {
    (0..3).find(|digits| (step * 10f64.powi(*digits)).fract().abs() < 1e-9).unwrap_or(3) as usize
}

/// The number with as many digits after the point as its step has, `8.0` for 8 in steps of 0.1, or
/// more where it has more. Read again, it is the same number.
pub fn format_number(value: f64, step: f64) -> String {
    // Beyond nine decimals there is only the noise of arithmetic.
    let exact = (value * 1e9).round() / 1e9;
    let short = if exact.is_finite() { exact } else { value }.to_string();
    let given = short.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let wanted = decimals(step);
    number::spelled(&if given < wanted { format!("{value:.wanted$}") } else { short })
}

/// The nearest allowed number: within the limits and on a step counted from `min`.
pub(super) fn snap(value: f64, min: f64, max: f64, step: f64) -> f64 {
    let scale = 10f64.powi(decimals(step) as i32 + 1);
    let steps = ((value - min) / step).round();
    (((min + steps * step) * scale).round() / scale).clamp(min, max)
}

/// The next step up or down: from between two steps to the nearer one in that direction.
pub(super) fn stepped(value: f64, up: bool, min: f64, max: f64, step: f64) -> f64 {
    let base = if min.is_finite() { min } else { 0.0 };
    let steps = (value - base) / step;
    // A number that only arithmetic keeps from a step stands on it.
    let (low, high) = ((steps + 1e-6).floor(), (steps - 1e-6).ceil());
    let next = if up { low + 1.0 } else { high - 1.0 };
    snap(base + next * step, base, f64::INFINITY, step).clamp(min, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_the_digits_of_its_step_and_no_fewer_than_it_has() {
        assert_eq!(format_number(8.0, 0.1), "8.0");
        assert_eq!(format_number(7.25, 0.25), "7.25");
        assert_eq!(format_number(1000.0, 1.0), "1000");
        assert_eq!(format_number(7.5, 0.01), "7.50");
        assert_eq!(format_number(0.123456, 0.01), "0.123456");
        assert_eq!(format_number(0.1 + 0.2, 0.1), "0.3");
        assert_eq!(format_number(1.234, 0.01), "1.2340", "not to be taken for thousands");
    }

    #[test]
    fn snapping_lands_on_a_step_within_the_limits() {
        assert_eq!(snap(7.9999, 0.0, 10.0, 0.1), 8.0);
        assert_eq!(snap(0.30000000000000004, 0.0, 10.0, 0.1), 0.3);
        assert_eq!(snap(7.3, 0.0, 10.0, 0.5), 7.5);
        assert_eq!(snap(99.0, 0.0, 10.0, 0.5), 10.0);
    }

    #[test]
    fn arrow_keys_go_to_the_next_step() {
        assert_eq!(stepped(0.3, true, 0.0, 10.0, 0.1), 0.4);
        assert_eq!(stepped(0.3, false, 0.0, 10.0, 0.1), 0.2);
        assert_eq!(stepped(7.25, true, 0.0, 10.0, 0.5), 7.5);
        assert_eq!(stepped(7.25, false, 0.0, 10.0, 0.5), 7.0);
        assert_eq!(stepped(10.0, true, 0.0, 10.0, 0.5), 10.0);
        assert_eq!(stepped(-1000.0, false, -1000.0, 1000.0, 1.0), -1000.0);
        assert_eq!(stepped(12.34, true, 0.0, f64::INFINITY, 0.01), 12.35);
    }
}
