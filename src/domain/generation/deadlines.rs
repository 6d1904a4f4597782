//! The timeouts of a generation as bars, each within the next, and how many attempts they leave
//! room for.

use super::retry::retry_delays;
use crate::domain::{
    ai::values::{RetryStrategy, Timeouts},
    chart::{Bar, Bars},
};

/// The bars, with the same as text.
pub fn draw(timeouts: &Timeouts, retries: &RetryStrategy) -> Bars {
    let rows = [
        ("Connection", timeouts.connection_timeout),
        ("One attempt", timeouts.generation_timeout),
        ("All attempts", timeouts.total_request_timeout),
    ];
    let longest = rows.iter().map(|(_, time)| *time).max().unwrap_or_default().max(1);
    let rows = rows.map(|(name, time)| Bar {
        share: f64::from(time) / f64::from(longest),
        cells: vec![name.to_owned(), seconds(time)],
    });
    let columns = ["Timeout", "Time"].map(str::to_owned);
    Bars { summary: summary(timeouts, retries), columns: columns.into(), rows: rows.into() }
}

fn summary(timeouts: &Timeouts, retries: &RetryStrategy) -> String {
    let all = retries.max_retries + 1;
    let begun = attempts(timeouts, retries);
    match (all, begun) {
        (1, _) => "There is one attempt: retries are switched off.".to_owned(),
        (all, begun) if begun == all => {
            format!("All {all} attempts can begin, even if each takes its whole time.")
        }
        (all, 1) => {
            format!("Only the first of {all} attempts can begin if it takes its whole time.")
        }
        (all, begun) => {
            format!("{begun} of {all} attempts can begin if each takes its whole time.")
        }
    }
}

/// How many attempts begin before the total time is over, when each takes the whole time that it
/// may and the pauses between them are the longest that chance makes them.
fn attempts(timeouts: &Timeouts, retries: &RetryStrategy) -> u32 {
    let mut elapsed = 0;
    let mut begun = 1;
    for delay in retry_delays(retries) {
        elapsed += u64::from(timeouts.generation_timeout) + delay;
        if elapsed >= timeouts.total_request_timeout.into() {
            break;
        }
        begun += 1;
    }
    begun
}

fn seconds(milliseconds: u32) -> String {
    match (milliseconds / 1000, milliseconds % 1000) {
        (seconds, 0) => format!("{seconds} s"),
        (seconds, rest) => format!("{seconds}.{} s", format!("{rest:03}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::{AiConfig, models::Catalog};

    fn drawn(generation: u32, total: u32, retries: u32) -> Bars {
        let usual = AiConfig::defaults(Catalog::built_in());
        let timeouts = Timeouts {
            generation_timeout: generation,
            total_request_timeout: total,
            ..usual.timeouts
        };
        draw(&timeouts, &RetryStrategy { max_retries: retries, ..usual.retry_strategy })
    }

    #[test]
    fn each_bar_is_within_the_next() {
        let bars = drawn(60_000, 120_000, 3);
        let rows: Vec<_> = bars.rows.iter().map(|row| (row.cells[1].as_str(), row.share)).collect();
        assert_eq!(rows, [("10 s", 10.0 / 120.0), ("60 s", 0.5), ("120 s", 1.0)]);
        assert_eq!(drawn(1500, 1050, 0).rows[2].cells[1], "1.05 s");
    }

    #[test]
    fn it_is_told_how_many_attempts_there_is_room_for() {
        for (generation, total, retries, words) in [
            // 60 s, a pause of 1 s, 60 s, a pause of 2 s: the third would begin after 123 s.
            (60_000, 120_000, 3, "2 of 4 attempts can begin"),
            (60_000, 123_001, 3, "3 of 4 attempts can begin"),
            (10_000, 120_000, 3, "All 4 attempts can begin"),
            (60_000, 60_000, 3, "Only the first of 4 attempts"),
            (60_000, 60_000, 0, "There is one attempt"),
        ] {
            let summary = drawn(generation, total, retries).summary;
            assert!(summary.starts_with(words), "{generation} {total} {retries}: {summary}");
        }
    }
}
