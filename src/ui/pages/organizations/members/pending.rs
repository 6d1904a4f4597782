//! The invitations that wait for an answer.

use super::super::Mine;
use crate::{
    api::{
        operation::Nothing,
        organizations::invitations::{InvitationsAnswer, WithdrawInvitation, load_invitations},
    },
    domain::organizations::InvitationView,
    ui::{
        client::{news::use_notified, resource::resource, rest::Call, toasts::use_toasts},
        components::{Button, Card, Icon, IconName, Tone},
        form::focus,
        loaded::Loaded,
        moment::{Day, Moment},
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Who is invited. `changed` counts the invitations that were made on this page; `ended` receives
/// which ones wait no longer.
#[component]
pub fn PendingCard(
    mine: Mine,
    changed: RwSignal<u32>,
    ended: RwSignal<Vec<Uuid>>,
) -> impl IntoView {
    let organization = mine.organization.id;
    let following = use_notified().following();
    let pending = resource(move || changed.get(), move |_| load_invitations(organization));
    let mine = StoredValue::new(mine);
    let listed = move |answer: InvitationsAnswer| {
        let waiting = Waiting { list: RwSignal::new(answer.invitations), ended };
        following.read_again(
            move || load_invitations(organization),
            move |read: InvitationsAnswer| waiting.are(read.invitations),
        );
        view! { <PendingList mine=mine waiting=waiting /> }
    };
    view! {
        <Card id="invitations" title="Pending invitations" flush=true>
            <Loaded read=pending label="Loading the invitations" children=listed />
        </Card>
    }
}

/// The invitations that wait, as the page knows them. It may be left before an answer arrives.
#[derive(Clone, Copy)]
struct Waiting {
    list: RwSignal<Vec<InvitationView>>,
    ended: RwSignal<Vec<Uuid>>,
}

impl Waiting {
    fn are(self, now: Vec<InvitationView>) {
        let gone = self.list.try_with_untracked(|before| gone(before, &now));
        self.ended.set(gone.unwrap_or_default());
        self.list.set(now);
    }
}

/// Which invitations wait no longer.
fn gone(before: &[InvitationView], now: &[InvitationView]) -> Vec<Uuid> {
    let waits = |id: Uuid| now.iter().any(|invitation| invitation.id == id);
    before.iter().map(|invitation| invitation.id).filter(|id| !waits(*id)).collect()
}

#[component]
fn PendingList(mine: StoredValue<Mine>, waiting: Waiting) -> impl IntoView {
    let list = waiting.list;
    let (toasts, notified) = (use_toasts(), use_notified());
    let withdrawing = RwSignal::new(None::<Uuid>);
    let withdraw = move |invitation: InvitationView| {
        withdrawing.set(Some(invitation.id));
        let organization = mine.with_value(|mine| mine.organization.id);
        let at = (organization, invitation.id);
        spawn_local(async move {
            match Call::<WithdrawInvitation>::new(at, &Nothing {}).send().await {
                Ok(_) => {
                    let mut others = list.try_get_untracked().unwrap_or_default();
                    others.retain(|it| it.id != invitation.id);
                    waiting.are(others);
                    focus("#invited-email");
                    toasts.show(
                        Tone::Success,
                        format!("Withdrawn: {} can no longer accept.", invitation.email),
                    );
                }
                Err(error) => {
                    // Most likely it has ended already.
                    notified.look_again();
                    toasts.show(Tone::Danger, error.error);
                }
            }
            withdrawing.set(None);
        });
    };
    view! {
        <Show when=move || list.with(Vec::is_empty)>
            <p class="item item-hint">"No pending invitations."</p>
        </Show>
        <ul class="item-list">
            <For
                each=move || list.get()
                key=|invitation| (invitation.id, invitation.invited_at)
                let:invitation
            >
                <Pending
                    mine=mine
                    invitation=invitation
                    withdrawing=withdrawing
                    on_withdraw=withdraw
                />
            </For>
        </ul>
    }
}

#[component]
fn Pending(
    mine: StoredValue<Mine>,
    invitation: InvitationView,
    withdrawing: RwSignal<Option<Uuid>>,
    #[prop(into)] on_withdraw: Callback<InvitationView>,
) -> impl IntoView {
    let own = mine.with_value(|mine| mine.organization.role);
    let it = invitation.clone();
    // The name on the button and what it withdraws are one value.
    let action = (invitation.role <= own).then(|| {
        let (id, name) = (invitation.id, invitation.email.clone());
        let busy = Signal::derive(move || withdrawing.get() == Some(id));
        let press = move |()| on_withdraw.run(invitation.clone());
        view! {
            <Button small=true busy=busy on_press=press>
                "Withdraw"
                <span class="visually-hidden">" the invitation of " {name}</span>
            </Button>
        }
    });
    view! {
        <li class="item">
            <Icon name=IconName::User />
            <div class="item-text">
                <p>
                    <strong>{it.email}</strong>
                </p>
                <p class="item-hint">
                    {it.role.label()} {it.invited_by.map(|name| format!(" · invited by {name} "))}
                    <Moment time=it.invited_at /> " · until " <Day time=it.expires_at />
                </p>
            </div>
            <div class="item-actions">{action}</div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organizations::{InvitationState, OrganizationRole};
    use chrono::Utc;

    #[test]
    fn an_invitation_that_is_listed_no_longer_has_ended() {
        let list = |ids: &[u128]| {
            let one = |id: &u128| InvitationView {
                id: Uuid::from_u128(*id),
                email: "ben@example.com".into(),
                role: OrganizationRole::Member,
                state: InvitationState::Pending,
                invited_by: None,
                invited_at: Utc::now(),
                expires_at: Utc::now(),
            };
            ids.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(gone(&list(&[1, 2]), &list(&[2, 3])), [Uuid::from_u128(1)]);
        assert!(gone(&list(&[]), &list(&[1])).is_empty());
    }
}
