//! How programs ask Claude through the gateway, and who did.

use super::draft::AiDraft;
use crate::{
    api::{
        ai::load_usage,
        gateway::{GatewayAnswer, load_gateway},
    },
    domain::{
        ai::{
            ScopeType,
            usage::{GroupBy, UsageAnswer, UsageGroup, UsageQuery},
        },
        gateway::{Setup, setups},
        generation::Period,
        money::grouped,
    },
    ui::{
        client::{clipboard, resource::resource},
        components::{Button, Card, EmptyState, Head, IconName, LinkButton, Table, rows},
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::{html, prelude::*, task::spawn_local};

#[component]
pub fn GatewayTab(draft: AiDraft) -> impl IntoView {
    let model = Memo::new(move |_| draft.base.with(|base| base.effective.model.model.clone()));
    let gateway = resource(move || model.get(), |_| load_gateway());
    let shown = move |gateway: GatewayAnswer| {
        view! { <SetupCards gateway=gateway model=model.get_untracked() /> }
    };
    view! {
        <div class="stack">
            <Card
                id="ai-gateway"
                title="For programs"
                hint="Point scripts that use Claude's own libraries at Train: same requests and \
                answers, within your budgets, limits and keys."
                actions=|| {
                    view! {
                        <LinkButton href="/settings/account" small=true icon=IconName::Key>
                            "API tokens"
                        </LinkButton>
                    }
                }
            >
                <p>
                    "Create an API token with the scope "
                    <code translate="no">"messages:write"</code>
                    " and use it in place of " <code translate="no">"trn_…"</code>
                    ". Its name appears in the usage log."
                </p>
                <Loaded read=gateway label="Loading the address" lines=6 children=shown />
            </Card>
            <Clients scope=draft.scope />
        </div>
    }
    .into_any()
}

/// The lines for each library, with the address of this installation.
#[component]
fn SetupCards(gateway: GatewayAnswer, model: String) -> impl IntoView {
    // Where the installation does not know its address, the browser does.
    let address = RwSignal::new(
        gateway.address.clone().unwrap_or_else(|| "http://127.0.0.1:3000".to_owned()),
    );
    Effect::new(move |_| {
        let origin = || window().location().origin().ok();
        if gateway.address.is_none()
            && let Some(origin) = origin()
        {
            address.set(origin);
        }
    });
    // The one that applies, unless the organization does not allow it.
    let is_usable = gateway.models.is_empty() || gateway.models.contains(&model);
    let model = if is_usable { model } else { gateway.models[0].clone() };
    move || {
        let all = setups(&address.get(), &model);
        rows(all, |setup| setup.slug, |setup| view! { <SetupLines setup=setup /> })
    }
}

/// A few lines with a button that copies them.
#[component]
fn SetupLines(setup: Setup) -> impl IntoView {
    let lines = NodeRef::<html::Pre>::new();
    let status = RwSignal::new("");
    let copied = StoredValue::new(setup.lines.clone());
    let copy = move |()| {
        spawn_local(async move {
            if clipboard::copy(&copied.get_value()).await.is_ok() {
                status.set("Copied.");
            } else {
                // Browsers allow it on secure pages only.
                if let Some(lines) = lines.get_untracked() {
                    let _ = lines.focus();
                }
                status.set("The browser does not allow copying here. Select the lines instead.");
            }
        });
    };
    let install = (!setup.install.is_empty()).then(|| {
        view! {
            " "
            <code class="muted" translate="no">
                {setup.install}
            </code>
        }
    });
    view! {
        <section class="setup" aria-labelledby=format!("setup-{}", setup.slug)>
            <div class="setup-header">
                <h3 id=format!("setup-{}", setup.slug)>{setup.name}</h3>
                {install}
                <span class="small muted" role="status">
                    {status}
                </span>
                <Button small=true icon=IconName::Copy on_press=copy>
                    "Copy"
                    <span class="visually-hidden">" the lines for " {setup.name}</span>
                </Button>
            </div>
            <pre
                node_ref=lines
                class="ai-lines"
                translate="no"
                role="region"
                tabindex="0"
                aria-label=format!("Lines for {}", setup.name)
            >
                {setup.lines}
            </pre>
        </section>
    }
    .into_any()
}

/// What programs asked for this month.
#[component]
fn Clients(scope: ScopeType) -> impl IntoView {
    let usage = resource(
        || (),
        move |()| {
            let (window, group_by) = (Some(Period::Month), Some(GroupBy::Client));
            load_usage(UsageQuery { window, group_by, scope })
        },
    );
    view! {
        <Card
            id="ai-clients"
            title="Clients this month"
            hint="By API token."
            flush=true
        >
            <Loaded
                read=usage
                label="Loading the clients"
                children=|usage: UsageAnswer| view! { <ClientTable groups=usage.groups /> }
            />
        </Card>
    }
    .into_any()
}

#[component]
fn ClientTable(groups: Vec<UsageGroup>) -> impl IntoView {
    // People on the pages are no program.
    let programs: Vec<_> = groups.into_iter().filter(|group| !group.key.is_empty()).collect();
    if programs.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Link
                title="No requests yet"
                text="Requests made with an API token will appear here with their cost."
            />
        }
        .into_any();
    }
    let heads = [
        Head::text("Client"),
        Head::number("Requests"),
        Head::number("Tokens in"),
        Head::number("Tokens out"),
        Head::number("Cost"),
        Head::text("Last used"),
    ];
    let lines =
        rows(programs, |group| group.key.clone(), |group| view! { <ClientRow group=group /> });
    view! {
        <Table label="Client list" heads=heads>
            {lines}
        </Table>
    }
    .into_any()
}

#[component]
fn ClientRow(group: UsageGroup) -> impl IntoView {
    view! {
        <tr>
            <th scope="row" translate="no">
                {group.label}
            </th>
            <td translate="no" data-num="">
                {grouped(&group.requests.to_string())}
            </td>
            <td translate="no" data-num="">
                {grouped(&group.tokens.prompt().to_string())}
            </td>
            <td translate="no" data-num="">
                {grouped(&group.tokens.output.to_string())}
            </td>
            <td translate="no" data-num="">
                {group.cost.to_string()}
            </td>
            <td class="nowrap">
                <Moment time=group.last_used />
            </td>
        </tr>
    }
    .into_any()
}
