//! The table of conversations. Filters, order and page stand in its address.

mod asked;
mod bulk;
mod chips;
mod columns;
mod defaults;
mod facets;
mod filters;
mod fresh;
mod left;
mod selection;
mod stored;
mod table;
mod views;

use crate::{
    api::conversations::load_conversations,
    domain::{
        accounts::Role,
        conversations::{ConversationPage, ConversationQuery, Count},
    },
    ui::{
        client::{
            boot::use_user, preferences::use_rows_per_page, resource::resource,
            shortcuts::use_shortcuts,
        },
        components::{
            Button, ButtonVariant, Card, EmptyState, IconName, LinkButton, PageHeader, PageTitle,
            Pager,
        },
        export::{ExportPlace, Exporting, Subject},
        loaded::Loaded,
    },
};
use asked::{Asked, PAGE};
use bulk::{Bulk, BulkPlace, RecentButton, SelectionBar};
use chips::Chips;
use columns::{Columns, ColumnsMenu};
use defaults::use_defaults;
use facets::Facets;
use filters::Filters;
use fresh::{Fresh, NewRows};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use selection::{Selection, Target};
use table::ConversationTable;
use views::{Views, ViewsButton, ViewsPlace};

/// What the address of the table asks for; the last of it while the page is being left for one of
/// the conversations, whose address says nothing about the table.
fn use_table() -> Memo<Asked> {
    let location = use_location();
    Memo::new(move |before: Option<&Asked>| {
        let query = location.query.get();
        let stays = location.pathname.with(|path| path.trim_end_matches('/') == PAGE);
        before.filter(|_| !stays).cloned().unwrap_or_else(|| Asked::read(&query))
    })
}

#[component]
pub fn ConversationList() -> impl IntoView {
    let (asked, limit) = (use_table(), use_rows_per_page());
    let (selection, columns) = (Selection::new(asked), Columns::new());
    let (bulk, exporting) = (Bulk::new(selection), Exporting::provide());
    let views = Views::new(asked, columns);
    let fresh = Fresh::new(asked, bulk.done);
    let facets = Facets::new(asked, bulk.done);
    let defaults = use_defaults(asked);
    let read = resource(
        move || (asked.get(), limit.get(), bulk.done.get()),
        |(asked, limit, _)| async move {
            let query = ConversationQuery { limit: Some(limit), ..asked.query() };
            let page = load_conversations(query.clone()).await;
            match page {
                // A place that is none, or one of another order: from the beginning then.
                Err(error) if error.status == 400 && asked.is_behind() => {
                    let first = ConversationQuery { after: None, before: None, ..query };
                    load_conversations(first).await
                }
                page => page,
            }
        },
    );
    let body = NodeRef::<html::Tbody>::new();
    let shortcuts = use_shortcuts();
    let step = move |forward: bool| {
        if let Some(body) = body.get_untracked() {
            left::step(&body, forward);
        }
    };
    shortcuts.on("nextItem", move || step(true));
    shortcuts.on("previousItem", move || step(false));
    let export_all = move || {
        let filters = selection.filters.with_untracked(|filters| stored::query(filters, false));
        exporting.ask(Subject::Query(filters));
    };
    shortcuts.on("export", move || match untrack(|| selection.is_empty()) {
        true => export_all(),
        false => export_selected(selection, exporting),
    });
    let listed = move |page: ConversationPage| {
        let asked = asked.get_untracked();
        fresh.shown(&page);
        view! { <Listed page=page asked=asked columns=columns selection=selection body=body /> }
    };
    view! {
        <PageTitle text="Conversations" />
        <PageHeader
            title="Conversations"
            actions=move || {
                view! {
                    <ViewsButton views=views />
                    <ColumnsMenu columns=columns />
                    <span data-needs-script="">
                        <Button
                            small=true
                            icon=IconName::Download
                            on_press=move |()| export_all()
                        >
                            "Export…"
                        </Button>
                    </span>
                    <LinkButton
                        href="/generate"
                        variant=ButtonVariant::Primary
                        small=true
                        icon=IconName::Spark
                    >
                        "Generate"
                    </LinkButton>
                }
            }
        />
        <Filters asked=asked facets=facets />
        <Chips asked=asked defaults=defaults facets=facets />
        <BulkPlace bulk=bulk />
        <ExportPlace exporting=exporting />
        <ViewsPlace views=views />
        <NewRows fresh=fresh />
        <Card id="conversations" flush=true>
            <Loaded read=read label="Loading the conversations" lines=9 children=listed />
        </Card>
        <RecentButton bulk=bulk />
        <SelectionBar
            bulk=bulk
            on_export=move |()| export_selected(selection, exporting)
        />
    }
}

fn export_selected(selection: Selection, exporting: Exporting) {
    exporting.ask(match selection.target(|_| true) {
        Target::Rows(rows) => Subject::Rows(rows),
        Target::Query(query) => Subject::Query(query),
    });
}

/// One page of the list, and the way to the others.
#[component]
fn Listed(
    page: ConversationPage,
    asked: Asked,
    columns: Columns,
    selection: Selection,
    body: NodeRef<html::Tbody>,
) -> impl IntoView {
    let ConversationPage { conversations, next_after, previous_before, count } = page;
    let shown = conversations.clone();
    Effect::new(move |before: Option<()>| {
        selection.show(&shown, count);
        if before.is_none() {
            // Not before the rows are in the page.
            request_animation_frame(left::give_back);
        }
    });
    let link = |label: &'static str, name: &'static str, place: Option<String>| {
        Some((label, asked.with(name, &place?).address()))
    };
    let before = link("Previous", "before", previous_before);
    let after = link("Next", "after", next_after);
    let count_all = count.is_more.then(|| {
        let href = asked.with("exact", "true").address();
        view! {
            <p class="conversation-count">
                <a href=href>"Count all"</a>
            </p>
        }
    });
    let list = if conversations.is_empty() {
        view! { <Nothing asked=asked count=count /> }.into_any()
    } else {
        view! {
            <ConversationTable
                conversations=conversations
                asked=asked
                columns=columns
                selection=selection
                body=body
            />
        }
        .into_any()
    };
    let position = (count.count > 0).then(|| counted(count));
    view! {
        {list}
        <Pager label="Pages of conversations" position=position before=before after=after />
        {count_all}
    }
    .into_any()
}

fn counted(count: Count) -> String {
    match count {
        Count { count: 1, is_more: false } => "1 conversation".to_owned(),
        count => format!("{} conversations", count.text()),
    }
}

/// Why there is no row, and what to do about it.
#[component]
fn Nothing(asked: Asked, count: Count) -> impl IntoView {
    if asked.is_behind() && count.count > 0 {
        let first = asked.with("after", "").with("before", "").address();
        return view! {
            <EmptyState
                icon=IconName::Chat
                title="Nothing on this page"
                text="The list is shorter."
                actions=move || view! { <LinkButton href=first>"First page"</LinkButton> }
            />
        }
        .into_any();
    }
    if asked.is_filtered() {
        let everything = asked.unfiltered().address();
        return view! {
            <EmptyState
                icon=IconName::Search
                title="No matching conversations"
                text="No conversation matches all filters."
                actions=move || view! { <LinkButton href=everything>"Clear filters"</LinkButton> }
            />
        }
        .into_any();
    }
    let is_administrator = use_user()
        .with_untracked(|user| user.as_ref().is_some_and(|user| user.role == Role::Admin));
    let keys = is_administrator
        .then(|| view! { <LinkButton href="/ai/keys" icon=IconName::Key>"API keys"</LinkButton> });
    let archived = asked.with("status", "archived").address();
    view! {
        <EmptyState
            icon=IconName::Chat
            title="No conversations yet"
            text="Conversations that you and your organization make appear here."
            actions=move || {
                view! {
                    <LinkButton
                        href="/generate"
                        variant=ButtonVariant::Primary
                        icon=IconName::Spark
                    >
                        "Generate a conversation"
                    </LinkButton>
                    {keys}
                    <LinkButton href=archived variant=ButtonVariant::Ghost>
                        "Archived conversations"
                    </LinkButton>
                }
            }
        />
    }
    .into_any()
}
