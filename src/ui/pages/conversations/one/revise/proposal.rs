//! One proposal against what stands.

use super::proposals::Proposals;
use crate::{
    api::{
        error::ApiError,
        operation::Nothing,
        revisions::{AcceptRevision, AcceptRevisionRequest, DropRevision},
    },
    domain::{
        conversations::{ContentChange, ConversationView, content_changes},
        revisions::{RevisionView, accepted},
    },
    ui::{
        client::rest::Call,
        components::{Button, ButtonVariant, IconName},
        conversation::{FindingsNotice, GateNotice},
        moment::Moment,
        pages::conversations::one::differences::ContentChanges,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Deciding about it.
#[derive(Clone, Copy)]
struct Deciding {
    proposals: Proposals,
    id: Uuid,
    error: RwSignal<Option<String>>,
    dropping: RwSignal<bool>,
}

impl Deciding {
    fn accept(self) {
        let page = self.proposals.revise.page;
        let version = page.now.with_untracked(|now| now.version);
        let call =
            Call::<AcceptRevision>::new((page.id, self.id), &AcceptRevisionRequest { version });
        self.error.set(None);
        let done = move |saved: &ConversationView| {
            page.told.set(match saved.version == version {
                true => "Accepted. Nothing has changed.".into(),
                false => format!("Accepted: saved as version {}.", saved.version),
            });
            self.proposals.remove(self.id);
        };
        // Of another version that stands, the page shows the difference by itself.
        page.change(call, done, move |error: ApiError| self.error.set(Some(error.error)));
    }

    fn drop_it(self) {
        if self.dropping.get_untracked() {
            return;
        }
        let page = self.proposals.revise.page;
        let call = Call::<DropRevision>::new((page.id, self.id), &Nothing {});
        self.error.set(None);
        self.dropping.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            if self.dropping.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    page.told.set("Dropped.".into());
                    self.proposals.remove(self.id);
                }
                Err(error) => self.error.set(Some(error.error)),
            }
        });
    }
}

#[component]
pub fn Proposal(proposals: Proposals, revision: RevisionView) -> impl IntoView {
    let page = proposals.revise.page;
    let deciding = Deciding {
        proposals,
        id: revision.id,
        error: RwSignal::new(None),
        dropping: RwSignal::new(false),
    };
    let who = revision.author_name.clone().unwrap_or_else(|| "Deleted account".into());
    let base = revision.base_version;
    let version = Memo::new(move |_| page.version());
    let stale = move || {
        let stands = version.get();
        (stands != base).then(|| {
            view! {
                <p class="revision-stale small">
                    "Made from version " {base} "; version " {stands}
                    " stands now. The difference is against that one."
                </p>
            }
        })
    };
    let after = revision.quality_score;
    let score = move || {
        let before = page.now.with(|now| now.quality_score);
        format!("Score {} → {}", shown(before), shown(after))
    };
    let content = revision.content.clone();
    let changes = Memo::new(move |_| -> Vec<ContentChange> {
        page.now.with(|now| content_changes(&now.content(), &accepted(now.content(), &content)))
    });
    let failed = move || {
        deciding.error.get().map(|error| {
            view! { <p class="comment-failed" role="alert">{error}</p> }
        })
    };
    view! {
        <li class="revision">
            <div class="cluster">
                <strong>{who}</strong>
                <span class="small muted">
                    <Moment time=revision.created_at />
                    " · "
                    <span translate="no">{revision.model} " · " {revision.cost.to_string()}</span>
                </span>
            </div>
            <p class="conversation-note" lang="" dir="auto">
                {revision.instruction}
            </p>
            {stale}
            <p class="small">{score}</p>
            <GateNotice failures=revision.gate_failures />
            <FindingsNotice findings=revision.findings links=false />
            {move || view! { <ContentChanges changes=changes.get() /> }}
            {failed}
            <Buttons deciding=deciding />
        </li>
    }
    .into_any()
}

fn shown(score: Option<f64>) -> String {
    score.map_or_else(|| "none".to_owned(), |score| format!("{score:.1}"))
}

#[component]
fn Buttons(deciding: Deciding) -> impl IntoView {
    let revise = deciding.proposals.revise;
    let reason = Memo::new(move |_| {
        if revise.editing.get() {
            Some("Save or cancel your changes first.".to_owned())
        } else {
            revise.page.is_archived().then(|| "Bring it back to accept it.".to_owned())
        }
    });
    view! {
        <div class="button-row">
            <Button
                id=format!("accept-{}", deciding.id)
                variant=ButtonVariant::Primary
                icon=IconName::Check
                busy=revise.page.busy
                disabled=Signal::derive(move || reason.get().is_some())
                reason=reason
                on_press=move |()| deciding.accept()
            >
                "Accept"
                <span class="visually-hidden">" proposal"</span>
            </Button>
            <Button busy=deciding.dropping on_press=move |()| deciding.drop_it()>
                "Drop"
                <span class="visually-hidden">" proposal"</span>
            </Button>
        </div>
    }
    .into_any()
}
