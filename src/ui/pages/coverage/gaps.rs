//! The combinations without a conversation, to take along.

use super::asked::Asked;
use crate::{
    domain::coverage::CoverageAnswer,
    ui::{
        client::{clipboard, files},
        components::{Button, IconName},
    },
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn Gaps(answer: CoverageAnswer, asked: Asked) -> impl IntoView {
    if answer.gaps().is_empty() {
        return ().into_any();
    }
    let status = RwSignal::new("");
    let gaps = StoredValue::new((answer, asked));
    let text = move || gaps.with_value(|(answer, asked)| answer.gaps_csv(&asked.matrix));
    let copy = move |()| {
        let text = text();
        spawn_local(async move {
            let said = match clipboard::copy(&text).await {
                Ok(()) => "Copied.",
                // Browsers allow it on secure pages only.
                Err(_) => "The browser does not allow copying here. Download it instead.",
            };
            // Answers what was not set when the page was left meanwhile.
            let _ = status.try_set(said);
        });
    };
    let download = move |()| {
        let offered = files::offer("missing-combinations.csv", "text/csv;charset=utf-8", &text());
        status.set(if offered.is_ok() { "" } else { "The browser does not allow downloads here." });
    };
    view! {
        <div class="coverage-gaps" data-needs-script="">
            <span>"Combinations without a conversation:"</span>
            <Button small=true icon=IconName::Download on_press=download>
                "Download CSV"
            </Button>
            <Button small=true icon=IconName::Copy on_press=copy>
                "Copy CSV"
            </Button>
            <span role="status">{status}</span>
        </div>
    }
    .into_any()
}
