//! What is asked before a member is removed, or gives away their own power.

use super::super::Mine;
use crate::{
    api::{
        operation::{Done, Nothing},
        organizations::{ChangeMember, MemberRequest, RemoveMember},
    },
    domain::organizations::{MemberView, OrganizationRole},
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{news::use_notified, rest::Call, toasts::use_toasts, visit},
        components::Tone,
        form::focus,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// The call that gives somebody another role.
pub fn change_call(mine: &Mine, member: Uuid, role: OrganizationRole) -> Call<ChangeMember> {
    Call::new((mine.organization.id, member), &MemberRequest { role })
}

/// Takes somebody out of the organization.
#[component]
pub fn RemoveDialog(
    mine: StoredValue<Mine>,
    removing: Question<MemberView>,
    list: RwSignal<Vec<MemberView>>,
) -> impl IntoView {
    let (toasts, notified) = (use_toasts(), use_notified());
    let call = move |member: MemberView| {
        let organization = mine.with_value(|mine| mine.organization.id);
        Call::<RemoveMember>::new((organization, member.user_id), &Nothing {})
    };
    let done = move |(gone, _): (MemberView, Done)| {
        list.update(|list| list.retain(|member| member.user_id != gone.user_id));
        // Who may leave depends on it.
        notified.look_again();
        focus("#members .table-scroll");
        toasts.show(Tone::Success, format!("{} is no longer a member.", gone.display_name));
    };
    view! {
        <QuestionDialog
            id="remove-member"
            question=removing
            title=|member| format!("Remove {}?", member.display_name)
            confirm=|_| "Remove".to_owned()
            name=|member| member.display_name.clone()
            call=call
            on_done=done
            danger=true
        >
            <p>
                "The organization’s defaults no longer apply to them. Their account and their own \
                    settings are kept."
            </p>
        </QuestionDialog>
    }
}

/// Gives oneself another role, which oneself may not be able to take back.
#[component]
pub fn OwnRoleDialog(
    mine: StoredValue<Mine>,
    demoting: Question<OrganizationRole>,
) -> impl IntoView {
    let call =
        move |to: OrganizationRole| mine.with_value(|mine| change_call(mine, mine.user.id, to));
    let before = mine.with_value(|mine| mine.organization.role.with_article());
    view! {
        <QuestionDialog
            id="own-role"
            question=demoting
            title=|to| format!("Make yourself {}?", to.with_article())
            confirm=|_| "Change my role".to_owned()
            name=|to| format!("to {}", to.label())
            call=call
            on_done=|_| visit::go("/organization/members")
            danger=true
        >
            <p>{format!("You are {before} now. Only someone else can restore this role.")}</p>
        </QuestionDialog>
    }
}
