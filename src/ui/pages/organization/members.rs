//! Who belongs to the organization, and as what.

mod dialogs;
mod invite;
mod listing;
mod pending;
mod row;
mod table;

use super::{Mine, leave::LeaveCard, rename::RenameCard};
use crate::{
    api::organization::load_members,
    ui::components::{Card, EmptyState, ErrorState, IconName, Skeleton},
};
use invite::InviteCard;
use leptos::prelude::*;
use pending::PendingCard;
use table::MemberTable;

/// The members, for those who may see them; for everybody the way out.
#[component]
pub fn MembersTab(mine: Mine) -> impl IntoView {
    if !mine.manages() {
        return view! {
            <Card>
                <EmptyState
                    icon=IconName::Shield
                    title="Only owners and admins see the list of members"
                    text="Ask one of them if somebody is to be invited or removed."
                />
            </Card>
            <LeaveCard mine=mine />
        }
        .into_any();
    }
    let organization = mine.organization.id;
    let invited = RwSignal::new(0_u32);
    let members = Resource::new(|| (), move |()| load_members(organization));
    let for_table = StoredValue::new(mine.clone());
    let (for_invite, for_pending, for_name) = (mine.clone(), mine.clone(), mine.clone());
    let listed = move || {
        Suspend::new(async move {
            match members.await {
                Ok(list) => {
                    view! { <MemberTable mine=for_table.get_value() list=RwSignal::new(list.members) /> }
                        .into_any()
                }
                Err(error) => {
                    let retry = move |()| members.refetch();
                    view! { <ErrorState message=error.error request_id=error.request_id on_retry=retry /> }.into_any()
                }
            }
        })
    };
    view! {
        <Card id="members" title="Members" flush=true>
            <Transition fallback=|| view! { <Skeleton label="Loading the members" lines=6 /> }>{listed}</Transition>
        </Card>
        <InviteCard mine=for_invite on_invited=move |()| invited.update(|count| *count += 1) />
        <PendingCard mine=for_pending changed=invited />
        <RenameCard mine=for_name />
        <LeaveCard mine=mine />
    }
    .into_any()
}
