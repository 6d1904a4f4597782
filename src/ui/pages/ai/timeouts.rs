//! How long each step of a generation may take.

use super::{draft::AiDraft, fields::SectionCard};
use crate::domain::ai::catalog::Section;
use leptos::prelude::*;

#[component]
pub fn TimeoutsTab(draft: AiDraft) -> impl IntoView {
    view! {
        <SectionCard
            draft=draft
            section=Section::Timeouts
            hint="Each timeout must not exceed the next."
        />
    }
}
