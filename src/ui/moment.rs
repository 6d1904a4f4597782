//! A time on a page.

use super::{
    client::clock::Clock,
    words::{absolute, date, precise, relative},
};
use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

/// How long ago something was; on the server, which must not guess when it is read, the time
/// itself.
#[component]
pub fn Moment(
    time: DateTime<Utc>,
    /// It may be yet to come. Of what was, a clock that is behind the server's must not say so.
    #[prop(optional)]
    ahead: bool,
) -> impl IntoView {
    let clock = expect_context::<Clock>();
    // Until the page is hydrated it has to say what the server said. Counted, not owned: what is on
    // the page can outlive the reading that it was made of, and the clock ticks on.
    let hydrated = ArcRwSignal::new(false);
    let shown = hydrated.clone();
    Effect::new(move |_| hydrated.set(true));
    let words = move || match shown.get().then(|| clock.now()).flatten() {
        None => absolute(time),
        Some(now) if ahead => relative(time, now),
        Some(now) => relative(time.min(now), now),
    };
    view! {
        <time datetime=time.to_rfc3339_opts(SecondsFormat::Secs, true) title=precise(time)>
            {words}
        </time>
    }
}

/// A day, for what lies far ahead or far back.
#[component]
pub fn Day(time: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=time.to_rfc3339_opts(SecondsFormat::Secs, true) title=precise(time)>
            {date(time.date_naive())}
        </time>
    }
}
