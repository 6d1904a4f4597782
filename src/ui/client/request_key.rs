//! Requests that people send again when no answer came, and that are done once all the same.

use super::autosave::queue::new_id;
use leptos::prelude::*;
use uuid::Uuid;

/// The idempotency key of what a form sends: the same for the same request until it is answered.
pub struct RequestKey<B>(StoredValue<Option<(B, Uuid)>>);

// Not derived, which would ask the request to be `Copy`.
impl<B> Clone for RequestKey<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for RequestKey<B> {}

impl<B: Send + Sync + 'static> Default for RequestKey<B> {
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl<B: Clone + PartialEq + Send + Sync + 'static> RequestKey<B> {
    pub fn of(self, request: &B) -> Uuid {
        let known = self.0.get_value().filter(|(sent, _)| sent == request);
        let key = known.map_or_else(new_id, |(_, key)| key);
        self.0.set_value(Some((request.clone(), key)));
        key
    }

    /// It was answered: the next one is another, even one that says the same.
    pub fn answered(self) {
        self.0.try_set_value(None);
    }
}
