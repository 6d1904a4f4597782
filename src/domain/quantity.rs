//! Amounts of space and parts of a whole, as people read them.

/// Bytes in binary units with one decimal: `512 bytes`, `12.3 MiB`, `−4.0 GiB`.
pub fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count.unsigned_abs() < 1024 {
        return if count == 1 {
            "1 byte".into()
        } else {
            format!("{} bytes", signed(count.to_string()))
        };
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    // What would be written as 1024.0 belongs to the next unit.
    while value.abs() >= 1023.95 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", signed(format!("{value:.1}")), UNITS[unit])
}

/// The same with its sign, for a change: `+12.3 MiB`, `−1.0 KiB`, `0 bytes`.
pub fn bytes_changed(count: i64) -> String {
    if count > 0 { format!("+{}", bytes(count)) } else { bytes(count) }
}

/// A part of a whole, 0–1, with one decimal: `86.4 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Milliseconds: `0.04 ms`, `12.3 ms`, `2.50 s`.
pub fn milliseconds(time: f64) -> String {
    match time {
        time if time < 1.0 => format!("{time:.2} ms"),
        time if time < 1000.0 => format!("{time:.1} ms"),
        time => format!("{:.2} s", time / 1000.0),
    }
}

/// A minus sign as it is printed, not a hyphen.
fn signed(digits: String) -> String {
    digits.replacen('-', "−", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        for (count, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (12_902_400, "12.3 MiB"),
            (-(4 << 30), "−4.0 GiB"),
            (i64::MAX, "8192.0 PiB"),
        ] {
            assert_eq!(bytes(count), words);
        }
        assert_eq!(bytes_changed(2048), "+2.0 KiB");
        assert_eq!(bytes_changed(0), "0 bytes");
    }

    #[test]
    fn times_and_shares_keep_the_digits_that_matter() {
        assert_eq!(milliseconds(0.041), "0.04 ms");
        assert_eq!(milliseconds(12.34), "12.3 ms");
        assert_eq!(milliseconds(2500.0), "2.50 s");
        assert_eq!(percent(0.8642), "86.4 %");
    }
}
