//! What is asked before a member is removed, or gives away their own power.

use super::{super::Mine, table::change_call};
use crate::{
    domain::account::{MemberView, OrganizationRole},
    ui::{
        call_dialog::CallDialog,
        client::{rest::Call, toasts::use_toasts, visit},
        components::Tone,
        form::focus,
        words::role,
    },
};
use leptos::prelude::*;
use serde_json::Value;

/// A question about something, and whether it is being asked.
pub struct Question<T: Send + Sync + 'static> {
    pub about: RwSignal<Option<T>>,
    pub open: RwSignal<bool>,
}

impl<T: Send + Sync + 'static> Clone for Question<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Question<T> {}

impl<T: Clone + Send + Sync + 'static> Question<T> {
    pub fn new() -> Self {
        Self { about: RwSignal::new(None), open: RwSignal::new(false) }
    }

    pub fn ask(self, about: T) {
        self.about.set(Some(about));
        self.open.set(true);
    }

    fn about(self) -> Option<T> {
        self.about.get_untracked()
    }
}

/// Takes somebody out of the organization.
#[component]
pub fn RemoveDialog(
    mine: StoredValue<Mine>,
    removing: Question<MemberView>,
    list: RwSignal<Vec<MemberView>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let title = Signal::derive(move || {
        removing.about.with(|member| {
            member.as_ref().map(|it| format!("Remove {}?", it.display_name)).unwrap_or_default()
        })
    });
    let call = move |()| {
        let id = removing.about().map(|member| member.user_id).unwrap_or_default();
        Call::delete(mine.with_value(|mine| mine.address(&format!("/members/{id}"))))
    };
    let done = move |_: Value| {
        let Some(gone) = removing.about() else { return };
        list.update(|list| list.retain(|member| member.user_id != gone.user_id));
        focus("#members .table-scroll");
        toasts.show(Tone::Success, format!("{} is no longer a member.", gone.display_name));
    };
    view! {
        <CallDialog
            id="remove-member"
            title=title
            open=removing.open
            confirm="Remove"
            call=call
            on_done=done
            danger=true
        >
            <p>"The organization’s defaults no longer apply to them. Their account and their own choices stay."</p>
        </CallDialog>
    }
}

/// Gives oneself another role, which oneself may not be able to take back.
#[component]
pub fn OwnRoleDialog(
    mine: StoredValue<Mine>,
    demoting: Question<OrganizationRole>,
) -> impl IntoView {
    let wanted = move || demoting.about.get().unwrap_or(OrganizationRole::Member);
    let title = Signal::derive(move || format!("Make yourself {}?", role(wanted()).with_article));
    let call = move |()| {
        let to = demoting.about().unwrap_or(OrganizationRole::Member);
        mine.with_value(|mine| change_call(mine, mine.user.id, to))
    };
    let before = mine.with_value(|mine| role(mine.organization.role).with_article);
    view! {
        <CallDialog
            id="own-role"
            title=title
            open=demoting.open
            confirm="Change my role"
            call=call
            on_done=|_: Value| visit::go("/organization/members")
            danger=true
        >
            <p>{format!("You are {before} now. Only somebody else can give that back to you.")}</p>
        </CallDialog>
    }
}
