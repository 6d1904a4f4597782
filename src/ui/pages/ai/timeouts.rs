//! How long each step of a generation may take, with a picture of it.

use super::{draft::AiDraft, fields::SectionCard};
use crate::{
    domain::{ai::catalog::Section, generation::deadlines},
    ui::{chart::BarList, components::Card},
};
use leptos::prelude::*;

#[component]
pub fn TimeoutsTab(draft: AiDraft) -> impl IntoView {
    let set = Memo::new(move |_| {
        let config = draft.preview();
        (config.timeouts, config.retry_strategy)
    });
    let bars = move || set.with(|(timeouts, retries)| deadlines::draw(timeouts, retries));
    view! {
        <div class="stack">
            <SectionCard
                draft=draft
                section=Section::Timeouts
                hint="Each timeout must not exceed the next."
            />
            <Card
                id="ai-deadlines"
                title="Timeouts compared"
                hint="Each lies within the next, as they are set above."
            >
                {move || view! { <BarList label="Timeout list" bars=bars() /> }}
            </Card>
        </div>
    }
    .into_any()
}
