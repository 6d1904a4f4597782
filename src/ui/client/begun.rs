//! What one tab begins or ends, told to the other tabs of this browser: their lists of it are read
//! again. It says nothing else, so each tab reads with its own rights.

use leptos::{ev, prelude::*};

/// What a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    Exports,
    Imports,
}

impl Begun {
    /// What the browser keeps for a moment, so that the other tabs notice.
    const fn key(self) -> &'static str {
        match self {
            Self::Exports => "train.exports",
            Self::Imports => "train.imports",
        }
    }

    /// Tells the other tabs that one was begun, or has ended. A browser that keeps nothing tells
    /// them nothing.
    pub fn tell(self) {
        if let Some(storage) = window().local_storage().ok().flatten() {
            let _ = storage.set_item(self.key(), "changed");
            let _ = storage.remove_item(self.key());
        }
    }

    /// Calls back when another tab tells of it, for as long as the component or effect lives that
    /// calls this.
    pub fn on_told(self, act: impl Fn() + 'static) {
        let listener = window_event_listener(ev::storage, move |event| {
            if event.key().as_deref() == Some(self.key()) && event.new_value().is_some() {
                act();
            }
        });
        on_cleanup(move || listener.remove());
    }
}
