//! The invitations that wait for an answer.

use super::super::Mine;
use crate::{
    api::{
        invitations::{WithdrawInvitation, load_invitations},
        operation::Nothing,
    },
    domain::account::InvitationView,
    ui::{
        client::{rest::Call, toasts::use_toasts},
        components::{Button, Card, ErrorState, Icon, IconName, Skeleton, Tone},
        form::focus,
        moment::{Day, Moment},
        words::role,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Who is invited. `changed` counts the invitations that were made on this page.
#[component]
pub fn PendingCard(mine: Mine, changed: RwSignal<u32>) -> impl IntoView {
    let organization = mine.organization.id;
    let pending = Resource::new(move || changed.get(), move |_| load_invitations(organization));
    let mine = StoredValue::new(mine);
    let listed = move || {
        Suspend::new(async move {
            match pending.await {
                Ok(answer) => {
                    let list = RwSignal::new(answer.invitations);
                    view! { <PendingList mine=mine list=list /> }.into_any()
                }
                Err(error) => {
                    let retry = move |()| pending.refetch();
                    let id = error.request_id;
                    view! { <ErrorState message=error.error request_id=id on_retry=retry /> }
                        .into_any()
                }
            }
        })
    };
    view! {
        <Card id="invitations" title="Pending invitations" flush=true>
            <Transition fallback=|| {
                view! { <Skeleton label="Loading the invitations" /> }
            }>{listed}</Transition>
        </Card>
    }
}

#[component]
fn PendingList(mine: StoredValue<Mine>, list: RwSignal<Vec<InvitationView>>) -> impl IntoView {
    let toasts = use_toasts();
    let withdrawing = RwSignal::new(None::<Uuid>);
    let withdraw = move |invitation: InvitationView| {
        withdrawing.set(Some(invitation.id));
        let organization = mine.with_value(|mine| mine.organization.id);
        let at = (organization, invitation.id);
        spawn_local(async move {
            match Call::<WithdrawInvitation>::new(at, &Nothing {}).send().await {
                Ok(_) => {
                    list.update(|list| list.retain(|it| it.id != invitation.id));
                    focus("#invited-email");
                    toasts.show(
                        Tone::Success,
                        format!("Withdrawn: {} can no longer accept.", invitation.email),
                    );
                }
                Err(error) => toasts.show(Tone::Danger, error.error),
            }
            withdrawing.set(None);
        });
    };
    view! {
        <Show when=move || list.with(Vec::is_empty)>
            <p class="item item-hint">"Nobody's answer is waited for."</p>
        </Show>
        <ul class="item-list">
            <For each=move || list.get() key=|invitation| invitation.id let:invitation>
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
                "Withdraw" <span class="visually-hidden">" the invitation of " {name}</span>
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
                    {role(it.role).title}
                    {it.invited_by.map(|name| format!(" · invited by {name} "))}
                    <Moment time=it.invited_at /> " · until " <Day time=it.expires_at />
                </p>
            </div>
            <div class="item-actions">{action}</div>
        </li>
    }
}
