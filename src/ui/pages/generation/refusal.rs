//! Why nothing was generated, and what to do about it.

use crate::{
    api::error::ApiError,
    domain::error_code::ErrorCode,
    ui::{
        components::{Banner, LinkButton, Tone},
        words::seconds,
    },
};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

/// The page on which one can do something about a failure with this code.
fn place_of(code: ErrorCode) -> Option<(&'static str, &'static str)> {
    Some(match code {
        ErrorCode::KeyMissing
        | ErrorCode::StoredKeyUnreadable
        | ErrorCode::ClaudeKeyRefused
        | ErrorCode::ClaudeKeyForbidden => ("/ai/keys", "API keys"),
        ErrorCode::BudgetExceeded => ("/ai/costs", "Budgets"),
        ErrorCode::ModelUnknown | ErrorCode::ModelRetired | ErrorCode::ClaudeModelNotFound => {
            ("/ai/model", "Choose a model")
        }
        ErrorCode::RateLimited | ErrorCode::ConcurrencyLimited => ("/ai/limits", "Rate limits"),
        ErrorCode::ClaudeGenerationTimeout => ("/ai/timeouts", "Timeouts"),
        _ => return None,
    })
}

/// The way to it. Nothing where nobody can do anything.
#[component]
pub fn WayOut(code: ErrorCode) -> impl IntoView {
    place_of(code).map(|(address, label)| {
        view! {
            <LinkButton small=true href=address>
                {label}
            </LinkButton>
        }
    })
}

/// A failure with its way out, and the time until another try makes sense.
#[component]
pub fn Refusal(error: ApiError) -> impl IntoView {
    let code = error.code;
    let action = move || view! { <WayOut code=code /> };
    let left = RwSignal::new(error.retry_after.unwrap_or_default());
    let waits = error.retry_after.is_some();
    Effect::new(move |_| {
        if waits {
            count_down(left);
        }
    });
    let wait = waits.then_some(move || match left.get() {
        0 => "You can try again now.".to_owned(),
        left => format!("You can try again in {}.", seconds(left.into())),
    });
    view! {
        <div class="stack" data-gap="s">
            <Banner tone=Tone::Danger action=action>
                <p>{error.error}</p>
            </Banner>
            // Outside of the message, which would be read out again every second.
            {wait.map(|wait| view! { <p class="field-note">{wait}</p> })}
        </div>
    }
    .into_any()
}

fn count_down(left: RwSignal<u32>) {
    Timeout::new(1000, move || {
        // `None` when the failure is no longer shown.
        if let Some(now) = left.try_get_untracked().filter(|now| *now > 0) {
            left.set(now - 1);
            count_down(left);
        }
    })
    .forget();
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, place_of};

    #[test]
    fn a_refusal_leads_to_where_it_can_be_mended() {
        assert_eq!(place_of(ErrorCode::KeyMissing).unwrap().0, "/ai/keys");
        assert_eq!(place_of(ErrorCode::StoredKeyUnreadable).unwrap().0, "/ai/keys");
        assert_eq!(place_of(ErrorCode::BudgetExceeded).unwrap().0, "/ai/costs");
        assert_eq!(place_of(ErrorCode::ClaudeRateLimited), None, "that limit is not ours");
    }
}
