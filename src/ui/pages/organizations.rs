//! `/organization/{tab}`: who belongs to the organization, and what it sets for them.

mod about;
mod defaults;
mod found;
pub mod invitations;
mod leave;
mod members;
mod rename;

use crate::{
    domain::{
        accounts::{Membership, PublicUser},
        preferences::Overrides,
    },
    ui::{
        client::boot::use_user,
        components::{Banner, ErrorState, IconName, PageHeader, TabLink, TabLinks, Tone},
        form::FormDoneBefore,
        words::role,
    },
};
use defaults::DefaultsTab;
use found::FoundOrganization;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use members::MembersTab;

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
            None => view! {
                <Title text="Organization" />
                <ErrorState message="Your account could not be loaded, so nothing is known of your \
                    organization." />
            }
            .into_any(),
            Some(None) => view! {
                <Title text="Organization" />
                <PageHeader title="Organization" />
                <NeedsScript />
                <FoundOrganization />
            }
            .into_any(),
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
    // Here and not below, so that neither a look at the members nor another role loses what was not
    // saved yet.
    let edits = RwSignal::new(Overrides::new());
    move || {
        let role = role.get()?;
        if !role.manages() {
            edits.set(Overrides::new());
        }
        let user = user.get_untracked()?;
        let organization = user.organization.clone()?;
        Some(view! { <Tabs mine=Mine { user, organization } edits=edits /> })
    }
}

#[component]
fn NeedsScript() -> impl IntoView {
    view! {
        <noscript>
            <Banner tone=Tone::Warning>"Changing anything here needs JavaScript; what you see is what stands."</Banner>
        </noscript>
    }
}

#[component]
fn Tabs(mine: Mine, edits: RwSignal<Overrides>) -> impl IntoView {
    let params = use_params_map();
    let defaults =
        Memo::new(move |_| params.with(|params| params.get("tab").as_deref() == Some("defaults")));
    let known = mine.organization.clone();
    let user = use_user();
    let name = Signal::derive(move || {
        user.with(|user| {
            user.as_ref().and_then(|user| user.organization.as_ref().map(|it| it.name.clone()))
        })
        .unwrap_or_else(|| known.name.clone())
    });
    // The server may ask for the title after it is done with the page; it is then what it was at
    // first.
    let at_first = defaults.get_untracked();
    let tab = move || if defaults.try_get().unwrap_or(at_first) { "Defaults" } else { "Members" };
    let tabs = vec![
        TabLink::new("Members", "/organization/members").icon(IconName::User),
        TabLink::new("Defaults", "/organization/defaults").icon(IconName::Settings),
    ];
    let current = Signal::derive(move || {
        if defaults.get() { "/organization/defaults" } else { "/organization/members" }.to_owned()
    });
    let hint = format!("You are {} here.", role(mine.organization.role).with_article);
    let mine = StoredValue::new(mine);
    view! {
        <Title text=move || format!("{} – Organization", tab()) />
        <PageHeader title=name hint=hint />
        <NeedsScript />
        <TabLinks label="Organization" tabs=tabs current=current />
        {move || {
            if defaults.get() {
                view! { <DefaultsTab mine=mine.get_value() edits=edits /> }.into_any()
            } else {
                view! { <MembersTab mine=mine.get_value() /> }.into_any()
            }
        }}
    }
}
