//! `/ai/{tab}`: how generation works for a person or for their organization. Money and keys are at
//! stake, so nothing here saves itself.

mod ceilings;
mod configurations;
mod costs;
mod draft;
mod effective;
mod fields;
mod keys;
mod limits;
mod models;
mod plan;
mod proposal;
mod proposal_dialog;
mod save;
pub mod simulate;
mod usage;

use crate::{
    api::{
        ai::{load_ai_configuration, load_models},
        events::LiveEvent,
    },
    domain::{
        accounts::Role,
        ai::{ScopeType, catalog::Section},
    },
    ui::{
        client::{
            boot::use_user,
            live::{self, News},
            news::{Following, use_notified},
            resource::resource,
        },
        components::{
            Banner, Button, Choice, ErrorState, IconName, LinkButton, NeedsScript, PageHeader,
            PageTitle, SegmentedControl, Skeleton, TabLink, TabLinks, Tone,
        },
        form::warn_before_leaving,
        page_query::use_page_query,
    },
};
use configurations::Configurations;
use costs::costs_tab;
use draft::{AiDraft, Edits};
use effective::effective_tab;
use fields::{lead_to_unread_field, section};
use keys::keys_tab;
use leptos::{context::Provider, prelude::*};
use leptos_router::{
    LazyRoute, NavigateOptions,
    hooks::{use_navigate, use_params_map},
    lazy_route,
};
use limits::limits_tab;
use models::ModelsCard;
use proposal_dialog::ProposalDialog;
use save::SaveBar;
use serde_json::Value;
use usage::usage_tab;

const NEEDS_SCRIPT: &str = "Changing anything here needs JavaScript; what you see is what applies.";

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

/// The tabs: the last part of the address, the name, the picture.
const TABS: [(&str, &str, IconName); 7] = [
    ("model", "Model", IconName::Spark),
    ("limits", "Rate limits & retries", IconName::Gauge),
    ("costs", "Costs", IconName::Money),
    ("keys", "API keys", IconName::Key),
    ("timeouts", "Timeouts", IconName::Clock),
    ("effective", "Effective", IconName::Layers),
    ("usage", "Usage log", IconName::Queue),
];

/// The place of a tab in [`TABS`]. An unknown one falls back to the first.
fn tab_of(slug: &str) -> usize {
    TABS.iter().position(|(own, ..)| *own == slug).unwrap_or_default()
}

fn address(tab: usize, scope: ScopeType) -> String {
    let (slug, ..) = TABS[tab];
    match scope {
        ScopeType::Person => format!("/ai/{slug}"),
        ScopeType::Organization => format!("/ai/{slug}?scope=organization"),
    }
}

#[component]
fn Ai() -> impl IntoView {
    let (params, query) = (use_params_map(), use_page_query());
    let tab =
        Memo::new(move |_| params.with(|params| tab_of(&params.get("tab").unwrap_or_default())));
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
    // Here and not below, so that neither another tab nor the other scope loses what was not saved
    // yet.
    let edits = RwSignal::new(Edits::default());
    warn_before_leaving(move || edits.with_untracked(|all| !all.is_empty()));
    let notified = use_notified();
    let read = resource(move || scope.get(), load_ai_configuration);
    let models = resource(|| (), |()| load_models());
    let loaded = move || {
        // What came before this reading is in it.
        let following = notified.following();
        Suspend::new(async move {
            match (read.await, models.await) {
                (Ok(base), Ok(models)) => {
                    desk(AiDraft::new(base, models.catalog, edits), tab, following)
                }
                (Err(error), _) | (_, Err(error)) => {
                    let retry = move |()| {
                        read.refetch();
                        models.refetch();
                    };
                    let (message, request_id) = (error.error, error.request_id);
                    view! {
                        <ErrorState message=message request_id=request_id on_retry=retry />
                    }
                    .into_any()
                }
            }
        })
    };
    let title = Signal::derive(move || format!("{} – AI configuration", TABS[tab.get()].1));
    view! {
        <PageTitle text=title />
        <PageHeader
            title="AI configuration"
            hint="How conversations are generated. Nothing changes until you save, and the next \
            generation obeys it."
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
        />
        <NeedsScript text=NEEDS_SCRIPT />
        {move || organization.get().map(|name| scope_switch(name, tab, scope))}
        {move || {
            let scope = scope.get();
            let tabs = TABS
                .iter()
                .enumerate()
                .map(|(index, (_, title, icon))| {
                    TabLink::new(*title, address(index, scope)).icon(*icon)
                })
                .collect::<Vec<_>>();
            view! {
                <TabLinks
                    label="AI configuration"
                    tabs=tabs
                    current=Signal::derive(move || address(tab.get(), scope))
                />
            }
        }}
        <Transition fallback=|| {
            view! { <Skeleton label="Loading the AI configuration" lines=9 /> }
        }>{loaded}</Transition>
    }
}

/// Whose configuration it is, for those who also manage an organization.
fn scope_switch(organization: String, tab: Memo<usize>, scope: Memo<ScopeType>) -> AnyView {
    let navigate = use_navigate();
    let choose = move |word: String| {
        let scope = word.parse().unwrap_or_default();
        navigate(
            &address(tab.get_untracked(), scope),
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
    .into_any()
}

/// The tab that the address names, over one draft.
fn desk(draft: AiDraft, tab: Memo<usize>, following: Following) -> AnyView {
    // Where the person belongs, once it is known who they are, and all that was missed.
    following.each(move |_| draft.receive());
    // Only in a browser, for as long as this draft is shown.
    Effect::new(move |_| {
        live::on(move |news| {
            if let News::Pushed(LiveEvent::AiConfigChanged { .. }) = news {
                draft.receive();
            }
        });
    });
    let content = move || {
        let form = match TABS[tab.get()].0 {
            "limits" => limits_tab(draft),
            "costs" => costs_tab(draft),
            "keys" => keys_tab(draft),
            "timeouts" => section(
                draft,
                Section::Timeouts,
                "Each of them is at most the next one.",
                ().into_any(),
            ),
            "effective" => return effective_tab(draft),
            "usage" => return usage_tab(draft),
            _ => model_tab(draft),
        };
        view! {
            <Configurations draft=draft />
            {form}
            <SaveBar draft=draft />
        }
        .into_any()
    };
    view! {
        {move || retirement(draft)}
        <Provider value=draft.resets>{content}</Provider>
        <ProposalDialog draft=draft />
    }
    .into_any()
}

/// The model, and for administrators of the installation the catalog that it is chosen from.
fn model_tab(draft: AiDraft) -> AnyView {
    let administers = use_user().get_untracked().is_some_and(|user| user.role == Role::Admin);
    let form =
        section(draft, Section::Model, "What writes the conversations, and how.", ().into_any());
    view! {
        <div class="stack">{form} {administers.then(|| view! { <ModelsCard draft=draft /> })}</div>
    }
    .into_any()
}

/// The model is retired or soon will be: what it means, and the way out.
fn retirement(draft: AiDraft) -> Option<AnyView> {
    let retirement = draft.base.with(|base| base.retirement.clone())?;
    let sentence = retirement.sentence();
    let switch = retirement.replacement.map(|replacement| {
        let press = move |()| {
            if lead_to_unread_field() {
                return;
            }
            draft.edit("model.model", Value::from(replacement.model.clone()));
            draft.save();
        };
        view! {
            <Button small=true on_press=press>
                "Switch to "
                {replacement.name}
            </Button>
        }
    });
    Some(
        view! {
            <Banner tone=Tone::Warning action=move || switch>
                {sentence}
            </Banner>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for (index, (slug, ..)) in TABS.iter().enumerate() {
            assert_eq!(tab_of(slug), index);
        }
        assert_eq!(tab_of("nonsense"), 0);
        assert_eq!(address(2, ScopeType::Organization), "/ai/costs?scope=organization");
    }
}
