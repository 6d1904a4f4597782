//! Where the size leads: not one number, but the range in which most of the days seen would end.

use super::SizeForecast;
use chrono::{DateTime, NaiveDate, Utc};

/// Days with a sample before a forecast is made: of fewer no range can be told.
pub const LEAST_DAYS: usize = 4;
/// How far the forecast reaches.
const AHEAD: f64 = 30.0;
const DAY_SECONDS: f64 = 86_400.0;

/// From samples in the order of time, the last of each day. The growth between two of them counts
/// as a rate per day; the range goes from the rate that a tenth of them stay below to the one that
/// a tenth exceed (linear interpolation between order statistics, as `percentile_cont` of
/// PostgreSQL), thirty days on. `None` with too few days.
pub fn forecast(samples: &[(DateTime<Utc>, i64)]) -> Option<SizeForecast> {
    let mut days: Vec<(NaiveDate, DateTime<Utc>, i64)> = Vec::new();
    for (time, bytes) in samples {
        let sample = (time.date_naive(), *time, *bytes);
        match days.last_mut() {
            Some(last) if last.0 == sample.0 => *last = sample,
            _ => days.push(sample),
        }
    }
    if days.len() < LEAST_DAYS {
        return None;
    }
    let mut rates: Vec<f64> = days
        .windows(2)
        .filter_map(|pair| {
            let seconds = (pair[1].1 - pair[0].1).num_seconds() as f64;
            (seconds > 0.0).then(|| (pair[1].2 - pair[0].2) as f64 / seconds * DAY_SECONDS)
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let end = samples.last()?.1;
    let ahead = |part: f64| (end as f64 + quantile(&rates, part) * AHEAD).max(0.0).round() as i64;
    Some(SizeForecast {
        start_bytes: samples.first()?.1,
        end_bytes: end,
        forecast_low_bytes: ahead(0.1),
        forecast_high_bytes: ahead(0.9),
    })
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = part * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    (high - low).mul_add(place.fract(), low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn days(sizes: &[i64]) -> Vec<(DateTime<Utc>, i64)> {
        let begin: DateTime<Utc> = "2026-11-01T12:00:00Z".parse().unwrap();
        sizes
            .iter()
            .enumerate()
            .map(|(day, size)| (begin + TimeDelta::days(day as i64), *size))
            .collect()
    }

    #[test]
    fn an_even_growth_leads_to_one_point() {
        let forecast = forecast(&days(&[100, 110, 120, 130, 140])).unwrap();
        assert_eq!((forecast.start_bytes, forecast.end_bytes), (100, 140));
        assert_eq!((forecast.forecast_low_bytes, forecast.forecast_high_bytes), (440, 440));
    }

    #[test]
    fn uneven_days_make_a_range_and_nothing_is_smaller_than_nothing() {
        // Growth of 0, 0, 10, 0, 100, 0, −10, 0, 0, 0, 0 a day: a tenth below 0, a tenth above 10.
        let uneven =
            forecast(&days(&[100, 100, 100, 110, 110, 210, 210, 200, 200, 200, 200, 200])).unwrap();
        assert_eq!((uneven.forecast_low_bytes, uneven.forecast_high_bytes), (200, 500));
        let shrinking = forecast(&days(&[100, 80, 60, 40])).unwrap();
        assert_eq!((shrinking.forecast_low_bytes, shrinking.forecast_high_bytes), (0, 0));
    }

    #[test]
    fn the_last_of_each_day_counts_and_too_few_days_are_no_history() {
        let mut often = days(&[100, 110, 120]);
        let third = often[2].0;
        often.extend((0..50).map(|minute| (third + TimeDelta::minutes(minute), 120)));
        assert_eq!(forecast(&often), None);
        assert_eq!(forecast(&[]), None);
    }
}
