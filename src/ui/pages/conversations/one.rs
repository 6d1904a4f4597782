//! One conversation: what it is worth, its turns, what people decide and say about it, editing it,
//! and its versions.

mod actions;
mod alike;
mod comments;
mod decide;
mod differences;
mod edit;
mod facts;
mod head;
mod history;
mod revise;
mod state;
mod versions;

use crate::{
    domain::conversations::TurnView,
    ui::{
        client::resource::resource,
        components::{
            Card, EmptyState, Icon, IconName, LinkButton, NeedsScript, PageHeader, PageTitle,
        },
        conversation::{GateNotice, Metrics, Turns},
        loaded::Loaded,
    },
};
use actions::Actions;
use alike::AlikeCard;
use comments::{Comments, CommentsCard, Thread};
use decide::DecideCard;
use edit::{Edit, Editor, KeptOffer};
use facts::FactsCard;
use head::Head;
use history::HistoryCard;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use revise::{Revise, ReviseCard};
use state::{Page, Whole, read};
use versions::VersionsCard;

#[component]
pub fn OneConversation() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|all| all.get("id").unwrap_or_default()));
    let whole = resource(move || id.get(), read);
    let show = |whole: Option<Whole>| match whole {
        Some(whole) => view! { <Content whole=whole /> }.into_any(),
        None => view! { <Missing /> }.into_any(),
    };
    view! {
        <PageTitle text="Conversation" />
        <Loaded read=whole label="Loading the conversation" lines=9 children=show />
    }
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Chat
            title="No such conversation"
            text="It was removed, or belongs to another organization."
            whole_page=true
            actions=|| view! { <LinkButton href="/conversations">"All conversations"</LinkButton> }
        />
    }
    .into_any()
}

#[component]
fn Content(whole: Whole) -> impl IntoView {
    let (page, comments) = (Page::new(&whole), Comments::new(&whole));
    let edit = Edit::new(page);
    comments.follow(page);
    let revise = Revise::new(page, edit.open);
    let title = Signal::derive(move || page.now.with(state::title));
    let body = move || {
        if edit.open.get() {
            view! { <Editor edit=edit /> }.into_any()
        } else {
            view! { <Reading page=page comments=comments /> }.into_any()
        }
    };
    view! {
        <PageTitle text=title />
        <a class="page-back" href="/conversations">
            <Icon name=IconName::ChevronLeft size="s" />
            "Conversations"
        </a>
        <PageHeader
            title=title
            actions=move || view! { <Actions page=page edit=edit /> }
        />
        <NeedsScript text="Deciding, editing and commenting need JavaScript." />
        <p class="conversation-told" role="status">
            {page.told}
        </p>
        <KeptOffer edit=edit />
        <Head page=page />
        <div class="conversation-columns">
            <div class="stack">{body}</div>
            <div class="stack">
                <DecideCard page=page editing=edit.open />
                <Worth page=page />
                <FactsCard page=page />
            </div>
        </div>
        <div class="stack conversation-foot">
            <AlikeCard page=page />
            <CommentsCard comments=comments />
            <ReviseCard revise=revise />
            <VersionsCard page=page editing=edit.open />
            <HistoryCard page=page />
        </div>
    }
    .into_any()
}

/// The turns, with what is said about each beneath it.
#[component]
fn Reading(page: Page, comments: Comments) -> impl IntoView {
    let said = Memo::new(move |_| {
        page.now.with(|now| {
            (now.turns.clone(), now.gate_failures.clone(), now.findings.clone(), now.error.clone())
        })
    });
    let beneath = Callback::new(move |turn: i32| -> AnyView {
        view! { <Thread comments=comments turn=Some(turn) /> }.into_any()
    });
    move || {
        let (turns, failures, findings, error): (Vec<TurnView>, _, _, _) = said.get();
        let notice = error.is_none().then(|| view! { <GateNotice failures=failures.clone() /> });
        let none = turns.is_empty().then(|| view! { <p class="muted">"It has no turns."</p> });
        view! {
            {notice}
            {none}
            <Turns turns=turns failures=failures findings=findings beneath=beneath />
        }
    }
}

/// What the score is made of.
#[component]
fn Worth(page: Page) -> impl IntoView {
    let metrics = Memo::new(move |_| page.now.with(|now| now.quality_metrics));
    move || {
        let metrics = metrics.get()?;
        Some(view! {
            <Card id="conversation-quality" title="Quality">
                <Metrics metrics=metrics />
            </Card>
        })
    }
}
