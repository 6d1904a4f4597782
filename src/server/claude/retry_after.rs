//! How long the provider asks to wait before the next attempt.

use http::HeaderMap;
use std::time::{Duration, SystemTime};

/// A wait longer than this is taken for this: nobody waits for it, but a sum with it must not
/// overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// From `retry-after-ms`, else from `retry-after`: seconds, or an HTTP date (RFC 9110, 10.2.3),
/// which is held against `now`. A date in the past is no wait at all; what cannot be read is
/// `None`. At most 24 hours.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number =
        |text: &str| text.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite());
    let bounded = |seconds: f64| Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64()));

    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Some(bounded(milliseconds / 1000.0));
    }
    let value = text("retry-after")?;
    if let Some(seconds) = number(value) {
        return Some(bounded(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn wait(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        retry_after(&headers.iter().map(header).collect(), now)
    }

    #[test]
    fn every_form_is_understood() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (value, expected) in [
            ("7", seconds(7)),
            (" 0 ", seconds(0)),
            ("1.5", Some(Duration::from_millis(1500))),
            ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", seconds(30)),
            ("Sun Nov  6 08:50:07 1994", seconds(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(LONGEST)),
            ("99999999999999999999", Some(LONGEST)),
        ] {
            assert_eq!(wait(&[("retry-after", value)]), expected, "{value}");
        }
    }

    #[test]
    fn nonsense_is_no_wait() {
        for value in ["", "soon", "-1", "NaN", "inf", "06 Nov 1994"] {
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn milliseconds_win_if_they_can_be_read() {
        let wait = |milliseconds| wait(&[("retry-after", "9"), ("retry-after-ms", milliseconds)]);
        assert_eq!(wait("250"), Some(Duration::from_millis(250)));
        assert_eq!(wait("never"), Some(Duration::from_secs(9)));
        assert_eq!(wait("1e300"), Some(LONGEST));
    }
}
