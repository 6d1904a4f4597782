//! The question before something is done to many: what it would do is prepared by the server, and
//! what is confirmed is what was shown.

use super::{Act, Bulk, Target, words};
use crate::{
    api::{
        bulk::{BulkJobRequest, PrepareBulkJob, ReadBulkJob, StartBulkJob, StopBulkJob},
        error::ApiError,
        operation::Nothing,
    },
    domain::{
        bulk::{BulkAction, BulkJobView, BulkState},
        field_error::FieldError,
    },
    ui::{
        client::{rest::Call, written::written},
        form::{FormState, focus},
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What is asked, and what was typed for it.
#[derive(Clone, Copy)]
pub struct Question {
    pub bulk: Bulk,
    pub form: FormState,
    pub comment: RwSignal<String>,
    pub add: RwSignal<String>,
    pub remove: RwSignal<String>,
    /// Kept until it is sent: it may have become long.
    pub instruction: RwSignal<String>,
    /// What would be done.
    pub prepared: RwSignal<Option<BulkJobView>>,
    /// Numbers what the server is asked: an answer to an earlier question comes too late.
    turn: StoredValue<u32>,
}

impl Question {
    pub fn new(bulk: Bulk) -> Self {
        let fields = &["action.comment", "action.add", "action.remove", "action.instruction"];
        let question = Self {
            bulk,
            form: FormState::new("bulk-form", fields),
            comment: RwSignal::new(String::new()),
            add: RwSignal::new(String::new()),
            remove: RwSignal::new(String::new()),
            instruction: written(format!("train.bulk-revise.{}", bulk.user)),
            prepared: RwSignal::new(None),
            turn: StoredValue::new(0),
        };
        Effect::new(move |_| {
            let act = bulk.asking.with(|wanted| wanted.as_ref().map(|wanted| wanted.act));
            if act.is_some_and(|act| !act.needs_words()) {
                question.prepare(None);
            }
        });
        question
    }

    fn action(self, act: Act) -> BulkAction {
        let tags = |typed: RwSignal<String>| {
            typed.with_untracked(|typed| typed.split(',').map(str::to_owned).collect())
        };
        match act {
            Act::Decide(decision) => {
                BulkAction::Decide { decision, comment: Some(self.comment.get_untracked()) }
            }
            Act::Tag => BulkAction::Tag { add: tags(self.add), remove: tags(self.remove) },
            Act::Rerate => BulkAction::Rerate {},
            Act::Archive => BulkAction::Archive {},
            Act::Unarchive => BulkAction::Unarchive {},
            Act::Delete => BulkAction::Delete {},
            Act::Revise => BulkAction::Revise { instruction: self.instruction.get_untracked() },
        }
    }

    /// Does what was shown, or first has it shown.
    pub fn press(self) {
        let Some(wanted) = self.bulk.asking.get_untracked() else { return };
        let action = self.action(wanted.act).check().ok();
        match self.prepared.get_untracked() {
            Some(job) if action.as_ref() == Some(&job.action) => self.start(),
            before => self.prepare(before),
        }
    }

    /// Something else is to be done than what was prepared.
    pub fn change(self) {
        if self.prepared.with_untracked(Option::is_some) {
            self.forget();
        }
    }

    /// Has the server say what would be done. With the same numbers as `agreed` it is done.
    fn prepare(self, agreed: Option<BulkJobView>) {
        let Some(wanted) = self.bulk.asking.get_untracked() else { return };
        if self.form.busy.get_untracked() {
            return;
        }
        let action = match self.action(wanted.act).check() {
            Ok(action) => action,
            Err(errors) => return self.form.refuse(errors),
        };
        let request = request(action, wanted.target);
        self.forget();
        self.form.clear();
        self.form.busy.set(true);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let answer = Call::<PrepareBulkJob>::new((), &request).send().await;
            if self.turn.try_get_value() != Some(turn) {
                if let Ok(answer) = answer {
                    discard(answer.job.id);
                }
                return;
            }
            self.form.busy.set(false);
            match answer {
                Ok(answer) => self.show(answer.job, agreed),
                Err(error) => self.refuse(error),
            }
        });
    }

    fn show(self, job: BulkJobView, agreed: Option<BulkJobView>) {
        let numbers =
            |job: &BulkJobView| (job.total, job.changed, job.skipped.clone(), job.worst_case);
        let is_new = agreed.as_ref().is_some_and(|before| numbers(before) != numbers(&job));
        self.prepared.set(Some(job));
        if is_new {
            let sentence = "The numbers changed meanwhile. Look at them again.";
            self.form.refuse(vec![FieldError::new("", sentence)]);
        } else if agreed.is_some() {
            self.start();
        }
    }

    fn start(self) {
        let Some(job) = self.prepared.get_untracked() else { return };
        if self.form.busy.get_untracked() || job.changed == 0 {
            return;
        }
        self.form.clear();
        self.form.busy.set(true);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let answer = started(job.id).await;
            let is_current = self.turn.try_get_value() == Some(turn);
            match answer {
                Ok(job) => {
                    let is_sent = matches!(job.action, BulkAction::Revise { .. });
                    self.bulk.begin(job, false);
                    if is_current && is_sent {
                        self.instruction.set(String::new());
                    }
                    if is_current {
                        self.prepared.set(None);
                        self.bulk.selection.clear();
                        self.close();
                        // The bar goes, and with it what would be given the focus.
                        focus("#bulk-jobs");
                    }
                }
                Err(error) if is_current => {
                    self.form.busy.set(false);
                    if matches!(error.status, 404 | 409) {
                        self.prepared.set(None);
                    }
                    self.refuse(error);
                }
                Err(_) => {}
            }
        });
    }

    fn refuse(self, error: ApiError) {
        self.form.refuse(match error.fields.is_empty() {
            true => vec![FieldError::new("", words::refusal(error))],
            false => error.fields,
        });
    }

    /// What was prepared is not wanted any more, and neither is what is being prepared.
    fn forget(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        if let Some(job) = self.prepared.get_untracked() {
            self.prepared.set(None);
            discard(job.id);
        }
    }

    /// Nothing is done.
    pub fn cancel(self) {
        self.forget();
        self.close();
    }

    fn close(self) {
        self.form.busy.set(false);
        self.form.clear();
        self.bulk.asking.set(None);
        for text in [self.comment, self.add, self.remove] {
            text.set(String::new());
        }
    }
}

pub fn request(action: BulkAction, target: Target) -> BulkJobRequest {
    match target {
        Target::Rows(conversations) => BulkJobRequest { action, conversations, query: None },
        Target::Query(query) => {
            BulkJobRequest { action, conversations: Vec::new(), query: Some(query) }
        }
    }
}

/// Starts a prepared job. When the answer does not come it may have been started all the same.
pub async fn started(id: Uuid) -> Result<BulkJobView, ApiError> {
    match Call::<StartBulkJob>::new(id, &Nothing {}).send().await {
        Ok(answer) => Ok(answer.job),
        Err(error) => match Call::<ReadBulkJob>::new(id, &Nothing {}).send().await {
            Ok(answer) if answer.job.state != BulkState::Prepared => Ok(answer.job),
            _ => Err(error),
        },
    }
}

/// Without an answer the server forgets it by itself, within an hour.
pub fn discard(id: Uuid) {
    spawn_local(async move {
        let _ = Call::<StopBulkJob>::new(id, &Nothing {}).send().await;
    });
}
