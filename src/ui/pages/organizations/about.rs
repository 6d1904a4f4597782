//! What each member may know of the organization: whom to ask, and what follows when they leave.

use super::{Mine, leave::LeaveCard};
use crate::{
    api::organizations::load_organization,
    domain::accounts::{ManagerView, OrganizationView},
    ui::{
        client::news::use_notified,
        components::{Card, ErrorState, Icon, IconName, Skeleton, rows},
        words::role,
    },
};
use leptos::prelude::*;

/// The way out, and before it, for those who do not see the list of members, who decides here.
#[component]
pub fn AboutCards(mine: Mine) -> impl IntoView {
    let organization = mine.organization.id;
    let following = use_notified().following();
    let about = Resource::new(|| (), move |()| load_organization(organization));
    let mine = StoredValue::new(mine);
    let listed = move || {
        Suspend::new(async move {
            match about.await {
                Ok(about) => {
                    let about = RwSignal::new(about);
                    following.read_again(
                        move || load_organization(organization),
                        move |read: OrganizationView| about.set(read),
                    );
                    let mine = mine.get_value();
                    view! {
                        {(!mine.manages()).then(|| view! { <Managers about=about /> })}
                        <LeaveCard mine=mine about=about />
                    }
                    .into_any()
                }
                Err(error) => {
                    let retry = move |()| about.refetch();
                    let id = error.request_id;
                    view! { <ErrorState message=error.error request_id=id on_retry=retry /> }
                        .into_any()
                }
            }
        })
    };
    view! {
        <Transition fallback=|| {
            view! { <Skeleton label="Loading the organization" lines=3 /> }
        }>{listed}</Transition>
    }
}

#[component]
fn Managers(about: RwSignal<OrganizationView>) -> impl IntoView {
    let managers = move || {
        let managers = about.with(|about| about.managers.clone());
        rows(managers, |manager| (manager.display_name.clone(), manager.role), manager_line)
    };
    view! {
        <Card
            id="managers"
            title="Who decides here"
            hint="Ask one of them if somebody is to be invited or removed. Only owners and admins \
                see the list of members."
            flush=true
        >
            <ul class="item-list">{managers}</ul>
        </Card>
    }
}

fn manager_line(manager: ManagerView) -> impl IntoView {
    view! {
        <li class="item">
            <Icon name=IconName::User />
            <div class="item-text">
                <p>
                    <strong>{manager.display_name}</strong>
                </p>
                <p class="item-hint">{role(manager.role).title}</p>
            </div>
        </li>
    }
}
