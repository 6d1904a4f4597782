//! Inviting somebody by e-mail address.

use super::super::Mine;
use crate::{
    api::organizations::invitations::{InvitationRequest, Invite},
    domain::{
        accounts::EmailAddress,
        field_error::FieldErrors,
        organizations::{INVITATION_DAYS, InvitationView, OrganizationRole},
    },
    ui::{
        client::rest::Call,
        components::{Card, Choice, Select, TextField},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// By e-mail address, with a role. `ended`: the invitations of which it was seen last that they
/// wait no longer.
#[component]
pub fn InviteCard(
    mine: Mine,
    ended: RwSignal<Vec<Uuid>>,
    #[prop(into)] on_invited: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("invite", &["email", "role"]);
    let last = RwSignal::new(None::<Uuid>);
    // Who was invited can accept for as long as nothing is known of an end.
    Effect::new(move |_| {
        let ended = ended.get();
        if last.get_untracked().is_some_and(|last| ended.contains(&last)) {
            form.done("");
        }
    });
    let usual = || OrganizationRole::Member.as_str().to_owned();
    let wanted = RwSignal::new(usual());
    let own = mine.organization.role;
    let organization = mine.organization.id;
    let submit = move |()| {
        let email = form.typed("invited_email");
        let mut errors = FieldErrors::default();
        errors.keep("email", EmailAddress::parse(&email));
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let invitation = InvitationRequest { email, role: wanted.get_untracked().parse().ok() };
        form.send(Call::<Invite>::new(organization, &invitation), move |answer| {
            wanted.set(usual());
            form.reset();
            let InvitationView { id, email, role, .. } = answer.invitation;
            last.set(Some(id));
            form.done(format!("Invited {email} as {}.", role.with_article()));
            let _ = on_invited.try_run(());
        });
    };
    let choices = OrganizationRole::ALL
        .into_iter()
        .filter(|role| *role <= own)
        .map(|it| Choice::new(it.as_str(), it.label()))
        .collect();
    let hint = format!(
        "They join when they accept within {INVITATION_DAYS} days; nothing is shared before. \
         Without an account they sign up with this address first."
    );
    view! {
        <Card id="invite-card" title="Invite a member" hint=hint>
            <FetchForm form=form on_send=submit>
                <TextField
                    id="invited-email"
                    name="invited_email"
                    label="E-mail"
                    kind="email"
                    placeholder="name@example.com"
                    error=form.error("email")
                />
                <Select
                    id="invited-role"
                    label="Role"
                    hint="Admins manage members and defaults. Only owners can invite owners."
                    choices=choices
                    value=wanted
                    on_change=move |word| wanted.set(word)
                    error=form.error("role")
                />
                <FormButtons form=form>"Send invitation"</FormButtons>
            </FetchForm>
        </Card>
    }
}
