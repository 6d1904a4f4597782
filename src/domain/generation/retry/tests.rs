use super::*;
use crate::domain::ai::models::Catalog;
use proptest::prelude::*;

fn policy() -> RetryPolicy {
    RetryPolicy::of(&AiConfig::defaults(Catalog::built_in()))
}

fn backoff(kind: BackoffType, base: u64, max: u64, jitter: Jitter) -> Backoff {
    Backoff { kind, base: Duration::from_millis(base), max: Duration::from_millis(max), jitter }
}

fn status(status: u16) -> Failure {
    Failure::Status { status, account_stopped: false, retry_after: None }
}

const SOON: Duration = Duration::from_secs(1);

#[test]
fn the_table_of_failures() {
    let retryable = [408, 409, 429, 500, 502, 503, 504, 529, 599];
    for code in 400..600 {
        let decision = decide(&status(code), false, 1, SOON, &policy(), 0.5);
        match decision {
            Decision::Retry { .. } => {
                assert!(retryable.contains(&code) || code >= 500, "{code} was tried again")
            }
            Decision::GiveUp { reason } => {
                assert_eq!(reason, GiveUp::NotRetryable);
                assert!(!retryable.contains(&code), "{code} was given up");
            }
        }
    }
    for failure in [Failure::Connection, Failure::Timeout] {
        assert!(
            matches!(decide(&failure, false, 1, SOON, &policy(), 0.5), Decision::Retry { .. }),
            "{failure:?}"
        );
    }
    assert_eq!(
        decide(&Failure::Malformed, false, 1, SOON, &policy(), 0.5),
        Decision::GiveUp { reason: GiveUp::NotRetryable }
    );
}

#[test]
fn never_after_the_first_streamed_byte() {
    for failure in [Failure::Connection, Failure::Timeout, status(529), Failure::Interrupted] {
        let decision = decide(&failure, true, 1, SOON, &policy(), 0.5);
        assert_eq!(decision, Decision::GiveUp { reason: GiveUp::Streamed }, "{failure:?}");
    }
}

#[test]
fn never_once_the_account_is_stopped_even_when_it_asks_for_another_try() {
    let capped = Failure::Status { status: 429, account_stopped: true, retry_after: Some(SOON) };
    assert_eq!(
        decide(&capped, false, 1, SOON, &policy(), 0.5),
        Decision::GiveUp { reason: GiveUp::AccountStopped }
    );
}

#[test]
fn as_often_as_configured_and_no_more() {
    for attempt in 1..=3 {
        assert!(matches!(
            decide(&status(500), false, attempt, SOON, &policy(), 0.5),
            Decision::Retry { .. }
        ));
    }
    let reason = GiveUp::RetriesUsed { retries: 3 };
    assert_eq!(decide(&status(500), false, 4, SOON, &policy(), 0.5), Decision::GiveUp { reason });
    let never = RetryPolicy { max_retries: 0, ..policy() };
    let reason = GiveUp::RetriesUsed { retries: 0 };
    assert_eq!(decide(&status(500), false, 1, SOON, &never, 0.5), Decision::GiveUp { reason });
}

#[test]
fn what_claude_asks_for_wins_over_our_own_delays() {
    let asks = |seconds| Failure::Status {
        status: 429,
        account_stopped: false,
        retry_after: Some(Duration::from_secs(seconds)),
    };
    assert_eq!(
        decide(&asks(40), false, 1, SOON, &policy(), 0.5),
        Decision::Retry { after: Duration::from_secs(40) },
        "beyond the longest delay of our own"
    );
    assert_eq!(
        decide(&asks(0), false, 1, SOON, &policy(), 0.5),
        Decision::Retry { after: Duration::ZERO }
    );
}

#[test]
fn past_the_deadline_it_fails_at_once_and_says_so() {
    let asks = Failure::Status {
        status: 429,
        account_stopped: false,
        retry_after: Some(Duration::from_secs(119)),
    };
    let Decision::GiveUp { reason } = decide(&asks, false, 1, SOON, &policy(), 0.5) else {
        panic!("it waits for a deadline that has passed")
    };
    assert!(
        reason.sentence().contains("past the total timeout of 120 seconds"),
        "{}",
        reason.sentence()
    );
    let just_before = decide(&asks, false, 1, Duration::from_millis(999), &policy(), 0.5);
    assert_eq!(just_before, Decision::Retry { after: Duration::from_secs(119) });
}

#[test]
fn delays_grow_as_their_kind_says_up_to_the_cap() {
    let nominal = |kind, max| {
        let backoff = backoff(kind, 1000, max, Jitter::Full);
        (1..=5).map(|retry| backoff.nominal(retry).as_millis()).collect::<Vec<_>>()
    };
    assert_eq!(nominal(BackoffType::Exponential, 16_000), [1000, 2000, 4000, 8000, 16_000]);
    assert_eq!(nominal(BackoffType::Exponential, 5000), [1000, 2000, 4000, 5000, 5000]);
    assert_eq!(nominal(BackoffType::Linear, 4500), [1000, 2000, 3000, 4000, 4500]);
    assert_eq!(nominal(BackoffType::Fixed, 4500), [1000; 5]);
    let defaults = AiConfig::defaults(Catalog::built_in());
    assert_eq!(retry_delays(&defaults.retry_strategy), [1000, 2000, 4000]);
    assert!(retry_delays(&RetryStrategy { max_retries: 0, ..defaults.retry_strategy }).is_empty());
}

proptest! {
    #[test]
    fn chance_keeps_within_its_bounds(
        kind in prop_oneof![
            Just(BackoffType::Exponential), Just(BackoffType::Linear), Just(BackoffType::Fixed),
        ],
        base in 0..=60_000u64, above in 0..=240_000u64, retry in 0..200u32, chance in -1.0..2.0f64,
    ) {
        let full = backoff(kind, base, base + above, Jitter::Full);
        let equal = Backoff { jitter: Jitter::Equal, ..full };
        let nominal = full.nominal(retry);
        prop_assert!(nominal <= full.max && nominal <= full.nominal(retry + 1));
        prop_assert!(full.delay(retry, chance) <= nominal);
        let delay = equal.delay(retry, chance);
        // A nanosecond for rounding.
        prop_assert!(delay <= nominal && delay + Duration::from_nanos(1) >= nominal / 2);
        prop_assert_eq!(full.delay(retry, 0.0), Duration::ZERO);
        prop_assert_eq!(full.delay(retry, f64::NAN), nominal);
    }

    #[test]
    fn a_retry_always_begins_before_the_deadline(
        code in 400..600u16, attempt in 1..12u32, elapsed in 0..200_000u64,
        retry_after in proptest::option::of(0..200_000u64), chance in 0.0..1.0f64,
    ) {
        let retry_after = retry_after.map(Duration::from_millis);
        let failure = Failure::Status { status: code, account_stopped: false, retry_after };
        let elapsed = Duration::from_millis(elapsed);
        let decision = decide(&failure, false, attempt, elapsed, &policy(), chance);
        if let Decision::Retry { after } = decision {
            prop_assert!(elapsed + after < policy().total);
            prop_assert!(attempt <= policy().max_retries);
        }
    }
}
