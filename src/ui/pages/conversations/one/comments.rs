//! What people say about the conversation and its turns.

mod drafts;
mod entry;
mod writer;

use super::state::{Page, Whole};
use crate::{
    api::{
        conversations::comments::{RemoveComment, load_comments},
        operation::Nothing,
    },
    domain::conversations::{Colleague, CommentView, CommentsAnswer},
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{boot::use_user, rest::Call, shortcuts::use_shortcuts},
        components::{Button, Card, IconName, rows},
        form::focus,
    },
};
use drafts::Drafts;
use entry::Entry;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use writer::Writer;

/// All of it, in order.
#[derive(Clone, Copy)]
pub struct Comments {
    conversation: Uuid,
    user: Uuid,
    /// `None` when they could not be read.
    all: RwSignal<Option<Vec<CommentView>>>,
    colleagues: RwSignal<Vec<Colleague>>,
    drafts: Drafts,
    removing: Question<CommentView>,
}

impl Comments {
    pub fn new(whole: &Whole) -> Self {
        let user = use_user().with_untracked(|user| user.as_ref().map(|user| user.id));
        let (user, conversation) = (user.unwrap_or_default(), whole.conversation.id);
        let answer = whole.comments.clone();
        let is_read = answer.is_some();
        let CommentsAnswer { comments, drafts, colleagues } = answer.unwrap_or_default();
        Self {
            conversation,
            user,
            all: RwSignal::new(is_read.then_some(comments)),
            colleagues: RwSignal::new(colleagues),
            drafts: Drafts::new(user, conversation, drafts),
            removing: Question::default(),
        }
    }

    /// Reads them again after each edit: what they are about may read otherwise now.
    pub fn follow(self, page: Page) {
        let version = Memo::new(move |_| page.version());
        Effect::new(move |before: Option<i32>| {
            let version = version.get();
            if before.is_some_and(|before| before != version) {
                self.read();
            }
            version
        });
    }

    /// Reads them again.
    fn read(self) {
        spawn_local(async move {
            if let Ok(answer) = load_comments(self.conversation).await {
                let _ = self.colleagues.try_set(answer.colleagues);
                let _ = self.all.try_set(Some(answer.comments));
            }
        });
    }

    /// Shows one as it is now, the new ones last.
    fn put(self, comment: CommentView) {
        let _ = self.all.try_update(|all| {
            let all = all.get_or_insert_default();
            match all.iter_mut().find(|known| known.id == comment.id) {
                Some(known) => *known = comment,
                None => all.push(comment),
            }
        });
    }

    /// Those at a place: of a turn what is about it as it reads now; of the whole the rest.
    fn at(self, turn: Option<i32>) -> (Vec<CommentView>, Vec<CommentView>) {
        let belongs = |comment: &&CommentView| match turn {
            Some(_) => comment.turn == turn && !comment.is_outdated,
            None => comment.turn.is_none() || comment.is_outdated,
        };
        let here: Vec<_> =
            self.all.with(|all| all.iter().flatten().filter(belongs).cloned().collect());
        here.into_iter().partition(|comment| comment.resolved_at.is_none())
    }

    fn name_of(self, id: Uuid) -> Option<String> {
        self.colleagues.with(|all| all.iter().find(|one| one.id == id).map(|one| one.name.clone()))
    }
}

/// What is said about a place: open ones, and the resolved ones folded.
#[component]
fn Said(comments: Comments, turn: Option<i32>) -> impl IntoView {
    let here = Memo::new(move |_| comments.at(turn));
    let list = move |all: Vec<CommentView>| {
        let key = |comment: &CommentView| {
            (comment.id, comment.edited_at, comment.resolved_at, comment.is_outdated)
        };
        rows(all, key, move |comment| view! { <Entry comments=comments comment=comment /> })
    };
    let open = move || {
        let open = here.with(|(open, _)| open.clone());
        (!open.is_empty()).then(|| view! { <ul class="comments">{list(open)}</ul> })
    };
    let resolved = move || {
        let resolved = here.with(|(_, resolved)| resolved.clone());
        (!resolved.is_empty()).then(|| {
            view! {
                <details>
                    <summary class="small">{resolved.len()} " resolved"</summary>
                    <ul class="comments">{list(resolved)}</ul>
                </details>
            }
        })
    };
    view! {
        {open}
        {resolved}
    }
    .into_any()
}

/// What is said about a turn, beneath it.
#[component]
pub fn Thread(comments: Comments, turn: Option<i32>) -> impl IntoView {
    let opened = RwSignal::new(false);
    // What was begun is in sight.
    let begun = Memo::new(move |_| comments.drafts.is_begun(turn));
    let writing = Memo::new(move |_| opened.get() || begun.get());
    // It stays while its last letter is taken away.
    Effect::new(move |_| {
        if begun.get() {
            opened.set(true);
        }
    });
    let number = turn.unwrap_or_default();
    let begin = move |()| {
        opened.set(true);
        focus(format!("#{}", writer::field(turn)));
    };
    let writer = move || {
        if writing.get() {
            let left = move |()| {
                if !begun.get_untracked() {
                    opened.set(false);
                }
            };
            view! { <Writer comments=comments turn=turn on_leave=left /> }.into_any()
        } else {
            view! {
                <Button small=true id=writer::opener(turn) icon=IconName::Chat on_press=begin>
                    "Comment"
                    <span class="visually-hidden">" on turn " {number}</span>
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <div class="turn-comments">
            <Said comments=comments turn=turn />
            {writer}
        </div>
    }
    .into_any()
}

/// What is said about the whole, and about turns that read otherwise now.
#[component]
pub fn CommentsCard(comments: Comments) -> impl IntoView {
    use_shortcuts().on("comment", move || focus(format!("#{}", writer::field(None))));
    let missing = move || {
        comments.all.with(Option::is_none).then(|| {
            view! {
                <div class="cluster">
                    <p class="muted">"The comments could not be loaded."</p>
                    <Button small=true on_press=move |()| comments.read()>
                        "Retry"
                    </Button>
                </div>
            }
        })
    };
    let call = move |comment: CommentView| {
        Call::<RemoveComment>::new((comments.conversation, comment.id), &Nothing {})
    };
    let removed = move |(comment, _): (CommentView, _)| {
        comments.all.update(|all| {
            if let Some(all) = all {
                all.retain(|known| known.id != comment.id);
            }
        });
        focus(format!("#{}", writer::field(None)));
    };
    view! {
        <Card id="conversation-comments" title="Comments">
            <div class="stack" data-gap="s">
                {missing}
                <Said comments=comments turn=None />
                <Writer comments=comments turn=None on_leave=|()| () />
            </div>
            <QuestionDialog
                id="remove-comment"
                question=comments.removing
                title=|_| "Remove this comment?".to_owned()
                confirm=|_| "Remove".to_owned()
                name=|_| "comment".to_owned()
                call=call
                on_done=removed
                danger=true
            >
                <p>{move || comments.removing.with(|comment| comment.text.clone())}</p>
            </QuestionDialog>
        </Card>
    }
    .into_any()
}
