//! Another name for the organization.

use super::Mine;
use crate::{
    api::organizations::{OrganizationRequest, RenameOrganization},
    domain::{
        accounts::{OrganizationName, PublicUser},
        field_error::FieldErrors,
    },
    ui::{
        client::{boot::use_user_update, rest::Call},
        components::{Button, Card, TextField},
        form::{FetchForm, FormDone, FormState},
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
        let name = form.typed("organization_name");
        let mut errors = FieldErrors::default();
        errors.keep("name", OrganizationName::parse(&name));
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
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
                <div class="button-row">
                    <Button kind="submit" busy=form.busy>
                        "Rename"
                    </Button>
                    <FormDone form=form />
                </div>
            </FetchForm>
        </Card>
    }
}
