//! Deciding, and taking it back. The page goes on at once; what became of it comes behind.

use super::{
    kept::{self, Sent},
    state::{Reviewing, Unsaved},
    undo::{Step, Undo},
};
use crate::{
    api::{
        error::ApiError,
        operation::Nothing,
        reviews::{Decide, DecisionRequest, Queue, UndoDecision},
    },
    domain::{
        conversations::{ConversationView, MAX_COMMENT, ReviewAction, Status},
        error_code::ErrorCode,
        json,
        letter_case::lowercase,
        reviews::{CLAIM_SECONDS, Decision, ReviewItem},
    },
    ui::{
        client::{autosave::queue::new_id, rest::Call},
        components::Tone,
        form::focus,
    },
};
use chrono::{TimeDelta, Utc};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The field for the comment.
pub const COMMENT: &str = "review-comment";

/// How a decision is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meant {
    /// Somebody else is to decide.
    pub second_opinion: bool,
    /// Approve it although no trainer takes it.
    pub untrainable: bool,
}

impl Reviewing {
    /// Decides about the conversation that is shown, and goes on to the next one.
    pub fn decide(self, decision: Decision, meant: Meant) {
        let look =
            |item: &ReviewItem| (item.conversation.id, item.conversation.gate_failures.is_empty());
        let Some((id, is_trainable)) = self.shown(look) else { return };
        let is_doubtful = decision == Decision::Approved && !is_trainable;
        if is_doubtful && !meant.untrainable && !meant.second_opinion {
            return self.doubting.set(true);
        }
        let length = |comment: &String| comment.trim().chars().count();
        let length = self.comments.with_untracked(|all| all.get(&id).map_or(0, length));
        if length > MAX_COMMENT {
            let sentence = format!(
                "The comment must have at most {MAX_COMMENT} characters, but has {length}."
            );
            self.problem.set(Some(sentence));
            return focus(format!("#{COMMENT}"));
        }
        let Some(item) = self.queue.try_update(|queue| queue.decide()).flatten() else { return };
        let conversation = &item.conversation;
        let request = DecisionRequest {
            decision,
            comment: self.take_comment(id),
            version: conversation.version,
            status: conversation.status,
            second_opinion: meant.second_opinion,
            untrainable: is_doubtful,
        };
        let sent = Sent { key: new_id(), conversation: id, title: name(conversation), request };
        let words = if meant.second_opinion { "Second opinion asked" } else { past(decision) };
        kept::keep(self.user, &sent);
        let mut step = Step::new(sent.key, id, sent.title.clone(), words);
        step.comment = sent.request.comment.clone();
        step.is_opinion = meant.second_opinion;
        self.steps.update(|steps| steps.push(step));
        if !meant.second_opinion {
            self.tally.count(1);
        }
        self.said.set(match self.left_in_words() {
            Some(left) => format!("{words}. {left}"),
            None => format!("{words}."),
        });
        let key = sent.key;
        self.outbox.update(|all| all.push(Unsaved::new(sent, Some(item))));
        self.moved();
        self.send(key);
    }

    /// How many are left, where the figures are about this queue.
    fn left_in_words(self) -> Option<String> {
        let asked = self.asked.get_untracked();
        let is_whole = asked.queue == Queue::Waiting && asked.query().is_none();
        let left = untrack(move || self.tally.left()).filter(|_| is_whole)?;
        Some(format!("{left} left."))
    }

    /// Sends what an earlier look at this page has left. To be called once, from an effect.
    pub fn send_kept(self) {
        for sent in kept::all(self.user) {
            let key = sent.key;
            self.outbox.update(|all| all.push(Unsaved::new(sent, None)));
            self.send(key);
        }
    }

    /// Sends again what could not be saved.
    pub fn retry(self) {
        let failed = |all: &Vec<Unsaved>| -> Vec<Uuid> {
            all.iter().filter(|it| !it.is_on_its_way).map(|it| it.sent.key).collect()
        };
        self.outbox.with_untracked(failed).into_iter().for_each(|key| self.send(key));
    }

    fn send(self, key: Uuid) {
        let sent = self.outbox.try_update(|all| {
            let unsaved = all.iter_mut().find(|unsaved| unsaved.sent.key == key)?;
            unsaved.is_on_its_way = true;
            Some(unsaved.sent.clone())
        });
        let Some(sent) = sent.flatten() else { return };
        let user = self.user;
        spawn_local(async move {
            let call = Call::<Decide>::new(sent.conversation, &sent.request).idempotency_key(key);
            let answer = call.send().await;
            let is_open = answer.as_ref().is_err_and(is_open);
            // Whether the page is still there or not.
            if !is_open {
                kept::forget(user, key);
            }
            if self.is_gone() {
                return;
            }
            match answer {
                Ok(answer) => self.saved(key, &answer.conversation),
                Err(error) if is_open => self.outbox.update(|all| {
                    let unsaved = all.iter_mut().find(|unsaved| unsaved.sent.key == key);
                    if let Some(unsaved) = unsaved {
                        unsaved.is_on_its_way = false;
                        unsaved.failure = Some(error.error);
                    }
                }),
                Err(error) => self.refused(key, error),
            }
        });
    }

    fn acknowledge(self, key: Uuid) -> Option<Unsaved> {
        self.outbox
            .try_update(|all| {
                let place = all.iter().position(|unsaved| unsaved.sent.key == key)?;
                Some(all.remove(place))
            })
            .flatten()
    }

    fn saved(self, key: Uuid, conversation: &ConversationView) {
        self.acknowledge(key);
        let undone = self.steps.try_update(|steps| steps.settle(key, own(conversation, self.user)));
        if let Some(step) = undone.flatten() {
            self.take_back(step);
        }
        self.tally.refresh();
        // The server answers again.
        self.retry();
    }

    /// It was not accepted: what it was about comes back, unless somebody else was first.
    fn refused(self, key: Uuid, error: ApiError) {
        let Some(Unsaved { sent, item, .. }) = self.acknowledge(key) else { return };
        self.steps.update(|steps| steps.forget(key));
        // What a reload brought was not counted here.
        if !sent.request.second_opinion && item.is_some() {
            self.tally.count(-1);
        }
        self.tally.refresh();
        let Sent { conversation, title, request, .. } = sent;
        let item = item.filter(|_| error.code != ErrorCode::VersionConflict);
        let Some(item) = item else {
            self.queue.update(|queue| queue.forget(conversation));
            let text = format!("“{title}”: {}{}", error.error, stands(&error).unwrap_or_default());
            self.notice(conversation, Tone::Warning, text, request.comment);
            return self.claim();
        };
        self.comments.update(|all| {
            let written = all.entry(conversation).or_default();
            if written.is_empty() {
                *written = request.comment.unwrap_or_default();
            }
        });
        self.notice(conversation, Tone::Danger, format!("“{title}”: {}", error.error), None);
        self.queue.update(|queue| queue.show(item));
        self.moved();
    }

    /// Takes the newest decision back.
    pub fn undo(self) {
        if self.undoing.get_untracked() {
            return;
        }
        match self.steps.try_update(|steps| steps.undo()) {
            Some(Undo::Now(step)) => self.take_back(step),
            // The answer that it waits for goes on with it.
            Some(Undo::Later) => self.retry(),
            _ => {}
        }
    }

    fn take_back(self, step: Step) {
        let Some(review) = step.review else { return };
        self.undoing.set(true);
        spawn_local(async move {
            let at = (step.conversation, review);
            let answer = Call::<UndoDecision>::new(at, &Nothing {}).send().await;
            // Answers what was not set when the page was left meanwhile.
            if self.undoing.try_set(false).is_some() {
                return;
            }
            match answer.map(|answer| answer.conversation).or_else(|it| undone(it, review)) {
                Ok(conversation) => self.taken_back(step, conversation),
                Err(error) => {
                    let sentence = format!("“{}”: {}", step.title, error.error);
                    self.notice(step.conversation, Tone::Danger, sentence, None);
                    if is_open(&error) {
                        self.steps.update(|steps| steps.push(step));
                    }
                }
            }
        });
    }

    fn taken_back(self, step: Step, conversation: ConversationView) {
        let id = conversation.id;
        self.comments.update(|all| {
            let written = all.entry(id).or_default();
            if written.is_empty() {
                *written = step.comment.unwrap_or_default();
            }
        });
        if !step.is_opinion {
            self.tally.count(-1);
        }
        self.tally.refresh();
        let claimed_until = Utc::now() + TimeDelta::seconds(CLAIM_SECONDS.into());
        self.queue.update(|queue| queue.show(ReviewItem { conversation, claimed_until }));
        self.said.set(format!("Undone: {}.", step.decided));
        self.moved();
        // Deciding gave the claim back.
        self.renew();
    }
}

/// What a conversation is called.
pub fn name(conversation: &ConversationView) -> String {
    let title = conversation.title.trim();
    if title.is_empty() { conversation.public_id.clone() } else { title.to_owned() }
}

fn past(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "Approved",
        Decision::Rejected => "Rejected",
        Decision::NeedsRevision => "Sent back for revision",
    }
}

/// Nobody knows whether it was done, or it can be done as soon as the server answers again.
fn is_open(error: &ApiError) -> bool {
    error.is_transient() || error.status >= 500 || matches!(error.status, 401 | 408)
}

/// The entry that somebody's last judgement made.
fn own(conversation: &ConversationView, user: Uuid) -> Option<Uuid> {
    let is_own = |action| matches!(action, ReviewAction::Decided | ReviewAction::Opinion);
    let mut entries = conversation.review_history.iter().rev();
    entries.find(|entry| entry.by == Some(user) && is_own(entry.action)).map(|entry| entry.id)
}

/// An answer that was lost had taken it back: trying again finds it so.
fn undone(error: ApiError, review: Uuid) -> Result<ConversationView, ApiError> {
    let current = error.current.as_ref().and_then(|it| json::read::<ConversationView>(it).ok());
    let is_undone = |conversation: &ConversationView| {
        conversation.review_history.last().is_some_and(|entry| entry.undoes == Some(review))
    };
    current.filter(is_undone).ok_or(error)
}

/// What somebody else has made of it, unless the sentence says so or it still waits.
fn stands(error: &ApiError) -> Option<String> {
    let current: ConversationView = json::read(error.current.as_ref()?).ok()?;
    let is_decided = matches!(
        current.status,
        Status::Approved | Status::Rejected | Status::NeedsRevision | Status::Archived
    );
    let status = lowercase(current.status.label());
    let is_news = is_decided && !error.error.contains(&status);
    is_news.then(|| format!(" It is marked as {status} now."))
}
