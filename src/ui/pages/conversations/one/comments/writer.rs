//! Writing a comment.

use super::Comments;
use crate::{
    api::conversations::comments::{CommentRequest, PostComment},
    domain::conversations::{Colleague, MAX_COMMENT},
    ui::{
        client::{keys::is_composing, request_key::RequestKey, rest::Call},
        components::{Button, ButtonVariant, CheckboxGroup, Choice, Resets, TextArea},
        form::focus,
    },
};
use leptos::{context::Provider, ev::KeyboardEvent, prelude::*, task::spawn_local};
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The id of the field that a comment about this place is written in.
pub fn field(turn: Option<i32>) -> String {
    turn.map_or_else(|| "comment-whole".to_owned(), |turn| format!("comment-turn-{turn}"))
}

/// The id of the button that opens it.
pub fn opener(turn: Option<i32>) -> String {
    format!("{}-open", field(turn))
}

/// What is written at one place.
#[derive(Clone, Copy)]
struct Writing {
    comments: Comments,
    turn: Option<i32>,
    mentions: RwSignal<Vec<Uuid>>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    /// The same comment sent again is said once.
    key: RequestKey<CommentRequest>,
    resets: Resets,
}

impl Writing {
    fn refuse(self, sentence: String) {
        self.error.set(Some(sentence));
        focus(format!("#{}", field(self.turn)));
    }

    fn post(self, on_done: Callback<()>) {
        if self.busy.get_untracked() {
            return;
        }
        let (turn, drafts) = (self.turn, self.comments.drafts);
        let text = untrack(move || drafts.text(turn)).trim().to_owned();
        let length = text.chars().count();
        if length == 0 {
            return self.refuse("Write a comment.".into());
        }
        if length > MAX_COMMENT {
            return self.refuse(format!(
                "A comment must have at most {MAX_COMMENT} characters, but has {length}."
            ));
        }
        let request = CommentRequest { turn, text, mentions: self.mentions.get_untracked() };
        let key = self.key.of(&request);
        let call = Call::<PostComment>::new(self.comments.conversation, &request);
        self.error.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let answer = call.idempotency_key(key).send().await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    self.key.answered();
                    // What was typed while it was on its way is the next comment.
                    if untrack(move || drafts.text(turn)).trim() == request.text {
                        drafts.posted(turn);
                        self.resets.reset();
                    }
                    self.mentions.set(Vec::new());
                    self.comments.put(answer.comment);
                    let _ = on_done.try_run(());
                    if turn.is_some() {
                        focus(format!("#{}", opener(turn)));
                    }
                }
                Err(error) => self.refuse(error.error),
            }
        });
    }
}

/// The field, whom to notify, and the button. Ctrl+Enter posts, Enter is a new line, Esc leaves.
#[component]
pub fn Writer(
    comments: Comments,
    turn: Option<i32>,
    /// The field is not needed for now.
    #[prop(into)]
    on_leave: Callback<()>,
) -> impl IntoView {
    let writing = Writing {
        comments,
        turn,
        mentions: RwSignal::new(Vec::new()),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
        key: RequestKey::default(),
        resets: Resets::default(),
    };
    let pressed = move |event: KeyboardEvent| {
        if is_composing(&event) {
            return;
        }
        match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                writing.post(on_leave);
            }
            "Escape" => leave(&event, turn, on_leave),
            _ => {}
        }
    };
    let label = turn.map_or_else(|| "Comment".to_owned(), |turn| format!("Comment on turn {turn}"));
    let typed = move |text: String| {
        writing.error.set(None);
        comments.drafts.typed(turn, text);
    };
    view! {
        <div class="stack comment-writer" data-gap="s">
            <div on:keydown=pressed>
                <Provider value=writing.resets>
                    <TextArea
                        id=field(turn)
                        label=label
                        hint="Ctrl+Enter posts it."
                        rows=2
                        value=Signal::derive(move || comments.drafts.text(turn))
                        on_change=typed
                        error=writing.error
                    />
                </Provider>
            </div>
            <Notify writing=writing />
            <div class="button-row">
                <Button
                    small=true
                    variant=ButtonVariant::Primary
                    busy=writing.busy
                    on_press=move |()| writing.post(on_leave)
                >
                    "Post"
                    <span class="visually-hidden">" comment"</span>
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// Gives the focus back to the page; what was begun stays.
fn leave(event: &KeyboardEvent, turn: Option<i32>, on_leave: Callback<()>) {
    event.stop_propagation();
    let field = event.target().and_then(|field| field.dyn_into::<HtmlElement>().ok());
    if let Some(field) = field {
        let _ = field.blur();
    }
    on_leave.run(());
    if turn.is_some() {
        // Only there when nothing was begun.
        focus(format!("#{}", opener(turn)));
    }
}

/// Whom to notify of it.
#[component]
fn Notify(writing: Writing) -> impl IntoView {
    let turn = writing.turn;
    move || {
        let colleagues = writing.comments.colleagues.get();
        if colleagues.is_empty() {
            return None;
        }
        let choice = |one: &Colleague| Choice::new(one.id.to_string(), one.name.clone()).named();
        let choices = colleagues.iter().map(choice).collect();
        let value = Signal::derive(move || {
            writing.mentions.with(|all| all.iter().map(Uuid::to_string).collect::<Vec<_>>())
        });
        let change = move |words: Vec<String>| {
            let ids = words.iter().filter_map(|word| word.parse().ok()).collect();
            writing.mentions.set(ids);
        };
        Some(view! {
            <details>
                <summary class="small">"Notify…"</summary>
                <CheckboxGroup
                    id=format!("{}-notify", field(turn))
                    label="Notify"
                    choices=choices
                    value=value
                    on_change=change
                    inline=true
                />
            </details>
        })
    }
}
