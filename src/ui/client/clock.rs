//! The time as a page tells it: one timer for all ages that stand on it.

use super::preferences::on_document;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// So long an age may stand still.
const EVERY: Duration = Duration::from_secs(30);

/// The time of this page, in its context.
#[derive(Clone, Copy)]
pub struct Clock {
    /// `None` where nobody reads the page, as on the server.
    now: RwSignal<Option<DateTime<Utc>>>,
    ticks: StoredValue<bool>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { now: RwSignal::new(None), ticks: StoredValue::new(false) }
    }
}

impl Clock {
    /// Starts the timer. To be called once, from an effect.
    pub fn start(self) {
        self.tick();
        on_document("visibilitychange", move || {
            if !is_hidden() {
                self.look();
                if !self.ticks.get_value() {
                    self.tick();
                }
            }
        });
    }

    /// The time of the last look at it.
    pub fn now(self) -> Option<DateTime<Utc>> {
        self.now.get()
    }

    fn look(self) {
        let now = Utc::now();
        let is_known = |before: DateTime<Utc>| (now - before).num_seconds() == 0;
        if !self.now.get_untracked().is_some_and(is_known) {
            self.now.set(Some(now));
        }
    }

    /// Nobody reads a hidden page; the timer ends with the first tick in it.
    fn tick(self) {
        let seen = !is_hidden();
        self.ticks.set_value(seen);
        if seen {
            self.look();
            set_timeout(move || self.tick(), EVERY);
        }
    }
}

fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|page| page.hidden())
}
