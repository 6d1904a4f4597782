//! `/invitations`: where somebody who was invited says yes or no, and reads first what it means.
//! Works without a script.

mod answer;

use crate::{
    api::organizations::invitations::load_own_invitations,
    domain::organizations::{
        Leaving, Membership, OrganizationRole, OwnInvitation, OwnInvitationsAnswer,
    },
    ui::{
        client::{boot::use_user, news::use_notified, resource::resource},
        components::{Card, EmptyState, IconName, PageHeader, PageTitle},
        form::{FormAlert, FormDoneBefore, FormState},
        loaded::Loaded,
        moment::Day,
    },
};
use answer::Answer;
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

/// The page, loaded when it is visited.
pub struct InvitationsPage;

#[lazy_route]
impl LazyRoute for InvitationsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Invitations />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Invitations() -> impl IntoView {
    // From the mailed link. It stands in the address until the invitation is answered.
    let token = use_query_map().with_untracked(|query| query.get("token"));
    let asked = token.clone();
    let following = use_notified().following();
    let invited = resource(|| (), move |()| load_own_invitations(asked.clone()));
    let token = StoredValue::new(token);
    // What was wrong with an answer to an invitation that is not shown any more.
    let late = FormState::new("invitations", &[]);
    let listed = move |read: OwnInvitationsAnswer| {
        let token = token.get_value();
        let again = token.clone();
        let invited = RwSignal::new(read);
        following.read_again(
            move || load_own_invitations(again.clone()),
            move |read: OwnInvitationsAnswer| invited.set(read),
        );
        view! { <Waiting invited=invited token=token late=late /> }
    };
    view! {
        <PageTitle text="Invitations" />
        <PageHeader
            title="Invitations"
            hint="Organizations that invite you to join. Nothing changes until you accept."
        />
        <FormDoneBefore />
        <FormAlert form=late />
        <Loaded read=invited label="Loading your invitations" lines=6 children=listed />
    }
}

/// An invitation, and what somebody who accepts it leaves.
type Offer = (OwnInvitation, Option<(Membership, Leaving)>);

/// The invitations that wait, as they come and go. One that stays as it is keeps what was ticked.
#[component]
fn Waiting(
    invited: RwSignal<OwnInvitationsAnswer>,
    token: Option<String>,
    late: FormState,
) -> impl IntoView {
    let offers = move || {
        let OwnInvitationsAnswer { invitations, current, leaving } = invited.get();
        let current = current.zip(leaving);
        let offer = move |invitation| -> Offer { (invitation, current.clone()) };
        invitations.into_iter().map(offer).collect::<Vec<_>>()
    };
    let by_link = token.is_some();
    let token = StoredValue::new(token);
    view! {
        <Show when=move || invited.with(|invited| invited.invitations.is_empty())>
            <NoInvitations by_link=by_link />
        </Show>
        <For each=offers key=Clone::clone let:offer>
            <Invitation offer=offer token=token.get_value() late=late />
        </For>
    }
}

#[component]
fn NoInvitations(by_link: bool) -> impl IntoView {
    let address =
        use_user().get_untracked().map_or_else(|| "your e-mail address".into(), |user| user.email);
    let text = if by_link {
        format!(
            "The invitation of this link was answered, withdrawn or has expired, \
             or it is for another address than {address}."
        )
    } else {
        format!(
            "Invitations for {address} appear here. \
             If you received a link by e-mail, open it."
        )
    };
    view! {
        <Card>
            <EmptyState
                icon=IconName::Building
                title="No pending invitations"
                text=text
            />
        </Card>
    }
}

/// One invitation: from whom, what it means, and the answer.
#[component]
fn Invitation(offer: Offer, token: Option<String>, late: FormState) -> impl IntoView {
    let (invitation, current) = offer;
    let OwnInvitation { id, organization, role, invited_by, invited_by_email, expires_at, .. } =
        invitation;
    let hint = format!("{invited_by} ({invited_by_email}) invites you as {}.", role.with_article());
    view! {
        <Card id=format!("invitation-{id}") title=organization.clone() hint=hint>
            <div class="stack">
                <Meaning role=role />
                <p class="item-hint">"This invitation expires on " <Day time=expires_at /> "."</p>
                <Answer id=id organization=organization current=current token=token late=late />
            </div>
        </Card>
    }
}

/// What joining opens to others, and what it does not.
#[component]
fn Meaning(role: OrganizationRole) -> impl IntoView {
    let managing = match role {
        OrganizationRole::Member => None,
        OrganizationRole::Admin => {
            Some("As an admin you invite and remove members and set defaults, budgets and keys.")
        }
        OrganizationRole::Owner => {
            Some("As an owner you decide everything here, also who else is an owner.")
        }
    };
    view! {
        <p>"When you accept:"</p>
        <ul>
            <li>
                "The organization's defaults apply wherever you chose nothing yourself, and its AI "
                "configuration, key, budgets and ceilings to what you generate. Its owners can \
                    stop that."
            </li>
            <li>
                "Its members can read, edit and review the conversations that you generate as a "
                "member, with the instructions that they were made from and what each cost. They "
                "stay with the organization when you leave."
            </li>
            <li>"Its owners and admins see your name, your e-mail address and your role."</li>
            <li>
                "What you generated before, your own settings, configurations, keys and history "
                "stay yours alone."
            </li>
            {managing
                .map(|sentence| {
                    view! {
                        <li>
                            {sentence} " Every member sees your name as that of somebody to ask."
                        </li>
                    }
                })}
        </ul>
        <p>
            "You can leave at any time; the only owner among others has to make another one first."
        </p>
    }
}
