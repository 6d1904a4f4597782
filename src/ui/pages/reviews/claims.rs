//! Claims: they are renewed while somebody looks at the page, and given back when they leave it.

use super::{
    queue::ReviewQueue,
    state::{Reviewing, give_back},
};
use crate::{
    api::{
        operation::Nothing,
        reviews::{ClaimsRequest, ListClaims, RenewClaims},
    },
    domain::reviews::{ClaimView, RENEW_SECONDS},
    ui::{client::rest::Call, components::Tone},
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;

impl Reviewing {
    /// Keeps what is at hand for another while; where there is nothing, looks whether something
    /// has come.
    pub fn renew(self) {
        let ids = self.queue.with_untracked(ReviewQueue::claimed);
        if ids.is_empty() {
            return self.claim();
        }
        let request = ClaimsRequest { conversations: ids };
        spawn_local(async move {
            let answer = Call::<RenewClaims>::new((), &request).send().await;
            // Without an answer they are ours until it is certain that they are not.
            let Ok(answer) = answer else { return };
            let is_lost = |id: &Uuid| !answer.claims.iter().any(|it| it.conversation_id == *id);
            let lost: Vec<Uuid> = request.conversations.into_iter().filter(is_lost).collect();
            if lost.is_empty() {
                return;
            }
            let claims = Call::<ListClaims>::new((), &Nothing {}).send().await;
            if self.is_gone() {
                return;
            }
            // One that nobody has was decided meanwhile: deciding it again will tell by whom.
            for claim in claims.map(|answer| answer.claims).unwrap_or_default() {
                if lost.contains(&claim.conversation_id) && claim.reviewer != self.user {
                    self.lose(&claim);
                }
            }
        });
    }

    /// Somebody else is at it now.
    fn lose(self, claim: &ClaimView) {
        let id = claim.conversation_id;
        let title = self
            .shown(|item| (item.conversation.id == id).then(|| item.conversation.title.clone()));
        self.queue.update(|queue| queue.lose(id));
        // What was only fetched beforehand nobody has seen.
        if let Some(title) = title.flatten() {
            let sentence = format!("“{title}”: {} is reviewing it now.", claim.reviewer_name);
            self.notice(id, Tone::Warning, sentence, self.take_comment(id));
            self.moved();
        }
    }

    fn release_all(self) {
        let ids = self.queue.try_with_untracked(ReviewQueue::claimed);
        // Nothing is claimed where a server draws the page.
        if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
            spawn_local(give_back(ids));
        }
    }

    /// Starts keeping them. To be called once by the page.
    pub fn hold_claims(self) {
        Effect::new(move |_| {
            let look = move || {
                if !document().hidden() {
                    self.renew();
                }
            };
            let every = Duration::from_secs(RENEW_SECONDS.into());
            if let Ok(handle) = set_interval_with_handle(look, every) {
                on_cleanup(move || handle.clear());
            }
            // Back after a while: they may have ended meanwhile. Also from the browser's memory of
            // pages, which left first.
            for event in ["visibilitychange", "pageshow"] {
                let listener = window_event_listener_untyped(event, move |_| look());
                on_cleanup(move || listener.remove());
            }
            let leaving = window_event_listener_untyped("pagehide", move |_| self.release_all());
            on_cleanup(move || leaving.remove());
            for event in ["online", "train-signed-in"] {
                let listener = window_event_listener_untyped(event, move |_| {
                    self.retry();
                    look();
                });
                on_cleanup(move || listener.remove());
            }
        });
        on_cleanup(move || self.release_all());
    }
}
