//! For somebody without an organization: what it is for, and how to have one.

use crate::{
    api::organization::{MakeOrganization, OrganizationRequest},
    domain::{account::OrganizationName, field_error::FieldErrors},
    ui::{
        client::{rest::Call, visit},
        components::{Button, ButtonVariant, Card, EmptyState, IconName, LinkButton, TextField},
        form::{FetchForm, FormState},
    },
};
use leptos::prelude::*;

/// Says that there is none, and makes one.
#[component]
pub fn FoundOrganization() -> impl IntoView {
    let form = FormState::new("found-organization", &["name"]);
    let submit = move |()| {
        let name = form.typed("organization_name");
        let mut errors = FieldErrors::default();
        errors.keep("name", OrganizationName::parse(&name));
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let call = Call::<MakeOrganization>::new((), &OrganizationRequest { name });
        form.send(call, |_| visit::go("/organization/members"));
    };
    view! {
        <Card>
            <EmptyState
                icon=IconName::Building
                title="You do not belong to an organization"
                text="An organization shares defaults among its members. An owner or admin of one can invite you by your e-mail address, or you make your own."
                actions=|| view! { <LinkButton href="/invitations">"Your invitations"</LinkButton> }
            />
        </Card>
        <Card id="found" title="Make an organization" hint="You will be its owner.">
            <FetchForm form=form on_send=submit>
                <TextField
                    id="organization-name"
                    name="organization_name"
                    label="Name"
                    placeholder="Annotation team"
                    autocomplete="organization"
                    error=form.error("name")
                />
                <div class="button-row">
                    <Button kind="submit" variant=ButtonVariant::Primary busy=form.busy>
                        "Make organization"
                    </Button>
                </div>
            </FetchForm>
        </Card>
    }
}
