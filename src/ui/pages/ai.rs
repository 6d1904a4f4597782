//! `/ai/{tab}`: how generation works for a person or for their organization. Money and keys are at
//! stake, so nothing here saves itself.

mod ceilings;
mod configurations;
mod costs;
mod desk;
mod draft;
mod effective;
mod fields;
mod gateway;
mod keys;
mod limits;
mod model;
mod models;
mod plan;
mod proposal;
mod proposal_dialog;
mod save;
pub mod simulate;
mod spending;
mod tab;
mod timeouts;
mod usage;

use crate::{
    api::ai::{load_ai_configuration, load_models},
    domain::ai::{
        ScopeType,
        views::{AiConfigurationAnswer, ModelsAnswer},
    },
    ui::{
        client::{boot::use_user, news::use_notified, resource::resource},
        components::{Choice, IconName, LinkButton, SegmentedControl, TabPage, use_tab},
        loaded::Loaded,
        page_query::use_page_query,
        setting::Drafts,
    },
};
use desk::Desk;
use draft::AiDraft;
use leptos::prelude::*;
use leptos_router::{LazyRoute, NavigateOptions, hooks::use_navigate, lazy_route};
pub use tab::AiTab;

/// The page, loaded when it is visited.
pub struct AiPage;

#[lazy_route]
impl LazyRoute for AiPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Ai />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Ai() -> impl IntoView {
    let (tab, query) = (use_tab::<AiTab>(), use_page_query());
    let user = use_user();
    // The one that the person manages. Others may change that while the page is open.
    let organization = Memo::new(move |_| {
        let own = user.with(|user| user.as_ref().and_then(|user| user.organization.clone()));
        own.filter(|own| own.role.manages()).map(|own| own.name)
    });
    let scope = Memo::new(move |_| match query.with(|query| query.get("scope")).as_deref() {
        Some("organization") if organization.with(Option::is_some) => ScopeType::Organization,
        _ => ScopeType::Person,
    });
    let edits = expect_context::<Drafts>().ai;
    // Before it is read: what comes while it is read may not be in it.
    let notified = use_notified();
    let following = StoredValue::new(notified.following());
    let read = resource(
        move || {
            following.set_value(notified.following());
            scope.get()
        },
        load_ai_configuration,
    );
    // Administrators may have corrected one meanwhile.
    let models = resource(move || scope.get(), |_| load_models());
    let scopes = move || {
        organization
            .get()
            .map(|name| view! { <ScopeSwitch organization=name tab=tab scope=scope /> })
    };
    view! {
        <TabPage
            page="AI configuration"
            tab=tab
            href=move |tab: AiTab| tab.address(scope.get())
            hint="Controls how conversations are generated. Changes take effect on the next \
            generation after you save."
            actions=|| {
                view! {
                    <LinkButton
                        href="/history?configType=ai_config"
                        small=true
                        icon=IconName::History
                    >
                        "History"
                    </LinkButton>
                }
            }
            needs_script="Changing settings here needs JavaScript."
            above=move || scopes
        >
            <Loaded
                read=(read, models)
                label="Loading the AI configuration"
                lines=9
                children=move |(base, models): (AiConfigurationAnswer, ModelsAnswer)| {
                    view! {
                        <Desk
                            draft=AiDraft::new(base, models.catalog, edits)
                            tab=tab
                            following=following.get_value()
                        />
                    }
                }
            />
        </TabPage>
    }
}

/// Whose configuration it is, for those who also manage an organization.
#[component]
fn ScopeSwitch(organization: String, tab: Memo<AiTab>, scope: Memo<ScopeType>) -> impl IntoView {
    let navigate = use_navigate();
    let choose = move |word: String| {
        let scope = word.parse().unwrap_or_default();
        navigate(
            &tab.get_untracked().address(scope),
            NavigateOptions { scroll: false, ..NavigateOptions::default() },
        );
    };
    let choices = [(ScopeType::Person, "You".to_owned()), (ScopeType::Organization, organization)];
    view! {
        <div class="ai-scope">
            <SegmentedControl
                id="ai-scope"
                name="scope"
                label="For"
                choices=choices.map(|(scope, label)| Choice::new(scope.as_str(), label)).to_vec()
                value=Signal::derive(move || scope.get().as_str().to_owned())
                on_change=choose
            />
        </div>
    }
}
