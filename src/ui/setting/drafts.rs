//! Edits that are not saved yet, for as long as the application is open: looking at another page
//! loses none, and the browser asks before all of them go.

use super::Edits;
use crate::ui::{client::boot::use_user, form::warn_before_leaving};
use leptos::prelude::*;
use uuid::Uuid;

/// The edits of settings that are saved in one step, by whose they are.
#[derive(Clone, Copy)]
pub struct Drafts {
    /// Of AI configurations: of an organization, or of whoever is signed in, and the name.
    pub ai: RwSignal<Edits<(Option<Uuid>, String)>>,
    /// Of an organization's defaults.
    pub defaults: RwSignal<Edits<Uuid>>,
    /// Of what an organization decides about its conversations.
    pub conversations: RwSignal<Edits<Uuid>>,
}

impl Drafts {
    /// For all pages; the application calls it.
    pub fn provide() {
        let (ai, defaults) = (RwSignal::new(Edits::default()), RwSignal::new(Edits::default()));
        let conversations = RwSignal::new(Edits::default());
        provide_context(Self { ai, defaults, conversations });
        warn_before_leaving(move || {
            let theirs = [defaults, conversations];
            !ai.with_untracked(Edits::is_empty)
                || theirs.iter().any(|edits| !edits.with_untracked(Edits::is_empty))
        });
        let user = use_user();
        let managed = Memo::new(move |_| {
            let own = user.with(|user| user.as_ref().and_then(|user| user.organization.clone()));
            own.filter(|own| own.role.manages()).map(|own| own.id)
        });
        // Edits of an organization that the person no longer manages can never be saved.
        Effect::new(move |_| {
            let managed = managed.get();
            if ai.with_untracked(|all| all.any(|(of, _)| of.is_some() && *of != managed)) {
                ai.update(|all| all.keep(|(of, _)| of.is_none() || *of == managed));
            }
            for edits in [defaults, conversations] {
                if edits.with_untracked(|all| all.any(|of| Some(*of) != managed)) {
                    edits.update(|all| all.keep(|of| Some(*of) == managed));
                }
            }
        });
    }
}
