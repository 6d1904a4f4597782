//! The bar at the foot while something is selected.

use super::{Act, Bulk};
use crate::{
    api::{conversations::load_conversations, error::ApiError},
    domain::{
        conversations::{ConversationQuery, Count},
        money::grouped,
        reviews::Decision,
    },
    ui::{
        client::toasts::use_toasts,
        components::{Button, ButtonVariant, MenuAction, RowMenu, Tone, parts},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What is done less often.
const MORE: [Act; 6] = [
    Act::Decide(Decision::Rejected),
    Act::Decide(Decision::NeedsRevision),
    Act::Tag,
    Act::Rerate,
    Act::Revise,
    Act::Delete,
];

fn number(count: impl ToString) -> String {
    grouped(&count.to_string())
}

#[component]
pub fn SelectionBar(bulk: Bulk, #[prop(into)] on_export: Callback<()>) -> impl IntoView {
    let selection = bulk.selection;
    let busy = Signal::derive(move || bulk.quick.with(Option::is_some));
    let words = move || match selection.all() {
        Some(1) => "The one that matches is selected".to_owned(),
        Some(count) => format!("All {} that match are selected", number(count)),
        None => format!("{} selected", number(selection.rows())),
    };
    let kinds = Memo::new(move |_| selection.kinds());
    let button = move |act: Act, variant: ButtonVariant| {
        view! {
            <Button variant=variant busy=busy on_press=move |()| bulk.want(act)>
                {act.label()}
            </Button>
        }
    };
    let approves = Memo::new(move |_| kinds.get().present);
    let approve = move || {
        let act = Act::Decide(Decision::Approved);
        approves.get().then(|| button(act, ButtonVariant::Primary))
    };
    let brings = Memo::new(move |_| kinds.get().archived);
    let bring = move || brings.get().then(|| button(Act::Unarchive, ButtonVariant::Secondary));
    let archive = move || approves.get().then(|| button(Act::Archive, ButtonVariant::Secondary));
    let item = move |act: Act| {
        view! { <MenuAction label=act.label() on_press=Callback::new(move |()| bulk.want(act)) /> }
    };
    let shown = Memo::new(move |_| !selection.is_empty());
    move || {
        shown.get().then(|| {
            view! {
                <div class="save-bar" role="region" aria-label="Selected conversations">
                    <p>
                        <span role="status">{words}</span>
                        " "
                        <SelectAll bulk=bulk />
                    </p>
                    <div class="button-row">
                        <Button
                            variant=ButtonVariant::Ghost
                            disabled=busy
                            on_press=move |()| selection.clear()
                        >
                            "Clear selection"
                        </Button>
                        {approve}
                        {bring}
                        {archive}
                        <Button on_press=on_export>"Export…"</Button>
                        <RowMenu
                            id="bulk-more".to_owned()
                            name="the selected conversations".to_owned()
                            label="More"
                        >
                            {parts(MORE.map(item))}
                        </RowMenu>
                    </div>
                </div>
            }
        })
    }
}

/// With the whole page selected, the way to all that match, if there are more.
#[component]
fn SelectAll(bulk: Bulk) -> impl IntoView {
    let selection = bulk.selection;
    let offered = Memo::new(move |_| {
        let count = selection.matching.get();
        let rows = i64::try_from(selection.rows()).unwrap_or(i64::MAX);
        let is_more = count.is_more || count.count > rows;
        (selection.all().is_none() && selection.of_page().1 && is_more).then_some(count)
    });
    move || offered.get().map(|count| view! { <Offer count=count bulk=bulk /> })
}

#[component]
fn Offer(count: Count, bulk: Bulk) -> impl IntoView {
    let selection = bulk.selection;
    let toasts = use_toasts();
    // How many exactly; asked for as soon as it is offered.
    let exact = RwSignal::new((!count.is_more).then_some(count.count));
    let filters = selection.filters;
    if count.is_more {
        Effect::new(move |_| {
            let list = filters.with_untracked(|filters| filters.query());
            spawn_local(async move {
                let query = ConversationQuery { exact: true, limit: Some(1), ..list };
                match load_conversations(query).await {
                    Ok(page) => {
                        exact.try_set(Some(page.count.count));
                    }
                    Err(ApiError { error, .. }) => toasts.show(Tone::Danger, error),
                }
            });
        });
    }
    let label = move || match exact.get() {
        Some(count) => format!("Select all {} that match", number(count)),
        None => "Counting all that match…".to_owned(),
    };
    let press = move |()| {
        if let Some(count) = exact.get_untracked() {
            selection.select_all(count);
        }
    };
    view! {
        <Button
            variant=ButtonVariant::Ghost
            small=true
            busy=Signal::derive(move || exact.with(Option::is_none))
            on_press=press
        >
            {label}
        </Button>
    }
    .into_any()
}
