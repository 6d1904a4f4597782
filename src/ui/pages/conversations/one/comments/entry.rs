//! One comment, and what can be done with it.

use super::Comments;
use crate::{
    api::conversations::comments::{ChangeComment, CommentPatch},
    domain::conversations::{CommentView, MAX_COMMENT},
    ui::{
        client::{keys::is_composing, rest::Call, written},
        components::{Badge, Button, ButtonVariant, TextArea, Tone},
        form::focus,
        moment::Moment,
        pages::conversations::one::revise::Revise,
    },
};
use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};
use uuid::Uuid;

/// Changing one comment.
#[derive(Clone, Copy)]
struct Changing {
    comments: Comments,
    /// The text while it is edited.
    text: RwSignal<Option<String>>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Changing {
    /// Keeps the text while it is edited: what an earlier visit left is edited on.
    fn keep(self, comment: Uuid) {
        let name = format!("train.comment.{}.{comment}", self.comments.user);
        Effect::new(move |started: Option<()>| {
            if started.is_none() {
                let kept = written::read(&name);
                self.text.set(Some(kept).filter(|kept| !kept.is_empty()));
            }
            written::write(&name, &self.text.get().unwrap_or_default());
        });
    }

    fn send(self, comment: &CommentView, patch: &CommentPatch) {
        if self.busy.get_untracked() {
            return;
        }
        let place = (self.comments.conversation, comment.id);
        let call = Call::<ChangeComment>::new(place, patch);
        self.error.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    self.text.set(None);
                    focus(place_of(&answer.comment));
                    self.comments.put(answer.comment);
                }
                Err(error) => self.error.set(Some(error.error)),
            }
        });
    }

    fn save(self, comment: &CommentView) {
        let text = self.text.get_untracked().unwrap_or_default().trim().to_owned();
        let length = text.chars().count();
        if length == 0 || length > MAX_COMMENT {
            self.error.set(Some(format!("Write 1 to {MAX_COMMENT} characters.")));
            return focus(format!("#comment-edit-{}", comment.id));
        }
        self.send(comment, &CommentPatch { text: Some(text), is_resolved: None });
    }
}

/// Where the keyboard goes on once a comment has changed and its buttons are others.
fn place_of(comment: &CommentView) -> String {
    let place = match comment.turn.filter(|_| !comment.is_outdated) {
        Some(turn) => format!("#turn-{turn} .turn-comments"),
        None => "#conversation-comments".to_owned(),
    };
    format!("{place} :is(button, summary)")
}

#[component]
pub fn Entry(comments: Comments, comment: CommentView) -> impl IntoView {
    let changing = Changing {
        comments,
        text: RwSignal::new(None),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    changing.keep(comment.id);
    let who = comment.author_name.clone().unwrap_or_else(|| "Deleted account".into());
    let place = comment.turn.filter(|_| comment.is_outdated).map(|turn| {
        view! {
            <Badge tone=Tone::Warning>"Outdated"</Badge>
            <span class="small muted">"Turn " {turn}</span>
        }
    });
    let resolved = comment.resolved_at.map(|at| {
        let by = comment.resolver_name.clone().map(|name| format!(" by {name}"));
        view! {
            <p class="small muted">"Resolved" {by} " " <Moment time=at /></p>
        }
    });
    let mentions = comment.mentions.clone();
    let notified = move || {
        let names: Vec<_> = mentions.iter().filter_map(|id| comments.name_of(*id)).collect();
        (!names.is_empty()).then(|| {
            view! { <p class="small muted">"Notified: " {names.join(", ")}</p> }
        })
    };
    let (edited, created) = (comment.edited_at.is_some(), comment.created_at);
    let shown = comment.clone();
    let body = move || {
        if changing.text.with(Option::is_some) {
            view! { <Rewriting changing=changing comment=shown.clone() /> }.into_any()
        } else {
            view! {
                <p class="conversation-note" lang="" dir="auto">
                    {shown.text.clone()}
                </p>
                <Buttons changing=changing comment=shown.clone() />
            }
            .into_any()
        }
    };
    let failed = move || {
        let hidden = changing.text.with(Option::is_some);
        changing.error.get().filter(|_| !hidden).map(|error| {
            view! { <p class="comment-failed" role="alert">{error}</p> }
        })
    };
    view! {
        <li class="comment">
            <div class="cluster">
                <strong>{who}</strong>
                <span class="small muted">
                    <Moment time=created />
                    {edited.then_some(" · edited")}
                </span>
                {place}
            </div>
            {body} {notified} {resolved} {failed}
        </li>
    }
    .into_any()
}

#[component]
fn Buttons(changing: Changing, comment: CommentView) -> impl IntoView {
    let comments = changing.comments;
    let is_open = comment.resolved_at.is_none();
    let (resolved, changed) = (comment.clone(), comment.clone());
    let resolve = move |()| {
        let patch = CommentPatch { text: None, is_resolved: Some(is_open) };
        changing.send(&resolved, &patch);
    };
    let edit = move |()| {
        changing.text.set(Some(changed.text.clone()));
        focus(format!("#comment-edit-{}", changed.id));
    };
    let is_own = comment.author == Some(comments.user);
    let revise: Revise = expect_context();
    let becomes = is_open.then(|| {
        let said = comment.clone();
        view! {
            <Button
                small=true
                variant=ButtonVariant::Ghost
                on_press=move |()| revise.take_over(&said)
            >
                "Revise with Claude"
                <span class="visually-hidden">" as this comment says"</span>
            </Button>
        }
    });
    let remove = move |()| comments.removing.ask(comment.clone());
    let own = is_own.then(|| {
        view! {
            <Button small=true variant=ButtonVariant::Ghost on_press=edit>
                "Edit"
                <span class="visually-hidden">" comment"</span>
            </Button>
            <Button small=true variant=ButtonVariant::Ghost on_press=remove>
                "Remove"
                <span class="visually-hidden">" comment"</span>
            </Button>
        }
    });
    view! {
        <div class="button-row">
            <Button
                small=true
                variant=ButtonVariant::Ghost
                busy=changing.busy
                on_press=resolve
            >
                {if is_open { "Resolve" } else { "Reopen" }}
            </Button>
            {becomes} {own}
        </div>
    }
    .into_any()
}

/// Writing one's own anew.
#[component]
fn Rewriting(changing: Changing, comment: CommentView) -> impl IntoView {
    let (saved, pressed_in) = (comment.clone(), comment.clone());
    let cancel = move |()| {
        changing.error.set(None);
        changing.text.set(None);
    };
    let pressed = move |event: KeyboardEvent| {
        if is_composing(&event) {
            return;
        }
        match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                changing.save(&pressed_in);
            }
            "Escape" => {
                event.stop_propagation();
                cancel(());
            }
            _ => {}
        }
    };
    view! {
        <div class="stack" data-gap="s">
            <div on:keydown=pressed>
                <TextArea
                    id=format!("comment-edit-{}", comment.id)
                    label="Edit comment"
                    rows=2
                    value=Signal::derive(move || changing.text.get().unwrap_or_default())
                    on_change=move |text| changing.text.set(Some(text))
                    error=changing.error
                />
            </div>
            <div class="button-row">
                <Button
                    small=true
                    variant=ButtonVariant::Primary
                    busy=changing.busy
                    on_press=move |()| changing.save(&saved)
                >
                    "Save"
                </Button>
                <Button small=true on_press=cancel>
                    "Cancel"
                </Button>
            </div>
        </div>
    }
    .into_any()
}
