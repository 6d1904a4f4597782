//! Conversations that say nearly the same: which they are, what they differ in, and keeping the
//! best of them.

mod best;
mod compare;
mod keep;

use super::state::Page;
use crate::{
    api::{conversations::load_alike, error::ApiError},
    domain::conversations::{AlikeAnswer, AlikeRow},
    ui::{
        components::{Button, Card, ErrorState, LinkButton, Skeleton, rows},
        conversation::{LikenessBadge, ScoreBadge, StatusBadge},
    },
};
use compare::Compared;
use keep::{Keep, KeepDialog};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What is alike to the conversation of the page.
#[derive(Clone, Copy)]
pub struct Alike {
    page: Page,
    /// `None` while it is on its way.
    answer: RwSignal<Option<Result<AlikeAnswer, ApiError>>>,
    /// Counts how often it is to be read again.
    again: RwSignal<u32>,
    /// The one that is shown beside it.
    beside: RwSignal<Option<Uuid>>,
}

impl Alike {
    fn new(page: Page) -> Self {
        Self {
            page,
            answer: RwSignal::new(None),
            again: RwSignal::new(0),
            beside: RwSignal::new(None),
        }
    }

    /// Reads it after the page, which does not wait for it, and again after each edit.
    fn follow(self, is_alike: Memo<bool>) {
        let version = Memo::new(move |_| self.page.version());
        let asks = StoredValue::new(0_u32);
        Effect::new(move |_| {
            let _ = version.get();
            let _ = self.again.get();
            if !is_alike.get() {
                return;
            }
            asks.update_value(|count| *count = count.wrapping_add(1));
            let own = asks.get_value();
            spawn_local(async move {
                let answer = load_alike(self.page.id).await;
                // Asked again meanwhile, or the page is gone.
                if asks.try_get_value() == Some(own) {
                    self.answer.set(Some(answer));
                }
            });
        });
    }

    fn read_again(self) {
        // The page may be gone.
        let _ = self.again.try_update(|count| *count = count.wrapping_add(1));
    }
}

/// The list, when there is something alike at all.
#[component]
pub fn AlikeCard(page: Page) -> impl IntoView {
    let is_alike = Memo::new(move |_| page.now.with(|now| now.likeness.is_some()));
    let alike = Alike::new(page);
    alike.follow(is_alike);
    let keep = Keep::new(alike);
    let address = format!("/conversations?alike={}", page.id);
    move || {
        let address = address.clone();
        is_alike.get().then(|| view! { <Shown alike=alike keep=keep address=address /> })
    }
}

#[component]
fn Shown(alike: Alike, keep: Keep, address: String) -> impl IntoView {
    let content = move || match alike.answer.get() {
        None => view! { <Skeleton label="Loading similar conversations" lines=2 /> }.into_any(),
        Some(Err(error)) => {
            let again = Callback::new(move |()| alike.read_again());
            view! { <ErrorState message=error.error request_id=error.request_id on_retry=again /> }
                .into_any()
        }
        Some(Ok(answer)) => view! { <List alike=alike keep=keep answer=answer /> }.into_any(),
    };
    let actions = move || {
        view! {
            <LinkButton href=address small=true>
                "Show in the table"
            </LinkButton>
        }
    };
    view! {
        <Card id="conversation-alike" title="Similar conversations" actions=actions>
            <div class="stack" data-gap="s" data-needs-script="">
                {content}
            </div>
            <KeepDialog keep=keep />
        </Card>
    }
    .into_any()
}

#[component]
fn List(alike: Alike, keep: Keep, answer: AlikeAnswer) -> impl IntoView {
    let AlikeAnswer { alike: list, examined } = answer;
    let pending = (!examined).then(|| {
        view! {
            <p class="small muted">
                "It was changed; what is similar to it now is looked for in the background."
            </p>
        }
    });
    if list.is_empty() {
        return view! {
            {pending}
            <p class="muted">"Nothing is similar to it any more."</p>
        }
        .into_any();
    }
    let offer = move || {
        (!alike.page.is_archived()).then(|| {
            view! {
                <div class="button-row">
                    <Button id="keep-best-of" on_press=move |()| keep.ask()>
                        "Keep the best of these"
                    </Button>
                </div>
            }
        })
    };
    let key = |row: &AlikeRow| {
        let one = &row.conversation;
        (one.id, one.version, one.updated_at, row.similarity)
    };
    let lines = rows(list, key, move |row| view! { <Line alike=alike row=row /> });
    view! {
        {pending}
        <ul class="conversation-entries">{lines}</ul>
        {offer}
    }
    .into_any()
}

/// What a conversation is called.
fn title(title: &str, public_id: &str) -> String {
    if title.is_empty() { format!("Conversation {public_id}") } else { title.to_owned() }
}

#[component]
fn Line(alike: Alike, row: AlikeRow) -> impl IntoView {
    let one = &row.conversation;
    let (id, status, score) = (one.id, one.status, one.quality_score);
    let name = title(&one.title, &one.public_id);
    let href = format!("/conversations/{}", one.public_id);
    let shown = Memo::new(move |_| alike.beside.get() == Some(id));
    let toggle = move |()| alike.beside.update(|now| *now = (*now != Some(id)).then_some(id));
    let (similarity, likeness, of) = (row.similarity, row.likeness, name.clone());
    let compared = move || shown.get().then(|| view! { <Compared page=alike.page other=id /> });
    view! {
        <li class="conversation-entry">
            <div class="cluster">
                <a class="alike-title" href=href lang="" dir="auto">
                    {name}
                </a>
                <span class="nums">{similarity} " %"</span>
                <LikenessBadge likeness=likeness />
                <StatusBadge status=status />
                <span>"Score " <ScoreBadge score=score /></span>
                <Button small=true on_press=toggle>
                    {move || if shown.get() { "Close" } else { "Compare" }}
                    <span class="visually-hidden">" with “" {of} "”"</span>
                </Button>
            </div>
            <div aria-live="polite">{compared}</div>
        </li>
    }
    .into_any()
}
