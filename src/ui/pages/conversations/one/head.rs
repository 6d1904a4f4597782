//! Where the conversation stands, and what it is about.

use super::state::Page;
use crate::ui::{
    components::{Badge, Banner, Tone, text_rows},
    conversation::{ScoreBadge, StatusBadge},
};
use leptos::prelude::*;

#[component]
pub fn Head(page: Page) -> impl IntoView {
    move || {
        let now = page.now.get();
        let (tone, trainable) = match now.gate_failures.is_empty() {
            true => (Tone::Success, "Trainable"),
            false => (Tone::Warning, "Not trainable"),
        };
        let about = [
            now.persona,
            now.emotion,
            now.topic,
            now.intent.unwrap_or_default(),
            now.tone.unwrap_or_default(),
        ];
        let about: Vec<_> = about.into_iter().filter(|text| !text.is_empty()).collect();
        let demonstration = now.is_demonstration.then(|| {
            view! { <Badge>"Demonstration"</Badge> }
        });
        let tags = text_rows(now.categories, |tag| view! { <Badge>{tag}</Badge> });
        let failed = now.error.map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> });
        view! {
            <div class="stack conversation-summary" data-gap="s">
                <div class="cluster">
                    <StatusBadge status=now.status />
                    <span>"Score " <ScoreBadge score=now.quality_score /></span>
                    <Badge tone=tone>{trainable}</Badge>
                    <Badge>{now.tier.label()}</Badge>
                    {demonstration}
                    {tags}
                </div>
                <p class="muted" lang="" dir="auto">
                    {about.join(" · ")}
                </p>
                {failed}
            </div>
        }
    }
}
