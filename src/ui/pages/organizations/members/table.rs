//! The table of members.

use super::{
    super::Mine,
    dialogs::{OwnRoleDialog, RemoveDialog, change_call},
    listing::{Column, Listing, Part},
    row::{MemberRow, Wish},
};
use crate::{
    domain::organizations::{MemberView, OrganizationRole},
    ui::{
        call_dialog::Question,
        client::{news::use_notified, preferences::use_preferences, toasts::use_toasts},
        components::{Head, Pager, Table, Tone},
        page_query::use_page_query,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The members, sorted and paged as the address asks.
#[component]
pub fn MemberTable(mine: Mine, list: RwSignal<Vec<MemberView>>) -> impl IntoView {
    let query = use_page_query();
    let preferences = use_preferences();
    let listing = Memo::new(move |_| query.with(Listing::read));
    let part = Memo::new(move |_| {
        let rows = preferences.applied.with(|applied| applied.rows_per_page);
        list.with(|list| listing.get().part(list, usize::from(rows)))
    });
    let (removing, demoting) = (Question::default(), Question::default());
    let (toasts, notified) = (use_toasts(), use_notified());
    let me = mine.user.id;
    let mine = StoredValue::new(mine);
    let change = move |id: Uuid, to: OrganizationRole| {
        let set = move |to| {
            list.update(|list| {
                list.iter_mut().filter(|it| it.user_id == id).for_each(|it| it.role = to)
            })
        };
        let Some(before) =
            list.with_untracked(|list| list.iter().find(|it| it.user_id == id).map(|it| it.role))
        else {
            return;
        };
        set(to);
        spawn_local(async move {
            match change_call(&mine.get_value(), id, to).send().await {
                Ok(_) => {
                    // Who may leave depends on it.
                    notified.look_again();
                    toasts.show(Tone::Success, format!("Saved: {} now.", to.with_article()));
                }
                Err(error) => {
                    set(before);
                    // Most likely somebody else changed the member, or they are gone.
                    notified.look_again();
                    toasts.show(Tone::Danger, error.error);
                }
            }
        });
    };
    let wished = move |wish: Wish| match wish {
        Wish::Change(id, to) if id == me => demoting.ask(to),
        Wish::Change(id, to) => change(id, to),
        Wish::Remove(member) => removing.ask(member),
    };
    let head = move |label: &'static str, column: Column| Head::Sorted {
        label,
        href: Signal::derive(move || listing.get().sorted_by(column)),
        sorted: Signal::derive(move || listing.get().order_of(column)),
        number: false,
    };
    let heads = [
        head("Name", Column::Name),
        head("E-mail", Column::Email),
        head("Role", Column::Role),
        head("Joined", Column::Joined),
        Head::Hidden("Remove"),
    ];
    let pages = move || {
        let (listing, part) = (listing.get(), part.get());
        view! { <MemberPager listing=listing part=part /> }
    };
    view! {
        <Table label="Member list" heads=heads>
            <For each=move || part.get().members key=|member| member.user_id let:member>
                <MemberRow mine=mine.get_value() member=member list=list on_wish=wished />
            </For>
        </Table>
        {pages}
        <RemoveDialog mine=mine removing=removing list=list />
        <OwnRoleDialog mine=mine demoting=demoting />
    }
}

/// Which rows are shown, and the way to the others.
#[component]
fn MemberPager(listing: Listing, part: Part) -> impl IntoView {
    let position = match part.members.len() {
        0 => "Nobody".to_owned(),
        shown => format!("{}–{} of {}", part.first + 1, part.first + shown, part.total),
    };
    let previous = (part.page > 1).then(|| ("Previous", listing.on_page(part.page - 1)));
    let next = (part.page < part.pages).then(|| ("Next", listing.on_page(part.page + 1)));
    view! { <Pager position=Some(position) before=previous after=next /> }
}
