//! The proposals that wait, and asking for another one.

use super::{FIELD, Revise};
use crate::{
    api::{
        error::ApiError,
        revisions::{ProposeRevision, RevisionAnswer, RevisionRequest, load_revisions},
    },
    domain::{
        error_code::ErrorCode,
        money::Money,
        revisions::{RevisionView, instruction},
    },
    ui::{
        client::{request_key::RequestKey, rest::Call},
        components::Resets,
        form::focus,
        pages::conversations::one::state::standing,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What waits, and what is on its way.
#[derive(Clone, Copy)]
pub struct Proposals {
    pub revise: Revise,
    /// The newest first.
    pub all: RwSignal<Vec<RevisionView>>,
    /// The most that another one costs.
    pub worst_case: RwSignal<Option<Money>>,
    pub unread: RwSignal<bool>,
    pub error: RwSignal<Option<String>>,
    pub warnings: RwSignal<Vec<String>>,
    pub busy: RwSignal<bool>,
    /// The same request sent again is asked and billed once.
    key: RequestKey<RevisionRequest>,
    pub resets: Resets,
}

impl Proposals {
    pub fn new(revise: Revise) -> Self {
        Self {
            revise,
            all: RwSignal::new(Vec::new()),
            worst_case: RwSignal::new(None),
            unread: RwSignal::new(false),
            error: RwSignal::new(None),
            warnings: RwSignal::new(Vec::new()),
            busy: RwSignal::new(false),
            key: RequestKey::default(),
            resets: Resets::default(),
        }
    }

    pub fn read(self) {
        self.unread.set(false);
        spawn_local(async move {
            // The page may be gone.
            match load_revisions(self.revise.page.id).await {
                Ok(answer) => {
                    let _ = self.all.try_set(answer.revisions);
                    let _ = self.worst_case.try_set(answer.worst_case);
                }
                Err(_) => drop(self.unread.try_set(true)),
            }
        });
    }

    /// One that does not wait any more.
    pub fn remove(self, id: Uuid) {
        self.all.update(|all| all.retain(|known| known.id != id));
        focus(format!("#{FIELD}"));
    }

    fn refuse(self, sentence: String) {
        self.error.set(Some(sentence));
        focus(format!("#{FIELD}"));
    }

    pub fn ask(self) {
        if self.busy.get_untracked() {
            return;
        }
        let Revise { page, text, comment, .. } = self.revise;
        let instruction = match text.with_untracked(|text| instruction(text)) {
            Ok(instruction) => instruction,
            Err(sentence) => return self.refuse(sentence),
        };
        let request = RevisionRequest {
            instruction,
            comment_id: comment.get_untracked(),
            version: page.now.with_untracked(|now| now.version),
        };
        let key = self.key.of(&request);
        let call = Call::<ProposeRevision>::new(page.id, &request).idempotency_key(key).patient();
        self.error.set(None);
        self.warnings.set(Vec::new());
        self.busy.set(true);
        page.told.set(String::new());
        spawn_local(async move {
            let answer = call.send().await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => self.show(answer, &request),
                Err(error) => self.failed(error),
            }
        });
    }

    fn show(self, answer: RevisionAnswer, request: &RevisionRequest) {
        let RevisionAnswer { revision, warnings } = answer;
        let Revise { page, text, comment, .. } = self.revise;
        self.key.answered();
        self.warnings.set(warnings);
        // What was typed while it was on its way is the next instruction.
        if text.with_untracked(|text| instruction(text)).ok().as_ref() == Some(&request.instruction)
        {
            text.set(String::new());
            comment.set(None);
            self.resets.reset();
        }
        let place = format!("#accept-{}", revision.id);
        self.all.update(|all| {
            all.retain(|known| known.id != revision.id);
            all.insert(0, revision);
        });
        page.told.set("Claude's proposal is here.".into());
        focus(place);
    }

    fn failed(self, error: ApiError) {
        // A new try after an answer is another request; one that was lost may be under way.
        if !matches!(error.code, ErrorCode::Unreachable | ErrorCode::NoAnswer) {
            self.key.answered();
        }
        // What it comes from was removed meanwhile; asked again, it stands for itself.
        if error.fields.iter().any(|field| field.path == "commentId") {
            self.revise.comment.set(None);
        }
        if error.code == ErrorCode::RequestRepeated {
            self.read();
            let sentence = "Claude was asked this already. Look below, or reload later.";
            return self.refuse(sentence.into());
        }
        if let Some(theirs) = standing(&error) {
            self.revise.page.overtaken(theirs);
            return self.refuse("Another version stands now. Look at it, then ask again.".into());
        }
        self.refuse(error.error);
    }
}
