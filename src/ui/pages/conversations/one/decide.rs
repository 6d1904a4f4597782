//! Deciding about the conversation.

use super::state::Page;
use crate::{
    api::{
        error::ApiError,
        reviews::{Decide, DecisionRequest},
    },
    domain::{conversations::Status, error_code::ErrorCode, reviews::Decision},
    ui::{
        client::{
            autosave::queue::new_id,
            rest::Call,
            written::{self, written},
        },
        components::{
            Banner, Button, ButtonVariant, Card, ConfirmDialog, IconName, TextArea, Tone, parts,
            text_rows,
        },
        conversation::broken,
    },
};
use leptos::prelude::*;

/// What is being decided.
#[derive(Clone, Copy)]
struct Deciding {
    page: Page,
    comment: RwSignal<String>,
    error: RwSignal<Option<String>>,
    /// Whether the person is asked about approving what no trainer takes.
    asks: RwSignal<bool>,
}

impl Deciding {
    fn send(self, decision: Decision, untrainable: bool) {
        let comment = self.comment.get_untracked().trim().to_owned();
        let (version, status) = self.page.now.with_untracked(|now| (now.version, now.status));
        let request = DecisionRequest {
            decision,
            comment: Some(comment).filter(|comment| !comment.is_empty()),
            version,
            status,
            second_opinion: false,
            untrainable,
        };
        let call = Call::<Decide>::new(self.page.id, &request).idempotency_key(new_id());
        self.error.set(None);
        let failed = move |error: ApiError| {
            if error.code == ErrorCode::Untrainable && !untrainable {
                self.asks.set(true);
            } else {
                self.asks.set(false);
                self.error.set(Some(error.error));
            }
        };
        let done = move |_: &_| {
            self.asks.set(false);
            self.comment.set(String::new());
            self.page.told.set(match decision {
                Decision::Approved => "Approved.".into(),
                Decision::Rejected => "Rejected.".into(),
                Decision::NeedsRevision => "Marked for revision.".into(),
            });
        };
        self.page.change(call, done, failed);
    }

    fn press(self, decision: Decision) {
        let untrainable = self.page.now.with_untracked(|now| !now.gate_failures.is_empty());
        if decision == Decision::Approved && untrainable {
            self.asks.set(true);
        } else {
            self.send(decision, false);
        }
    }

    /// Why a decision would do nothing.
    fn reason(self, decision: Decision, editing: bool) -> Option<String> {
        if editing {
            return Some("Save or cancel your changes first.".into());
        }
        self.page.now.with(|now| {
            if now.status == Status::Archived {
                Some("Bring it back to decide.".into())
            } else if now.turns.is_empty() && decision == Decision::Approved {
                Some("It has no turns.".into())
            } else if now.status == decision.into() && now.is_decided {
                Some(match decision {
                    Decision::Approved => "It is approved already.".into(),
                    Decision::Rejected => "It is rejected already.".into(),
                    Decision::NeedsRevision => "It is marked for revision already.".into(),
                })
            } else {
                None
            }
        })
    }
}

#[component]
pub fn DecideCard(page: Page, editing: RwSignal<bool>) -> impl IntoView {
    let deciding = Deciding {
        page,
        comment: written(written::decision(page.user, page.id)),
        error: RwSignal::new(None),
        asks: RwSignal::new(false),
    };
    let button = |decision: Decision| {
        let reason = Memo::new(move |_| deciding.reason(decision, editing.get()));
        let (variant, icon) = match decision {
            Decision::Approved => (ButtonVariant::Primary, IconName::Check),
            Decision::Rejected => (ButtonVariant::Secondary, IconName::Close),
            Decision::NeedsRevision => (ButtonVariant::Secondary, IconName::Pencil),
        };
        view! {
            <Button
                id=format!("decide-{}", decision.as_str())
                variant=variant
                icon=icon
                busy=page.busy
                disabled=Signal::derive(move || reason.get().is_some())
                reason=reason
                on_press=move |()| deciding.press(decision)
            >
                {decision.label()}
            </Button>
        }
    };
    let buttons = parts(Decision::ALL.iter().copied().map(button));
    let failed = move || {
        deciding.error.get().map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> })
    };
    view! {
        <Card id="conversation-decision" title="Decision">
            <div class="stack" data-gap="s">
                {failed}
                <TextArea
                    id="decision-comment"
                    label="Reason"
                    hint="Optional. Stands in the review history."
                    rows=2
                    value=deciding.comment
                    on_change=move |text| deciding.comment.set(text)
                />
                <div class="button-row">{buttons}</div>
            </div>
            <Untrainable deciding=deciding />
        </Card>
    }
    .into_any()
}

/// Asks before something is approved that no trainer takes.
#[component]
fn Untrainable(deciding: Deciding) -> impl IntoView {
    let page = deciding.page;
    let rules = move || {
        let rules = page.now.with(|now| now.gate_failures.iter().map(broken).collect::<Vec<_>>());
        text_rows(rules, |rule| view! { <li>{rule}</li> })
    };
    view! {
        <ConfirmDialog
            id="approve-untrainable"
            title="Approve although it is not trainable?"
            open=deciding.asks
            confirm="Approve anyway"
            on_confirm=move |()| deciding.send(Decision::Approved, true)
            on_cancel=move |()| deciding.asks.set(false)
            busy=page.busy
        >
            <p>"Trainers would drop or refuse it, and exports leave it out."</p>
            <ul class="gate-rules">{rules}</ul>
        </ConfirmDialog>
    }
    .into_any()
}
