//! The secret of a token that was just made. The server tells it once, so the application keeps it
//! until its person says that they have it: leaving the page loses nothing. It is in memory only.

use crate::ui::form::warn_before_leaving;
use leptos::prelude::*;

/// The secret that nobody has said to have copied.
#[derive(Clone, Copy)]
pub struct NewSecret(RwSignal<Option<String>>);

impl NewSecret {
    /// For all pages; the application calls it. The browser asks before the secret is gone.
    pub fn provide() {
        let secret = Self(RwSignal::new(None));
        provide_context(secret);
        warn_before_leaving(move || secret.is_there_untracked());
    }

    pub fn get(self) -> Option<String> {
        self.0.get()
    }

    pub fn is_there(self) -> bool {
        self.0.with(Option::is_some)
    }

    pub fn is_there_untracked(self) -> bool {
        self.0.with_untracked(Option::is_some)
    }

    pub fn keep(self, secret: String) {
        self.0.set(Some(secret));
    }

    /// Its person has it.
    pub fn forget(self) {
        self.0.set(None);
    }
}
