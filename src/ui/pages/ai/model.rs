//! The model, and for administrators of the installation the catalog that it is chosen from.

use super::{draft::AiDraft, fields::SectionCard, models::ModelsCard};
use crate::{
    domain::{accounts::Role, ai::catalog::Section},
    ui::client::boot::use_user,
};
use leptos::prelude::*;

#[component]
pub fn ModelTab(draft: AiDraft) -> impl IntoView {
    let administers = use_user().get_untracked().is_some_and(|user| user.role == Role::Admin);
    view! {
        <div class="stack">
            <SectionCard
                draft=draft
                section=Section::Model
                hint="The model that writes conversations, and its parameters."
            />
            {administers.then(|| view! { <ModelsCard draft=draft /> })}
        </div>
    }
}
