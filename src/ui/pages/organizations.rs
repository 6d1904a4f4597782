//! `/organization/{tab}`: who belongs to the organization, and what it sets for them.

mod about;
mod conversations;
mod defaults;
mod everyone;
mod found;
pub mod invitations;
mod leave;
mod members;
mod rename;
mod tab;

use crate::{
    domain::{
        accounts::PublicUser, field_error::FieldErrors, names::OrganizationName,
        organizations::Membership,
    },
    ui::{
        client::boot::use_user,
        components::{ErrorState, NeedsScript, PageHeader, PageTitle, TabPage, use_tab},
        form::{FormDoneBefore, FormState},
    },
};
use conversations::ConversationsTab;
use defaults::DefaultsTab;
use found::FoundOrganization;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use members::MembersTab;
pub use tab::OrganizationTab;

/// The page, loaded when it is visited.
pub struct OrganizationPage;

#[lazy_route]
impl LazyRoute for OrganizationPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Organization />
            </div>
        }
        .into_any()
    }
}

const NEEDS_SCRIPT: &str = "Changing anything here requires JavaScript.";

/// Whose page it is: the person, and the organization that they belong to.
#[derive(Clone, Debug, PartialEq)]
struct Mine {
    user: PublicUser,
    organization: Membership,
}

impl Mine {
    fn manages(&self) -> bool {
        self.organization.role.manages()
    }
}

/// The name that stands in a form. One that cannot be is refused there.
fn typed_name(form: FormState) -> Option<String> {
    let name = form.typed("organization_name");
    let mut errors = FieldErrors::default();
    errors.keep("name", OrganizationName::parse(&name));
    let errors = errors.into_vec();
    if !errors.is_empty() {
        form.refuse(errors);
        return None;
    }
    Some(name)
}

#[component]
fn Organization() -> impl IntoView {
    let user = use_user();
    // Which organization it is may change while the page is open: somebody removed the person, or
    // they joined one in another tab.
    let place = Memo::new(move |_| {
        user.with(|user| {
            let own = |user: &PublicUser| user.organization.as_ref().map(|own| own.id);
            user.as_ref().map(own)
        })
    });
    view! {
        <FormDoneBefore />
        {move || match place.get() {
            None => {
                view! {
                    <PageTitle text="Organization" />
                    <ErrorState message="Your account and organization could not be loaded." />
                }
                    .into_any()
            }
            Some(None) => {
                view! {
                    <PageTitle text="Organization" />
                    <PageHeader title="Organization" />
                    <NeedsScript text=NEEDS_SCRIPT />
                    <FoundOrganization />
                }
                    .into_any()
            }
            Some(Some(_)) => view! { <OwnOrganization /> }.into_any(),
        }}
    }
}

/// The organization that the person belongs to, as what they are in it.
#[component]
fn OwnOrganization() -> impl IntoView {
    let user = use_user();
    let role = Memo::new(move |_| {
        user.with(|user| user.as_ref()?.organization.as_ref().map(|own| own.role))
    });
    move || {
        // Drawn anew with another role.
        role.get()?;
        let user = user.get_untracked()?;
        let organization = user.organization.clone()?;
        Some(view! { <Tabs mine=Mine { user, organization } /> })
    }
}

#[component]
fn Tabs(mine: Mine) -> impl IntoView {
    let tab = use_tab::<OrganizationTab>();
    let known = mine.organization.clone();
    let user = use_user();
    let name = Signal::derive(move || {
        user.with(|user| {
            user.as_ref().and_then(|user| user.organization.as_ref().map(|it| it.name.clone()))
        })
        .unwrap_or_else(|| known.name.clone())
    });
    let hint = format!("You are {} here.", mine.organization.role.with_article());
    let mine = StoredValue::new(mine);
    let content = move || match tab.get() {
        OrganizationTab::Members => view! { <MembersTab mine=mine.get_value() /> }.into_any(),
        OrganizationTab::Defaults => view! { <DefaultsTab mine=mine.get_value() /> }.into_any(),
        OrganizationTab::Conversations => {
            view! { <ConversationsTab mine=mine.get_value() /> }.into_any()
        }
    };
    view! {
        <TabPage
            page="Organization"
            tab=tab
            href=OrganizationTab::address
            heading=Signal::derive(move || Some(name.get()))
            hint=hint
            needs_script=NEEDS_SCRIPT
        >
            {content}
        </TabPage>
    }
}
