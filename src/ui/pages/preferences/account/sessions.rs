//! Where the person is signed in, and how to end it from here.

use super::{browser, opened::Opened};
use crate::{
    api::{
        accounts::{EndOtherSessions, EndSession, EndedAnswer, SessionsAnswer, load_sessions},
        operation::Nothing,
    },
    domain::accounts::SessionView,
    ui::{
        call_dialog::CallDialog,
        client::{resource::resource, rest::Call, toasts::use_toasts},
        components::{Badge, Button, Card, Icon, IconName, Tone},
        form::focus,
        loaded::Loaded,
        moment::{Day, Moment},
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Every signed-in browser.
#[component]
pub fn SessionsCard(opened: Opened) -> impl IntoView {
    let Opened { end_others, sessions_ended, .. } = opened;
    let sessions = resource(move || sessions_ended.get(), |_| load_sessions());
    let several = RwSignal::new(false);
    let listed = move |answer: SessionsAnswer| {
        let list = RwSignal::new(answer.sessions);
        Effect::new(move |_| several.set(list.with(Vec::len) > 1));
        view! { <SessionList list=list /> }
    };
    let actions = move || {
        view! {
            <Show when=move || several.get()>
                <Button small=true icon=IconName::SignOut on_press=move |()| end_others.set(true)>
                    "Sign out everywhere else"
                </Button>
            </Show>
        }
    };
    view! {
        <Card id="sessions" title="Signed-in browsers" actions=actions flush=true>
            <Loaded read=sessions label="Loading your sessions" children=listed />
        </Card>
    }
}

#[component]
fn SessionList(list: RwSignal<Vec<SessionView>>) -> impl IntoView {
    let toasts = use_toasts();
    let ending = RwSignal::new(None::<Uuid>);
    let end = move |id: Uuid| {
        ending.set(Some(id));
        spawn_local(async move {
            match Call::<EndSession>::new(id, &Nothing {}).send().await {
                Ok(_) => {
                    list.update(|list| list.retain(|session| session.id != id));
                    focus("#sessions button");
                    toasts.show(Tone::Success, "Browser signed out.");
                }
                Err(error) => toasts.show(Tone::Danger, error.error),
            }
            ending.set(None);
        });
    };
    view! {
        <ul class="item-list">
            <For each=move || list.get() key=|session| session.id let:session>
                <Session session=session ending=ending on_end=end />
            </For>
        </ul>
    }
}

#[component]
fn Session(
    session: SessionView,
    ending: RwSignal<Option<Uuid>>,
    #[prop(into)] on_end: Callback<Uuid>,
) -> impl IntoView {
    let id = session.id;
    let name = browser::name(session.user_agent.as_deref());
    let action = (!session.current).then(|| {
        let hidden = name.clone();
        view! {
            <Button
                small=true
                busy=Signal::derive(move || ending.get() == Some(id))
                on_press=move |()| on_end.run(id)
            >
                "Sign out"
                <span class="visually-hidden">" " {hidden}</span>
            </Button>
        }
    });
    view! {
        <li class="item">
            <Icon name=IconName::Monitor />
            <div class="item-text">
                <p>
                    <strong>{name}</strong>
                    " "
                    {session
                        .current
                        .then(|| view! { <Badge tone=Tone::Success>"This browser"</Badge> })}
                </p>
                <p class="item-hint" title=session.user_agent>
                    {session.ip.map(|ip| format!("{ip} · "))}
                    "last used "
                    <Moment time=session.last_seen />
                    " · signed in on "
                    <Day time=session.created_at />
                    " · expires on "
                    <Day time=session.expires_at />
                </p>
            </div>
            <div class="item-actions">{action}</div>
        </li>
    }
}

/// Asks before everything but this browser is signed out.
#[component]
pub fn EndOthers(opened: Opened) -> impl IntoView {
    let toasts = use_toasts();
    let done = move |_: EndedAnswer| {
        toasts.show(Tone::Success, "All other browsers are signed out.");
        opened.sessions_ended.update(|count| *count += 1);
    };
    let call = |()| Call::<EndOtherSessions>::new((), &Nothing {});
    view! {
        <CallDialog
            id="end-others"
            title="Sign out everywhere else?"
            open=opened.end_others
            confirm="Sign out everywhere else"
            call=call
            on_done=done
        >
            <p>
                "All other browsers must sign in again. API tokens keep working; you can revoke \
                    them below."
            </p>
        </CallDialog>
    }
}
