//! Who belongs to the organization, and as what.

mod add;
mod dialogs;
mod listing;
mod row;
mod table;

use super::{Mine, leave::LeaveCard, rename::RenameCard};
use crate::{
    api::organization::list_members,
    ui::components::{Card, EmptyState, ErrorState, IconName, Skeleton},
};
use add::AddMember;
use leptos::prelude::*;
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
                    text="Ask one of them if somebody is to be added or removed."
                />
            </Card>
            <LeaveCard mine=mine />
        }
        .into_any();
    }
    let organization = mine.organization.id;
    let changed = RwSignal::new(0_u32);
    let members = Resource::new(move || changed.get(), move |_| list_members(organization));
    let (for_table, for_add, for_name) =
        (StoredValue::new(mine.clone()), mine.clone(), mine.clone());
    let listed = move || {
        Suspend::new(async move {
            match members.await {
                Ok(list) => {
                    view! { <MemberTable mine=for_table.get_value() list=RwSignal::new(list) /> }
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
        <AddMember mine=for_add on_added=move |()| changed.update(|count| *count += 1) />
        <RenameCard mine=for_name />
        <LeaveCard mine=mine />
    }
    .into_any()
}
