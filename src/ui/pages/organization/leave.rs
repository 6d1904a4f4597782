//! The way out of the organization.

use super::Mine;
use crate::{
    api::{operation::Nothing, organization::RemoveMember},
    ui::{
        call_dialog::CallDialog,
        client::{rest::Call, visit},
        components::{Button, ButtonVariant, Card, IconName},
    },
};
use leptos::prelude::*;

/// The way out.
#[component]
pub fn LeaveCard(mine: Mine) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = format!("Leave {}?", mine.organization.name);
    let own = (mine.organization.id, mine.user.id);
    let call = move |()| Call::<RemoveMember>::new(own, &Nothing {});
    view! {
        <Card
            id="leave"
            title="Leave the organization"
            hint="Its defaults no longer apply to you. Your own choices stay."
        >
            <Button icon=IconName::SignOut variant=ButtonVariant::Danger on_press=move |()| open.set(true)>
                "Leave…"
            </Button>
        </Card>
        <CallDialog
            id="leave-dialog"
            title=title
            open=open
            confirm="Leave"
            target=mine.organization.name.clone()
            call=call
            on_done=|_| visit::go("/organization/members")
            danger=true
        >
            <p>
                "What you generated as a member stays with the organization; you can still read your own. To come back, you need an invitation."
            </p>
        </CallDialog>
    }
}
