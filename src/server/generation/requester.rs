//! Who asked for a generation, and whether they still wait for the answer.

use super::Sink;
use crate::{
    api::generation::GenerationEvent,
    server::foundation::context::{Actor, RequestContext, Source},
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use uuid::Uuid;

/// Who follows a generation live and for less than this has not looked away.
const LOOKED_AWAY: Duration = Duration::from_secs(10);

/// Who asked for a generation.
#[derive(Clone, Debug)]
pub struct Requester {
    pub user_id: Uuid,
    /// A script asked, which has the answer and reads no notifications.
    by_token: bool,
    /// The name of the API token that asks.
    pub client: Option<Arc<str>>,
    /// Where progress goes to; `None`: whoever asked waits for the answer as a whole.
    pub sink: Option<Sink>,
    /// As long as the request's handler waits.
    waiting: Weak<()>,
}

/// Kept by who waits for the answer. Dropped before the answer is there, nobody does any more.
#[derive(Debug)]
pub struct Waiting {
    _alive: Arc<()>,
}

impl Requester {
    pub fn new(request: &RequestContext, actor: &Actor, sink: Option<Sink>) -> (Self, Waiting) {
        let waiting = Arc::new(());
        let requester = Self {
            user_id: actor.user_id,
            by_token: request.source == Source::ApiToken || actor.scopes.is_some(),
            client: request.client.clone(),
            sink,
            waiting: Arc::downgrade(&waiting),
        };
        (requester, Waiting { _alive: waiting })
    }

    pub fn send(&self, event: GenerationEvent) {
        if let Some(sink) = &self.sink {
            let _ = sink.send(event);
        }
    }

    /// Nobody gets the answer.
    pub fn has_gone(&self) -> bool {
        match &self.sink {
            Some(sink) => sink.is_closed(),
            None => self.waiting.strong_count() == 0,
        }
    }

    /// Whether a finished generation is worth a notification: whoever asked has gone, or is a
    /// person who did not see it come, or who had time to look at something else.
    pub fn wants_word(&self, took: Duration) -> bool {
        self.has_gone() || !self.by_token && (self.sink.is_none() || took >= LOOKED_AWAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::foundation::context::Role;
    use tokio::sync::mpsc;

    fn requester(by_token: bool, sink: Option<Sink>) -> (Requester, Waiting) {
        let scopes = by_token.then(Vec::new);
        let actor = Actor { user_id: Uuid::nil(), role: Role::Member, scopes };
        Requester::new(&RequestContext::without_person(Source::Page), &actor, sink)
    }

    #[test]
    fn who_has_the_answer_before_their_eyes_is_not_told_of_it() {
        let (soon, late) = (Duration::from_secs(9), Duration::from_secs(10));
        let (whole, waiting) = requester(false, None);
        assert!(whole.wants_word(soon), "a page that only waits shows nothing until then");
        let (script, running) = requester(true, None);
        assert!(!script.wants_word(late) && !script.has_gone());
        drop((waiting, running));
        assert!(script.wants_word(soon) && whole.has_gone(), "nobody is there for the answer");
        let (sink, receiver) = mpsc::unbounded_channel();
        let (live, _waiting) = requester(false, Some(sink));
        assert!(!live.wants_word(soon) && live.wants_word(late));
        drop(receiver);
        assert!(live.wants_word(soon));
    }
}
