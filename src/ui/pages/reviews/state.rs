//! The state of the page, and how conversations come to it and go.

use super::{
    figures::Tally,
    filter::Asked,
    kept::Sent,
    queue::ReviewQueue,
    undo::{self, Steps},
};
use crate::{
    api::{
        error::ApiError,
        reviews::{ClaimNext, ClaimRequest, ClaimsRequest, ReleaseClaims},
    },
    domain::reviews::ReviewItem,
    ui::{client::rest::Call, components::Tone, form::focus},
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A decision that the server has not acknowledged.
#[derive(Clone, Debug)]
pub struct Unsaved {
    pub sent: Sent,
    /// What it is about; absent after a reload.
    pub item: Option<ReviewItem>,
    /// Why it was not saved the last time.
    pub failure: Option<String>,
    pub is_on_its_way: bool,
}

impl Unsaved {
    pub fn new(sent: Sent, item: Option<ReviewItem>) -> Self {
        Self { sent, item, failure: None, is_on_its_way: true }
    }
}

/// Something that happened to a conversation and that its reviewer has to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Tells notices apart.
    pub id: Uuid,
    pub tone: Tone,
    pub text: String,
    /// What the reviewer had written and that went nowhere.
    pub comment: Option<String>,
}

/// Everything that the page knows.
#[derive(Clone, Copy)]
pub struct Reviewing {
    pub user: Uuid,
    pub asked: Memo<Asked>,
    pub queue: RwSignal<ReviewQueue>,
    /// The server is asked for more.
    claiming: StoredValue<bool>,
    /// Why the next ones could not be had.
    pub failure: RwSignal<Option<ApiError>>,
    /// There was nothing more when the server was asked last.
    pub is_empty: RwSignal<bool>,
    pub outbox: RwSignal<Vec<Unsaved>>,
    pub steps: RwSignal<Steps>,
    pub undoing: RwSignal<bool>,
    pub notices: RwSignal<Vec<Notice>>,
    /// What was written about each conversation and not sent.
    pub comments: RwSignal<BTreeMap<Uuid, String>>,
    /// What is wrong with the comment.
    pub problem: RwSignal<Option<String>>,
    /// The question whether to approve what no trainer takes is open.
    pub doubting: RwSignal<bool>,
    /// The question what a second opinion would be is open.
    pub asking: RwSignal<bool>,
    /// What is announced.
    pub said: RwSignal<String>,
    pub tally: Tally,
    /// Counts the changes of queue: what was asked for another one is not shown.
    round: StoredValue<u32>,
}

impl Reviewing {
    pub fn new(user: Uuid, asked: Memo<Asked>) -> Self {
        Self {
            user,
            asked,
            queue: RwSignal::new(ReviewQueue::default()),
            claiming: StoredValue::new(false),
            failure: RwSignal::new(None),
            is_empty: RwSignal::new(false),
            outbox: RwSignal::new(Vec::new()),
            steps: RwSignal::new(Steps::default()),
            undoing: RwSignal::new(false),
            notices: RwSignal::new(Vec::new()),
            comments: RwSignal::new(BTreeMap::new()),
            problem: RwSignal::new(None),
            doubting: RwSignal::new(false),
            asking: RwSignal::new(false),
            said: RwSignal::new(String::new()),
            tally: Tally::new(),
            round: StoredValue::new(0),
        }
    }

    /// The page was left while the server was asked.
    pub fn is_gone(self) -> bool {
        self.round.try_get_value().is_none()
    }

    /// What was decided before somebody left this page and came back can still be undone. To be
    /// called once by the page.
    pub fn remember_steps(self) {
        let user = self.user;
        Effect::new(move |_| self.steps.set(undo::recall(user)));
        on_cleanup(move || {
            if let Some(steps) = self.steps.try_with_untracked(Steps::clone) {
                undo::remember(user, steps);
            }
        });
    }

    /// Begins with the queue that the address asks for.
    pub fn begin(self) {
        let round = self.round.get_value().wrapping_add(1);
        self.round.set_value(round);
        let held = self.queue.with_untracked(ReviewQueue::claimed);
        let sent = |all: &Vec<Unsaved>| all.iter().map(|it| it.sent.conversation).collect();
        self.queue.set(ReviewQueue::without(self.outbox.with_untracked(sent)));
        self.failure.set(None);
        self.is_empty.set(false);
        self.claiming.set_value(true);
        spawn_local(async move {
            // Before anything is claimed: it may be among them.
            give_back(held).await;
            if self.round.try_get_value() == Some(round) {
                self.claiming.set_value(false);
                self.claim();
            }
        });
    }

    /// Asks for the next ones, unless they are at hand.
    pub fn claim(self) {
        if self.claiming.get_value() || !self.queue.with_untracked(ReviewQueue::is_short) {
            return;
        }
        self.claiming.set_value(true);
        let (round, request) = (self.round.get_value(), self.request());
        spawn_local(async move {
            let answer = Call::<ClaimNext>::new((), &request).send().await;
            // Gone, or asked for something else meanwhile.
            if self.round.try_get_value() != Some(round) {
                return;
            }
            self.claiming.set_value(false);
            let was_shown = self.shown(|_| ()).is_some();
            let is_led = is_led();
            match answer {
                Ok(answer) => {
                    self.failure.set(None);
                    self.queue.update(|queue| queue.take_in(answer.items));
                }
                Err(error) => return self.failure.set(Some(error)),
            }
            let is_shown = self.shown(|_| ()).is_some();
            self.is_empty.set(!is_shown);
            if is_shown != was_shown && is_led {
                lead();
            }
            if !is_shown {
                self.tally.refresh();
            }
            // What was decided and skipped meanwhile leaves room for more.
            if self.request() != request {
                self.claim();
            }
        });
    }

    /// Asks again after a failure.
    pub fn try_again(self) {
        self.failure.set(None);
        self.claim();
    }

    fn request(self) -> ClaimRequest {
        let asked = self.asked.get_untracked();
        self.queue.with_untracked(|queue| queue.request(asked.queue, asked.query()))
    }

    /// Something about the conversation that is shown; untracked.
    pub fn shown<T>(self, look: impl FnOnce(&ReviewItem) -> T) -> Option<T> {
        self.queue.with_untracked(|queue| queue.current().map(look))
    }

    /// Another conversation is shown: the keyboard goes on with it, and what follows is fetched.
    pub fn moved(self) {
        self.problem.set(None);
        self.doubting.set(false);
        self.asking.set(false);
        self.is_empty.set(false);
        self.failure.set(None);
        lead();
        self.claim();
    }

    pub fn skip(self) {
        if let Some(id) = self.queue.try_update(ReviewQueue::skip).flatten() {
            spawn_local(give_back(vec![id]));
            self.said.set("Skipped.".to_owned());
            self.moved();
        }
    }

    pub fn go_back(self) {
        if self.queue.try_update(ReviewQueue::go_back) == Some(true) {
            self.said.set("Back.".to_owned());
            self.moved();
            // Its claim was given back.
            self.renew();
        }
    }

    /// Begins again with what was skipped.
    pub fn look_again(self) {
        self.queue.update(ReviewQueue::forget_skipped);
        self.moved();
    }

    pub fn notice(self, id: Uuid, tone: Tone, text: String, comment: Option<String>) {
        self.notices.update(|notices| {
            notices.retain(|notice| notice.id != id);
            notices.push(Notice { id, tone, text, comment });
        });
    }
}

/// Gives claims back, so that others get these conversations at once. They end by themselves when
/// the server does not hear of it.
pub async fn give_back(ids: Vec<Uuid>) {
    if !ids.is_empty() {
        let request = ClaimsRequest { conversations: ids };
        let _ = Call::<ReleaseClaims>::new((), &request).send().await;
    }
}

/// What the focus goes to: the heading of what is shown, or what stands in its place.
const LEAD: &str = "[data-review-lead]";

/// Moves the focus to what is shown now.
pub fn lead() {
    focus(LEAD);
}

/// Whether the focus waits for what is shown next.
fn is_led() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_some_and(|element| element.matches(LEAD).unwrap_or_default())
}
