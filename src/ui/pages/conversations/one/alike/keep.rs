//! Keeping the best of those that say nearly the same: the others are archived by a bulk job, which
//! can be undone. Nothing is deleted.

use super::{
    Alike,
    best::{Candidate, best},
};
use crate::{
    api::{
        bulk::{BulkJobRequest, PrepareBulkJob, ReadBulkJob, StartBulkJob, UndoBulkJob},
        conversations::ReadConversation,
        error::ApiError,
        operation::Nothing,
    },
    domain::bulk::{BulkAction, BulkJobView, BulkState},
    ui::{
        client::{
            rest::Call,
            toasts::{Toasts, use_toasts},
        },
        components::{Banner, CheckboxGroup, Choice, ConfirmDialog, Select, Tone},
        form,
    },
};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Milliseconds between two looks at a job: soon at first, then less and less often.
const SOONEST_MS: u32 = 150;
const LATEST_MS: u32 = 3000;

/// The question, and what is on its way.
#[derive(Clone, Copy)]
pub struct Keep {
    alike: Alike,
    /// All of them while the question is open.
    candidates: RwSignal<Vec<Candidate>>,
    /// The one that was proposed, and why.
    proposed: RwSignal<Option<(Uuid, &'static str)>>,
    kept: RwSignal<Option<Uuid>>,
    /// What is archived, by ids.
    archived: RwSignal<Vec<String>>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    toasts: Toasts,
}

impl Keep {
    pub fn new(alike: Alike) -> Self {
        Self {
            alike,
            candidates: RwSignal::new(Vec::new()),
            proposed: RwSignal::new(None),
            kept: RwSignal::new(None),
            archived: RwSignal::new(Vec::new()),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            toasts: use_toasts(),
        }
    }

    pub fn ask(self) {
        let answer = self.alike.answer.get_untracked();
        let Some(Ok(answer)) = answer else { return };
        let own = self.alike.page.now.with_untracked(Candidate::own);
        let others = answer.alike.iter().map(Candidate::other);
        let candidates: Vec<_> = std::iter::once(own).chain(others).collect();
        let proposed = best(&candidates);
        self.candidates.set(candidates);
        self.proposed.set(proposed);
        self.error.set(None);
        self.choose(proposed.map(|(id, _)| id));
    }

    /// Another one is kept; the rest of those that say nearly the same are archived.
    fn choose(self, kept: Option<Uuid>) {
        let rest = self.candidates.with_untracked(|all| {
            let rest = all.iter().filter(|one| one.is_near && Some(one.id) != kept);
            rest.map(|one| one.id.to_string()).collect()
        });
        self.archived.set(rest);
        self.kept.set(kept);
    }

    fn close(self) {
        self.kept.set(None);
    }

    fn archive(self) {
        let ids: Vec<Uuid> = self
            .archived
            .with_untracked(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect());
        if self.busy.get_untracked() || ids.is_empty() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let job = self.run(ids).await;
            // The page may be gone.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match job {
                Ok(job) if job.changed == 0 || job.state == BulkState::Failed => {
                    self.error.set(Some(unchanged(&job)));
                }
                Ok(job) => {
                    self.close();
                    self.done(&job);
                    // The button that began it goes when nothing similar is left.
                    form::focus("#edit-conversation");
                    self.read_again().await;
                }
                Err(error) => self.error.set(Some(error.error)),
            }
        });
    }

    async fn run(self, conversations: Vec<Uuid>) -> Result<BulkJobView, ApiError> {
        let request = BulkJobRequest { action: BulkAction::Archive {}, conversations, query: None };
        let job = Call::<PrepareBulkJob>::new((), &request).send().await?.job;
        if job.changed == 0 {
            return Ok(job);
        }
        let job = Call::<StartBulkJob>::new(job.id, &Nothing {}).send().await?.job;
        self.ended(job).await
    }

    /// Waits for the servers to be done with it, as long as somebody looks.
    async fn ended(self, mut job: BulkJobView) -> Result<BulkJobView, ApiError> {
        let mut pause = SOONEST_MS;
        while job.state.is_open() && self.busy.try_get_untracked().is_some() {
            TimeoutFuture::new(pause).await;
            pause = (pause * 2).min(LATEST_MS);
            job = Call::<ReadBulkJob>::new(job.id, &Nothing {}).send().await?.job;
        }
        Ok(job)
    }

    fn done(self, job: &BulkJobView) {
        let (id, text) = (job.id, told("Archived", job.changed, left(job)));
        self.alike.page.told.set(text.clone());
        self.toasts.offer(text, "Undo", move || self.undo(id));
    }

    fn undo(self, job: Uuid) {
        spawn_local(async move {
            let asked = Call::<UndoBulkJob>::new(job, &Nothing {}).send().await;
            let ended = match asked {
                Ok(answer) => self.ended(answer.job).await,
                Err(error) => Err(error),
            };
            match ended {
                Ok(job) if job.state == BulkState::Failed => {
                    self.toasts.show(Tone::Danger, unchanged(&job));
                }
                // Nobody waited for it: the page was left.
                Ok(job) if job.state.is_open() => {
                    self.toasts.show(Tone::Success, "They are being brought back.");
                }
                Ok(job) => {
                    let kept = match job.kept {
                        0 => String::new(),
                        kept => format!(" {kept} stayed: somebody changed them since."),
                    };
                    let text = told("Brought back", job.restored, kept);
                    let _ = self.alike.page.told.try_set(text.clone());
                    self.toasts.show(Tone::Success, text);
                    self.read_again().await;
                }
                Err(error) => self.toasts.show(Tone::Danger, error.error),
            }
        });
    }

    /// What became of the conversation of the page, and what is similar to it now.
    async fn read_again(self) {
        let page = self.alike.page;
        let call = Call::<ReadConversation>::new(page.id.to_string(), &Nothing {});
        let answer = call.send().await;
        if page.busy.try_get_untracked().is_none() {
            return;
        }
        if let Ok(answer) = answer {
            page.show(answer.conversation);
        }
        self.alike.read_again();
    }
}

fn told(did: &str, count: i64, more: String) -> String {
    let what = if count == 1 { "conversation" } else { "conversations" };
    format!("{did} {count} {what}.{more}")
}

/// How many it left alone, and why.
fn left(job: &BulkJobView) -> String {
    let left = job.skipped.iter().filter(|own| own.count > 0);
    left.map(|own| format!(" {} left alone: {}.", own.count, own.reason.label())).collect()
}

fn unchanged(job: &BulkJobView) -> String {
    job.error.clone().unwrap_or_else(|| format!("Nothing was archived.{}", left(job)))
}

#[component]
pub fn KeepDialog(keep: Keep) -> impl IntoView {
    let open = Signal::derive(move || keep.kept.with(Option::is_some));
    let is_open = Memo::new(move |_| open.get());
    let count = Memo::new(move |_| keep.archived.with(Vec::len));
    let content = move || is_open.get().then(|| view! { <Question keep=keep /> });
    view! {
        <ConfirmDialog
            id="keep-best"
            title=Signal::derive(|| "Keep the best of these?".to_owned())
            open=open
            confirm=Signal::derive(move || format!("Archive {}", count.get()))
            on_confirm=move |()| keep.archive()
            on_cancel=move |()| keep.close()
            busy=keep.busy
            disabled=Signal::derive(move || count.get() == 0)
        >
            {content}
        </ConfirmDialog>
    }
    .into_any()
}

#[component]
fn Question(keep: Keep) -> impl IntoView {
    let all = keep.candidates.get_untracked();
    let named = |one: &Candidate| Choice::new(one.id.to_string(), one.name.clone()).named();
    let choices = all.iter().map(named).collect();
    let kept = Signal::derive(move || keep.kept.get().map(|id| id.to_string()).unwrap_or_default());
    let why = move || {
        let proposed = keep.proposed.get();
        proposed.filter(|(id, _)| keep.kept.get() == Some(*id)).map(|(_, why)| why)
    };
    let rest = move || {
        let kept = keep.kept.get();
        let choice = |one: &Candidate| {
            let score = one.score.map(|score| format!(" · {score:.1}")).unwrap_or_default();
            let near = if one.is_near { "" } else { " · Related only" };
            named(one).hint(format!("{}{score}{near}", one.status.label()))
        };
        let rest = all.iter().filter(|one| Some(one.id) != kept).map(choice).collect::<Vec<_>>();
        view! {
            <CheckboxGroup
                id="keep-best-rest"
                label="Archive"
                hint="You can undo it. Archived conversations are not deleted."
                choices=rest
                value=keep.archived
                on_change=move |ids| keep.archived.set(ids)
            />
        }
    };
    let failed =
        move || keep.error.get().map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> });
    view! {
        <div class="stack">
            <Select
                id="keep-best-kept"
                label="Keep"
                choices=choices
                value=kept
                on_change=move |id: String| keep.choose(id.parse().ok())
            />
            <p class="small muted" role="status">
                {why}
            </p>
            {rest}
            {failed}
        </div>
    }
    .into_any()
}
