//! For somebody without an organization: what it is for, and how to have one.

use super::typed_name;
use crate::{
    api::organizations::{
        MakeOrganization, OrganizationRequest, invitations::load_own_invitations,
    },
    domain::organizations::{OwnInvitation, OwnInvitationsAnswer},
    ui::{
        client::{news::use_notified, resource::resource, rest::Call, visit},
        components::{Banner, Card, EmptyState, IconName, LinkButton, TextField, Tone},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::prelude::*;

/// Says that there is none, and makes one.
#[component]
pub fn FoundOrganization() -> impl IntoView {
    let form = FormState::new("found-organization", &["name"]);
    let submit = move |()| {
        let Some(name) = typed_name(form) else { return };
        let call = Call::<MakeOrganization>::new((), &OrganizationRequest { name });
        form.send(call, |_| visit::go("/organization/members"));
    };
    view! {
        <Invited />
        <Card>
            <EmptyState
                icon=IconName::Building
                title="You are not in an organization"
                text="Members of an organization share its defaults. An owner or admin can invite \
                you by your e-mail address, or you can create your own."
                actions=|| view! { <LinkButton href="/invitations">"Your invitations"</LinkButton> }
            />
        </Card>
        <Card id="found" title="Create an organization" hint="You will be its owner.">
            <FetchForm form=form on_send=submit>
                <TextField
                    id="organization-name"
                    name="organization_name"
                    label="Name"
                    placeholder="Annotation team"
                    autocomplete="organization"
                    error=form.error("name")
                />
                <FormButtons form=form goes=true>
                    "Create organization"
                </FormButtons>
            </FetchForm>
        </Card>
    }
}

/// The invitations that wait for an answer, if any do: most likely why somebody came.
#[component]
fn Invited() -> impl IntoView {
    let following = use_notified().following();
    let invited = resource(|| (), |()| load_own_invitations(None));
    let banner = move || {
        Suspend::new(async move {
            // Without an answer the link below leads on.
            let invitations = RwSignal::new(invited.await.unwrap_or_default().invitations);
            following.read_again(
                || load_own_invitations(None),
                move |read: OwnInvitationsAnswer| invitations.set(read.invitations),
            );
            move || {
                invitations.with(|invitations| sentence(invitations)).map(|sentence| {
                    let action = || {
                        view! {
                            <LinkButton href="/invitations" small=true>
                                "Read and answer"
                            </LinkButton>
                        }
                    };
                    view! {
                        <Banner tone=Tone::Info action=action>
                            {sentence}
                        </Banner>
                    }
                })
            }
        })
    };
    view! { <Transition>{banner}</Transition> }
}

/// Who invites; nothing when nobody does.
fn sentence(invitations: &[OwnInvitation]) -> Option<String> {
    match invitations {
        [] => None,
        [one] => Some(format!(
            "1 invitation is waiting for your answer: {} invites you to “{}”.",
            one.invited_by, one.organization
        )),
        several => Some(format!("{} invitations are waiting for your answer.", several.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organizations::OrganizationRole;
    use chrono::Utc;
    use uuid::Uuid;

    #[test]
    fn who_was_invited_reads_by_whom_or_how_often() {
        let one = || OwnInvitation {
            id: Uuid::nil(),
            organization: "Team".into(),
            role: OrganizationRole::Member,
            invited_by: "Anna Long".into(),
            invited_by_email: "anna@example.com".into(),
            invited_at: Utc::now(),
            expires_at: Utc::now(),
        };
        assert_eq!(sentence(&[]), None);
        assert_eq!(
            sentence(&[one()]).unwrap(),
            "1 invitation is waiting for your answer: Anna Long invites you to “Team”."
        );
        assert_eq!(
            sentence(&[one(), one()]).unwrap(),
            "2 invitations are waiting for your answer."
        );
    }
}
