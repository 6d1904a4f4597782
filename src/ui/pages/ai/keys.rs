//! API keys: which there are, another one, and the end of one. A key goes to the server and never
//! comes back.

mod rotate;

use super::{draft::AiDraft, fields::SectionCard};
use crate::{
    api::{
        ai::{RevokeAiKey, ScopeQuery},
        operation::Nothing,
    },
    domain::ai::{
        ScopeType,
        catalog::Section,
        views::{KeyState, KeyView},
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::rest::Call,
        components::{Badge, Button, Card, EmptyState, Icon, IconName, Tone, rows},
        form::focus,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use rotate::{RotateDialog, TestResult, test};

#[component]
pub fn KeysTab(draft: AiDraft) -> impl IntoView {
    let rotating = RwSignal::new(false);
    let revoking = Question::<KeyView>::default();
    let (testing, tested) = (RwSignal::new(false), RwSignal::new(None));
    let keys = Memo::new(move |_| draft.base.with(|base| base.keys.clone()));
    let own =
        move || keys.get().into_iter().filter(|key| key.scope == draft.scope).collect::<Vec<_>>();
    let has_own = Memo::new(move |_| !own().is_empty());
    let list = move || {
        let own = own();
        if own.is_empty() {
            return view! {
                <EmptyState
                    icon=IconName::Key
                    title="No key stored here"
                    text=without_key(draft)
                />
            }
            .into_any();
        }
        let revoke = Callback::new(move |key| revoking.ask(key));
        let items = rows(own, |key| key.id, |key| view! { <KeyItem key=key on_revoke=revoke /> });
        view! { <ul class="items">{items}</ul> }.into_any()
    };
    // What a test said was about the key that was used then.
    Effect::new(move |before: Option<Vec<_>>| {
        let used: Vec<_> = own().into_iter().map(|key| (key.id, key.version, key.state)).collect();
        if before.is_some_and(|before| before != used) {
            tested.set(None);
        }
        used
    });
    let done = move || {
        spawn_local(async move {
            // Failing, the list is old until the next visit; the key itself is stored.
            let _ = draft.reload().await;
            focus("#ai-keys .card-actions button");
        });
    };
    let scope = draft.scope;
    let call =
        move |key: KeyView| Call::<RevokeAiKey>::asking(key.id, &ScopeQuery { scope }, &Nothing {});
    view! {
        <div class="stack">
            <Card
                id="ai-keys"
                title="Stored keys"
                hint="Stored encrypted. Never shown on pages, in logs or in history."
                flush=true
                actions=move || {
                    view! {
                        <Show when=move || has_own.get()>
                            <Button
                                small=true
                                busy=testing
                                on_press=move |()| test(scope, None, testing, tested)
                            >
                                "Test"
                            </Button>
                        </Show>
                        <Button small=true icon=IconName::Key on_press=move |()| rotating.set(true)>
                            {move || if has_own.get() { "Rotate…" } else { "Add key…" }}
                        </Button>
                    }
                }
            >
                <div class="card-status">
                    <TestResult tested=tested />
                </div>
                {list}
            </Card>
            <SectionCard
                draft=draft
                section=Section::ApiKeys
                hint="When to be reminded to rotate the key."
            />
        </div>
        <RotateDialog scope=scope open=rotating rotates=has_own on_done=move |()| done() />
        <QuestionDialog
            id="revoke-key"
            question=revoking
            title=|key| format!("Revoke {}?", key.masked)
            confirm=|_| "Revoke".to_owned()
            name=|key| key.masked.clone()
            call=call
            on_done=move |_| done()
            danger=true
        >
            <p>
                "It can no longer be used for generation. If somebody else may know it, revoke it \
                    in the Claude console as well."
            </p>
        </QuestionDialog>
    }
    .into_any()
}

/// What is used when the scope has no key of its own.
fn without_key(draft: AiDraft) -> String {
    draft.base.with(|base| {
        let organization = base
            .keys
            .iter()
            .find(|key| key.scope == ScopeType::Organization && key.state == KeyState::Primary);
        match (organization.filter(|_| draft.scope == ScopeType::Person), &base.environment_key) {
            (Some(key), _) => format!("Your organization’s key is used: {}.", key.masked),
            (None, Some(masked)) => {
                format!("The key from the server’s environment is used: {masked}.")
            }
            (None, None) => {
                "A key is needed to generate. Create one in the Claude console and add it here."
                    .into()
            }
        }
    })
}

#[component]
fn KeyItem(key: KeyView, on_revoke: Callback<KeyView>) -> impl IntoView {
    let (tone, word) = match key.state {
        KeyState::Primary => (Tone::Success, "In use"),
        KeyState::Secondary => (Tone::Neutral, "Previous"),
        KeyState::Revoked => (Tone::Danger, "Revoked"),
    };
    let age = match key.age_days {
        0 => "stored today".to_owned(),
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    };
    let grace = key.grace_until.filter(|_| key.state == KeyState::Secondary).map(|end| {
        view! {
            <span class="item-hint">
                "Grace period ends " <Moment time=end ahead=true />
                ". Until then it is used if Claude rejects the new key."
            </span>
        }
    });
    let due = key.rotation_due.then(|| {
        view! {
            " "
            <Badge tone=Tone::Warning icon=IconName::Warning>
                "Due for rotation"
            </Badge>
        }
    });
    let unreadable = (!key.readable).then(|| {
        view! {
            <span class="item-hint">
                "The server’s master key has changed since this was stored. Store the key again, \
                or ask your administrator to restore that master key."
            </span>
        }
    });
    let closed = (!key.readable).then(|| {
        view! {
            " "
            <Badge tone=Tone::Danger icon=IconName::Warning>
                "Unreadable"
            </Badge>
        }
    });
    let masked = key.masked.clone();
    let version = key.version;
    view! {
        <li class="item">
            <Icon name=IconName::Key />
            <div class="item-text">
                <span>
                    <code translate="no">{masked.clone()}</code>
                    " "
                    <Badge tone=tone>{word}</Badge>
                    {due}
                    {closed}
                </span>
                <span class="item-hint">{format!("Version {version}, {age}")}</span>
                {grace}
                {unreadable}
            </div>
            <div class="item-actions">
                <Button small=true on_press=move |()| on_revoke.run(key.clone())>
                    "Revoke…"
                    <span class="visually-hidden">" " {masked}</span>
                </Button>
            </div>
        </li>
    }
    .into_any()
}
