//! Who belongs to the organization, and as what.

mod dialogs;
mod invite;
mod listing;
mod pending;
mod row;
mod table;

use super::{Mine, about::AboutCards, rename::RenameCard};
use crate::ui::client::resource::resource;
use crate::{
    api::organizations::{MembersAnswer, load_members},
    ui::{client::news::use_notified, components::Card, loaded::Loaded},
};
use invite::InviteCard;
use leptos::prelude::*;
use pending::PendingCard;
use table::MemberTable;
use uuid::Uuid;

/// The members, for those who may see them; for everybody the way out.
#[component]
pub fn MembersTab(mine: Mine) -> impl IntoView {
    if !mine.manages() {
        return view! { <AboutCards mine=mine /> }.into_any();
    }
    let organization = mine.organization.id;
    let invited = RwSignal::new(0_u32);
    let ended = RwSignal::new(Vec::<Uuid>::new());
    let following = use_notified().following();
    let members = resource(|| (), move |()| load_members(organization));
    let for_table = StoredValue::new(mine.clone());
    let (for_invite, for_pending, for_name) = (mine.clone(), mine.clone(), mine.clone());
    let listed = move |read: MembersAnswer| {
        let list = RwSignal::new(read.members);
        following.read_again(
            move || load_members(organization),
            move |read: MembersAnswer| list.set(read.members),
        );
        view! { <MemberTable mine=for_table.get_value() list=list /> }
    };
    view! {
        <Card id="members" title="Members" flush=true>
            <Loaded read=members label="Loading the members" lines=6 children=listed />
        </Card>
        <InviteCard
            mine=for_invite
            ended=ended
            on_invited=move |()| invited.update(|count| *count += 1)
        />
        <PendingCard mine=for_pending changed=invited ended=ended />
        <RenameCard mine=for_name />
        <AboutCards mine=mine />
    }
    .into_any()
}
