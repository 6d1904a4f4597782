//! Numbers as fields show and read them.

/// How many digits after the point a step needs: 1 → 0, 0.5 → 1, 0.25 → 2. At most three.
fn decimals(step: f64) -> usize {
    (0..3).find(|digits| (step * 10f64.powi(*digits)).fract().abs() < 1e-9).unwrap_or(3) as usize
}

/// The number with as many digits after the point as its step has: `8.0` for 8 in steps of 0.1.
pub fn format_number(value: f64, step: f64) -> String {
    format!("{value:.*}", decimals(step))
}

/// The nearest allowed number: within the limits and on a step counted from `min`.
pub(super) fn snap(value: f64, min: f64, max: f64, step: f64) -> f64 {
    let scale = 10f64.powi(decimals(step) as i32 + 1);
    let steps = ((value - min) / step).round();
    (((min + steps * step) * scale).round() / scale).clamp(min, max)
}

/// Reads a typed number. `None` unless it is finite and within the limits; it need not lie on a step.
pub(super) fn read(text: &str, min: f64, max: f64) -> Option<f64> {
    let value: f64 = text.trim().replace(',', ".").parse().ok()?;
    (value.is_finite() && (min..=max).contains(&value)).then_some(value)
}

/// The sentence for a number that [`read`] refuses.
pub(super) fn limits(min: f64, max: f64, step: f64) -> String {
    if max.is_finite() {
        format!("Enter a number from {} to {}.", format_number(min, step), format_number(max, step))
    } else {
        format!("Enter a number of at least {}.", format_number(min, step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_the_digits_of_its_step() {
        assert_eq!(format_number(8.0, 0.1), "8.0");
        assert_eq!(format_number(7.25, 0.25), "7.25");
        assert_eq!(format_number(1000.0, 1.0), "1000");
    }

    #[test]
    fn snapping_lands_on_a_step_within_the_limits() {
        assert_eq!(snap(7.9999, 0.0, 10.0, 0.1), 8.0);
        assert_eq!(snap(0.30000000000000004, 0.0, 10.0, 0.1), 0.3);
        assert_eq!(snap(7.3, 0.0, 10.0, 0.5), 7.5);
        assert_eq!(snap(99.0, 0.0, 10.0, 0.5), 10.0);
    }

    #[test]
    fn reading_refuses_what_is_no_number_or_out_of_range() {
        assert_eq!(read(" 7,5 ", 0.0, 10.0), Some(7.5));
        for text in ["", "abc", "NaN", "inf", "11", "-1"] {
            assert_eq!(read(text, 0.0, 10.0), None, "{text}");
        }
    }
}
