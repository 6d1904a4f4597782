//! When a failed request is tried again, and after how long. Chance is a parameter from 0 to 1.

use crate::domain::ai::{
    AiConfig,
    values::{BackoffType, RetryStrategy},
};
use std::time::Duration;

/// How chance spreads the delays, so that requests that failed together are not tried again
/// together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Anywhere from nothing to the whole delay.
    Full,
    /// Half of the delay stays, the other half is chance.
    #[default]
    Equal,
}

/// The delays between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub kind: BackoffType,
    /// Before the first retry.
    pub base: Duration,
    /// The longest delay.
    pub max: Duration,
    pub jitter: Jitter,
}

/// When to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub backoff: Backoff,
    pub max_retries: u32,
    /// For all attempts and the delays between them.
    pub total: Duration,
}

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke before an answer came.
    Connection,
    /// No answer within the connection or generation timeout.
    Timeout,
    /// An answer with an error status.
    Status {
        status: u16,
        /// The account at the provider is stopped, as by a spend limit, which waiting does not
        /// lift.
        account_stopped: bool,
        /// What `retry-after-ms` or `retry-after` asks for.
        retry_after: Option<Duration>,
    },
    /// The answer came but cannot be used.
    Malformed,
    /// The stream ended early, after its first byte.
    Interrupted,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Retry { after: Duration },
    GiveUp { reason: GiveUp },
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// The same request would fail again.
    NotRetryable,
    /// Part of the answer was shown already; a second one would contradict it and be billed again.
    Streamed,
    /// The account at the provider is stopped.
    AccountStopped,
    RetriesUsed {
        retries: u32,
    },
    /// The next attempt would begin after the total deadline.
    Deadline {
        total: Duration,
        needed: Duration,
    },
}

impl RetryPolicy {
    pub fn of(config: &AiConfig) -> Self {
        let strategy = &config.retry_strategy;
        Self {
            backoff: Backoff::of(strategy),
            max_retries: strategy.max_retries,
            total: config.timeouts.total(),
        }
    }
}

impl Backoff {
    pub fn of(strategy: &RetryStrategy) -> Self {
        Self {
            kind: strategy.backoff_type,
            base: Duration::from_millis(strategy.base_delay.into()),
            max: Duration::from_millis(strategy.max_delay.into()),
            jitter: Jitter::default(),
        }
    }

    /// The delay before a retry without chance; `retry` counts from 1. Exponential doubles it each
    /// time, linear adds the base each time.
    pub fn nominal(&self, retry: u32) -> Duration {
        let factor = match self.kind {
            BackoffType::Fixed => 1,
            BackoffType::Linear => retry.max(1),
            BackoffType::Exponential => 2_u32.saturating_pow(retry.saturating_sub(1)),
        };
        self.base.saturating_mul(factor).min(self.max)
    }

    /// The delay before a retry; `chance` lies from 0 to 1.
    pub fn delay(&self, retry: u32, chance: f64) -> Duration {
        let nominal = self.nominal(retry);
        let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 1.0 };
        let share = match self.jitter {
            Jitter::Full => chance,
            Jitter::Equal => 0.5 + chance / 2.0,
        };
        nominal.mul_f64(share).min(nominal)
    }
}

/// The delays before each retry without chance, in milliseconds: what the chart shows.
pub fn retry_delays(strategy: &RetryStrategy) -> Vec<u64> {
    let backoff = Backoff::of(strategy);
    (1..=strategy.max_retries)
        .map(|retry| u64::try_from(backoff.nominal(retry).as_millis()).unwrap_or(u64::MAX))
        .collect()
}

impl Failure {
    /// Whether the same request may succeed later. A timeout counts as a broken connection: Claude
    /// did not answer. 408 and 409 ask for it, 429 is a limit that passes, 5xx (529: overloaded) is
    /// trouble on the other side.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connection | Self::Timeout => true,
            Self::Status { account_stopped: true, .. } => false,
            Self::Status { status, .. } => matches!(status, 408 | 409 | 429 | 500..=599),
            Self::Malformed | Self::Interrupted => false,
        }
    }
}

/// What to do after the attempt number `attempt` (from 1) has failed, `elapsed` after the first one
/// began. `streamed` says that a byte of the answer was passed on.
pub fn decide(
    failure: &Failure,
    streamed: bool,
    attempt: u32,
    elapsed: Duration,
    policy: &RetryPolicy,
    chance: f64,
) -> Decision {
    let give_up = |reason| Decision::GiveUp { reason };
    if streamed || matches!(failure, Failure::Interrupted) {
        return give_up(GiveUp::Streamed);
    }
    if let Failure::Status { account_stopped: true, .. } = failure {
        return give_up(GiveUp::AccountStopped);
    }
    if !failure.is_retryable() {
        return give_up(GiveUp::NotRetryable);
    }
    if attempt > policy.max_retries {
        return give_up(GiveUp::RetriesUsed { retries: policy.max_retries });
    }
    // Claude knows better than we when it is worth another try, even beyond our own longest delay.
    let asked = match failure {
        Failure::Status { retry_after, .. } => *retry_after,
        _ => None,
    };
    let after = asked.unwrap_or_else(|| policy.backoff.delay(attempt, chance));
    let needed = elapsed.saturating_add(after);
    if needed >= policy.total {
        return give_up(GiveUp::Deadline { total: policy.total, needed });
    }
    Decision::Retry { after }
}

impl GiveUp {
    /// What completes the sentence about the failure; empty where there is nothing to add.
    pub fn sentence(&self) -> String {
        match self {
            // The failure itself says what to do.
            Self::NotRetryable | Self::AccountStopped => String::new(),
            Self::Streamed => {
                "Part of the answer had already arrived, so it was not tried again; that part is \
                    billed."
                    .into()
            }
            Self::RetriesUsed { retries: 0 } => "Retries are switched off.".into(),
            Self::RetriesUsed { retries: 1 } => "It was tried again once.".into(),
            Self::RetriesUsed { retries } => format!("It was tried again {retries} times."),
            Self::Deadline { total, needed } => format!(
                "Another attempt would begin after {}, past the total timeout of {}, so it was \
                    given up at once.",
                seconds(*needed),
                seconds(*total)
            ),
        }
    }
}

/// `1.5 seconds`.
fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    match (tenths / 10, tenths % 10) {
        (1, 0) => "1 second".into(),
        (whole, 0) => format!("{whole} seconds"),
        (whole, tenth) => format!("{whole}.{tenth} seconds"),
    }
}

#[cfg(test)]
mod tests;
