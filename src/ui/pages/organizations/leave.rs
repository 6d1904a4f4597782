//! The way out of the organization.

use super::Mine;
use crate::{
    api::{
        operation::Nothing,
        organizations::{LeaveQuery, RemoveMember},
    },
    domain::organizations::{Leaving, OwnOrganizationAnswer},
    ui::{
        call_dialog::CallDialog,
        client::{news::use_notified, rest::Call, visit},
        components::{Button, Card, IconName},
    },
};
use leptos::prelude::*;

/// What leaving means for the last member.
const CLOSES: &str = "You are the last member, so the organization is closed. Its defaults, AI \
    configurations, ceilings, keys and invitations are deleted. This cannot be undone. \
    Conversations stay with those who generated them; billing records and history are kept.";
/// And for one among others.
const GOES_ON: &str = "What you generated as a member stays with the organization; you can still \
    read your own. You need an invitation to rejoin.";

/// The way out. Who leaves last closes the organization, and is asked for that.
#[component]
pub fn LeaveCard(mine: Mine, about: RwSignal<OwnOrganizationAnswer>) -> impl IntoView {
    let notified = use_notified();
    let open = RwSignal::new(false);
    let leaving = Memo::new(move |_| about.with(|about| about.leaving));
    let closes = move || leaving.get() == Leaving::Closes;
    let name = Signal::derive(move || about.with(|about| about.organization.name.clone()));
    let title = Signal::derive(move || {
        let verb = if closes() { "Leave and close" } else { "Leave" };
        format!("{verb} {}?", name.get())
    });
    let own = (mine.organization.id, mine.user.id);
    let call = move |()| {
        let agreed = LeaveQuery { closes: leaving.get_untracked() == Leaving::Closes };
        Call::<RemoveMember>::asking(own, &agreed, &Nothing {})
    };
    let press = move |()| {
        // Others may have come or gone of whom nobody was told: the question says what stands.
        notified.look_again();
        open.set(true);
    };
    let way_out = move || match leaving.get() {
        Leaving::NeedsOwner => view! {
            <p>
                "You are the only owner. Make another member an owner in the list above before you \
                    leave."
            </p>
        }
        .into_any(),
        Leaving::GoesOn | Leaving::Closes => view! {
            <Button icon=IconName::SignOut on_press=press>
                "Leave…"
            </Button>
        }
        .into_any(),
    };
    view! {
        <Card
            id="leave"
            title="Leave the organization"
            hint="Its defaults no longer apply to you. Your own settings are kept."
        >
            {way_out}
        </Card>
        <CallDialog
            id="leave-dialog"
            title=title
            open=open
            confirm=Signal::derive(move || {
                if closes() { "Leave and close" } else { "Leave" }.to_owned()
            })
            target=name
            call=call
            on_done=|_| visit::go("/organization/members")
            danger=true
        >
            <p>{move || { if closes() { CLOSES } else { GOES_ON } }}</p>
        </CallDialog>
    }
}
