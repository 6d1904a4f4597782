//! Another name for the organization.

use super::{Mine, typed_name};
use crate::{
    api::organizations::{OrganizationRequest, RenameOrganization},
    domain::accounts::PublicUser,
    ui::{
        client::{boot::use_user_update, rest::Call},
        components::{ButtonVariant, Card, TextField},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::prelude::*;

/// Gives the organization another name.
#[component]
pub fn RenameCard(mine: Mine) -> impl IntoView {
    let update = use_user_update();
    let form = FormState::new("rename-organization", &["name"]);
    let before = mine.organization.name.clone();
    let mine = StoredValue::new(mine);
    let submit = move |()| {
        let Some(name) = typed_name(form) else { return };
        let Mine { user, organization } = mine.get_value();
        let call = Call::<RenameOrganization>::new(organization.id, &OrganizationRequest { name });
        form.send(call, move |answer| {
            update(PublicUser { organization: Some(answer.organization), ..user });
            form.done("Renamed.");
        });
    };
    view! {
        <Card id="organization-name-card" title="Name">
            <FetchForm form=form on_send=submit>
                <TextField
                    id="organization-name"
                    name="organization_name"
                    label="Name of the organization"
                    autocomplete="organization"
                    value=before
                    error=form.error("name")
                />
                <FormButtons form=form variant=ButtonVariant::Secondary>
                    "Rename"
                </FormButtons>
            </FetchForm>
        </Card>
    }
}
