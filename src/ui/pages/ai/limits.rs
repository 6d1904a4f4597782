//! Rate limits and retries, with pictures of the pace and of the delays.

use super::{draft::AiDraft, fields::SectionCard};
use crate::{
    api::ai::draw_retries,
    domain::{ai::catalog::Section, generation::pace},
    ui::{
        chart::{LoadedChart, PlotFigure},
        client::{resource::resource, settled::settled},
        components::Card,
    },
};
use leptos::prelude::*;

/// So long the draft has to rest before its delays are drawn.
const REST_MS: u32 = 300;

#[component]
pub fn LimitsTab(draft: AiDraft) -> impl IntoView {
    let wanted = Memo::new(move |_| draft.preview().retry_strategy);
    let drawn = settled(wanted, REST_MS);
    let limits = Memo::new(move |_| draft.preview().rate_limiting);
    let paced = settled(limits, REST_MS);
    let picture = resource(move || drawn.get(), draw_retries);
    view! {
        <div class="stack">
            <SectionCard
                draft=draft
                section=Section::RateLimiting
                hint="Shared across all servers."
            />
            <Card
                id="ai-pace"
                title="Pace"
                hint="Requests that can be sent after a pause, by the limits above."
            >
                {move || {
                    let plot = pace::draw(&paced.get());
                    view! { <PlotFigure label="Pace over a minute" plot=plot /> }
                }}
            </Card>
            <SectionCard
                draft=draft
                section=Section::RetryStrategy
                hint="Claude's Retry-After header always takes precedence."
            />
            <Card
                id="ai-delays"
                title="Delays"
                hint="The pauses between attempts, as they are set above."
            >
                <LoadedChart label="Delay of each retry" chart=picture />
            </Card>
        </div>
    }
    .into_any()
}
