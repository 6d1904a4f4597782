//! A time on a page.

use super::words::{absolute, ago};
use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

/// How long ago something was; on the server, which must not guess when it is read, the time
/// itself.
#[component]
pub fn Moment(time: DateTime<Utc>) -> impl IntoView {
    let now = RwSignal::new(None);
    Effect::new(move |_| now.set(Some(Utc::now())));
    view! {
        <time datetime=time.to_rfc3339_opts(SecondsFormat::Secs, true) title=absolute(time)>
            {move || now.get().map_or_else(|| absolute(time), |now| ago(time, now))}
        </time>
    }
}

/// A day, for what lies far ahead or far back.
#[component]
pub fn Day(time: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=time.to_rfc3339_opts(SecondsFormat::Secs, true) title=absolute(time)>
            {time.format("%-d %b %Y").to_string()}
        </time>
    }
}
