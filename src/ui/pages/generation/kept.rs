//! Which conversation was made last in this browser: its id is kept, so that a reload does not lose
//! sight of what was paid for.

use leptos::prelude::*;
use uuid::Uuid;
use web_sys::Storage;

/// A browser may refuse to store anything; then nothing is offered again.
fn storage() -> Option<Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

/// The one that a person made last, as far as it is known to this browser.
#[derive(Clone, Copy)]
pub struct Kept {
    user: Uuid,
    id: RwSignal<Option<Uuid>>,
}

impl Kept {
    /// Nothing until it has been looked for: the server does not know what a browser keeps.
    pub fn of(user: Uuid) -> Self {
        Self { user, id: RwSignal::new(None) }
    }

    /// Each account has its own.
    fn name(self) -> String {
        format!("train.generated.{}", self.user)
    }

    /// What was kept when it was looked for.
    pub fn id(self) -> Option<Uuid> {
        self.id.get()
    }

    /// Looks for what an earlier visit kept.
    pub fn look(self) {
        let found = storage().and_then(|storage| storage.get_item(&self.name()).ok().flatten());
        self.id.set(found.and_then(|id| Uuid::try_parse(&id).ok()));
    }

    /// Keeps what was made now, for the next visit.
    pub fn remember(self, id: &str) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(&self.name(), id);
        }
    }

    /// Keeps nothing any more.
    pub fn forget(self) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.name());
        }
        // The page may be gone.
        let _ = self.id.try_set(None);
    }
}
