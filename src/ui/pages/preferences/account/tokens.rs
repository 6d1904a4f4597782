//! API tokens: what scripts sign in with.

use super::opened::Opened;
use crate::{
    api::{
        accounts::{RevokeToken, load_tokens},
        operation::{Done, Nothing},
    },
    domain::accounts::TokenView,
    ui::{
        call_dialog::QuestionDialog,
        client::{resource::resource, rest::Call, toasts::use_toasts},
        components::{Badge, Button, Card, EmptyState, Icon, IconName, Tone, text_rows},
        form::focus,
        loaded::Loaded,
        moment::{Day, Moment},
    },
};
use leptos::prelude::*;

/// The person's tokens: making, listing, revoking.
#[component]
pub fn TokensCard(opened: Opened) -> impl IntoView {
    let Opened { new_token, tokens_made, .. } = opened;
    let tokens = resource(move || tokens_made.get(), |_| load_tokens());
    let actions = move || {
        view! {
            <Button small=true icon=IconName::Plus on_press=move |()| new_token.set(true)>
                "New token…"
            </Button>
        }
    };
    view! {
        <Card
            id="tokens"
            title="API tokens"
            hint="Scripts use a token to act on your behalf, within its scopes."
            actions=actions
            flush=true
        >
            <Loaded read=tokens label="Loading your tokens" let:answer>
                <TokenList list=RwSignal::new(answer.tokens) opened=opened />
            </Loaded>
        </Card>
    }
}

#[component]
fn TokenList(list: RwSignal<Vec<TokenView>>, opened: Opened) -> impl IntoView {
    let Opened { revoking, revoked, .. } = opened;
    Effect::new(move |_| {
        if let Some(gone) = revoked.get() {
            list.update(|list| list.retain(|token| token.id != gone));
        }
    });
    view! {
        <Show
            when=move || list.with(|list| !list.is_empty())
            fallback=|| {
                view! {
                    <EmptyState
                        icon=IconName::Key
                        title="No tokens"
                        text="Create one to let a script act on your behalf."
                    />
                }
            }
        >
            <ul class="item-list">
                <For each=move || list.get() key=|token| token.id let:token>
                    <Token token=token on_revoke=move |token| revoking.ask(token) />
                </For>
            </ul>
        </Show>
    }
}

/// Asks before a token stops working.
#[component]
pub fn RevokeDialog(opened: Opened) -> impl IntoView {
    let toasts = use_toasts();
    let call = |token: TokenView| Call::<RevokeToken>::new(token.id, &Nothing {});
    let done = move |(gone, _): (TokenView, Done)| {
        opened.revoked.set(Some(gone.id));
        focus("#tokens button");
        toasts.show(Tone::Success, "Token revoked.");
    };
    view! {
        <QuestionDialog
            id="revoke-token"
            question=opened.revoking
            title=|token| format!("Revoke “{}”?", token.name)
            confirm=|_| "Revoke".to_owned()
            name=|token| token.name.clone()
            call=call
            on_done=done
            danger=true
        >
            <p>"Scripts that use it stop working immediately. This cannot be undone."</p>
        </QuestionDialog>
    }
}

#[component]
fn Token(token: TokenView, #[prop(into)] on_revoke: Callback<TokenView>) -> impl IntoView {
    let own = token.clone();
    let scopes = text_rows(token.scopes.iter().map(ToString::to_string), |scope| {
        view! {
            <Badge>
                <span translate="no">{scope}</span>
            </Badge>
            " "
        }
    });
    let name = token.name.clone();
    view! {
        <li class="item">
            <Icon name=IconName::Key />
            <div class="item-text">
                <p>
                    <strong>{token.name}</strong>
                    " "
                    <code translate="no" class="small">
                        {format!("trn_…{}", token.last_four)}
                    </code>
                </p>
                <p>{scopes}</p>
                <p class="item-hint">
                    "created on " <Day time=token.created_at /> " · " <Expiry token=own.clone() />
                    " · "
                    {match token.last_used_at {
                        Some(time) => {
                            view! {
                                "last used "
                                <Moment time=time />
                            }
                                .into_any()
                        }
                        None => "never used".into_any(),
                    }}
                </p>
            </div>
            <div class="item-actions">
                <Button small=true on_press=move |()| on_revoke.run(own.clone())>
                    "Revoke…"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
            </div>
        </li>
    }
}

/// Until when it works. Whether that is over only the browser says: the server does not know when
/// the page is read.
#[component]
fn Expiry(token: TokenView) -> impl IntoView {
    let Some(end) = token.expires_at else {
        return view! { <span>"does not expire"</span> }.into_any();
    };
    let expired = RwSignal::new(false);
    Effect::new(move |_| expired.set(end <= chrono::Utc::now()));
    view! {
        <Show
            when=move || expired.get()
            fallback=move || view! { <span>"expires on " <Day time=end /></span> }
        >
            <Badge tone=Tone::Danger>"Expired on " <Day time=end /></Badge>
        </Show>
    }
    .into_any()
}
