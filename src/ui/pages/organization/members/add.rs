//! Adding somebody who has an account.

use super::super::Mine;
use crate::{
    domain::{
        account::{EmailAddress, MemberView, OrganizationRole},
        field_error::FieldErrors,
    },
    ui::{
        client::rest::Call,
        components::{Button, ButtonVariant, Card, Choice, Select, TextField},
        form::{FetchForm, FormDone, FormState},
        words::role,
    },
};
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Answer {
    member: MemberView,
}

/// By e-mail address, with a role.
#[component]
pub fn AddMember(mine: Mine, #[prop(into)] on_added: Callback<()>) -> impl IntoView {
    let form = FormState::new("add-member", &["email", "role"]);
    let wanted = RwSignal::new(OrganizationRole::Member.as_str().to_owned());
    let own = mine.organization.role;
    let address = mine.address("/members");
    let submit = move |()| {
        let email = form.typed("member_email");
        let mut errors = FieldErrors::default();
        errors.keep("email", EmailAddress::parse(&email));
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let call = Call::with(
            "POST",
            address.clone(),
            &json!({"email": email, "role": wanted.get_untracked()}),
        );
        form.send(call, move |answer: Answer| {
            form.reset();
            form.done(format!(
                "Added: {} is {} now.",
                answer.member.display_name,
                role(answer.member.role).with_article
            ));
            on_added.run(());
        });
    };
    let choices = OrganizationRole::ALL
        .into_iter()
        .rev()
        .filter(|role| *role <= own)
        .map(|it| Choice::new(it.as_str(), role(it).title))
        .collect();
    view! {
        <Card
            id="add"
            title="Add a member"
            hint="Somebody who has an account here and belongs to no other organization."
        >
            <FetchForm form=form on_send=submit>
                <TextField
                    id="member-email"
                    name="member_email"
                    label="E-mail"
                    kind="email"
                    placeholder="name@example.com"
                    error=form.error("email")
                />
                <Select
                    id="member-role"
                    label="Role"
                    hint="Admins add and remove members and set the defaults; owners also make owners."
                    choices=choices
                    value=wanted
                    on_change=move |word| wanted.set(word)
                    error=form.error("role")
                />
                <div class="button-row">
                    <Button kind="submit" variant=ButtonVariant::Primary busy=form.busy>
                        "Add member"
                    </Button>
                    <FormDone form=form />
                </div>
            </FetchForm>
        </Card>
    }
}
