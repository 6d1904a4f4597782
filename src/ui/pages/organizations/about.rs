//! What each member may know of the organization: whom to ask, and what follows when they leave.

use super::{Mine, leave::LeaveCard};
use crate::{
    api::organizations::load_organization,
    domain::organizations::{ManagerView, OwnOrganizationAnswer},
    ui::{
        client::{news::use_notified, resource::resource},
        components::{Card, Icon, IconName, rows},
        loaded::Loaded,
    },
};
use leptos::prelude::*;

/// The way out, and before it, for those who do not see the list of members, who decides here.
#[component]
pub fn AboutCards(mine: Mine) -> impl IntoView {
    let organization = mine.organization.id;
    let following = use_notified().following();
    let about = resource(|| (), move |()| load_organization(organization));
    let mine = StoredValue::new(mine);
    let listed = move |read: OwnOrganizationAnswer| {
        let about = RwSignal::new(read);
        following.read_again(
            move || load_organization(organization),
            move |read: OwnOrganizationAnswer| about.set(read),
        );
        let mine = mine.get_value();
        view! {
            {(!mine.manages()).then(|| view! { <Managers about=about /> })}
            <LeaveCard mine=mine about=about />
        }
    };
    view! { <Loaded read=about label="Loading the organization" children=listed /> }
}

#[component]
fn Managers(about: RwSignal<OwnOrganizationAnswer>) -> impl IntoView {
    let managers = move || {
        let managers = about.with(|about| about.managers.clone());
        rows(
            managers,
            |manager| (manager.display_name.clone(), manager.role),
            |manager| view! { <Manager manager=manager /> },
        )
    };
    view! {
        <Card
            id="managers"
            title="Managed by"
            hint="Ask them to invite or remove members. Only owners and admins can see the list \
            of members."
            flush=true
        >
            <ul class="item-list">{managers}</ul>
        </Card>
    }
}

#[component]
fn Manager(manager: ManagerView) -> impl IntoView {
    view! {
        <li class="item">
            <Icon name=IconName::User />
            <div class="item-text">
                <p>
                    <strong>{manager.display_name}</strong>
                </p>
                <p class="item-hint">{manager.role.label()}</p>
            </div>
        </li>
    }
}
