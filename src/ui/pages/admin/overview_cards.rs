//! The cards of the overview that only tell: stored keys, the webhook, the environment, and what is
//! kept for how long.

use crate::{
    domain::admin::{
        EnvironmentVariable, RetainedTable, SealedGroup, SealedState, VaultView, WebhookView,
    },
    ui::{
        components::{Badge, Banner, Card, Head, LinkButton, Table, Tone, rows, text_rows},
        moment::Moment,
    },
};
use leptos::prelude::*;

/// Which master keys there are, and what they open. No key is shown.
#[component]
pub fn VaultCard(vault: VaultView) -> impl IntoView {
    let VaultView { master_keys, problem, stored } = vault;
    let problem = problem.map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> });
    let keys = (!master_keys.is_empty()).then(|| {
        view! {
            <dl class="history-facts">
                <dt>"Master keys of this server"</dt>
                <dd translate="no">{master_keys.join(", ")}</dd>
            </dl>
        }
    });
    let none = stored.is_empty().then(|| view! { <p class="muted">"Nothing is stored."</p> });
    let line = |group: SealedGroup| {
        let SealedGroup { state, master_key, owners, count } = group;
        let tone = if state == SealedState::Opens { Tone::Success } else { Tone::Danger };
        let whose = whose(&owners);
        view! {
            <li>
                {format!("{count} {whose}, under ")} <code translate="no">{master_key}</code> " "
                <Badge tone=tone>{state.label()}</Badge>
            </li>
        }
    };
    let key =
        |group: &SealedGroup| format!("{} {} {}", group.state, group.master_key, group.owners);
    view! {
        <Card
            id="vault"
            title="Stored keys and secrets"
            hint="They are encrypted under a master key that only the servers have."
        >
            <div class="stack" data-gap="s">
                {problem} {keys} {none}
                <ul class="stack" data-gap="s">
                    {rows(stored, key, line)}
                </ul>
            </div>
        </Card>
    }
    .into_any()
}

fn whose(owners: &str) -> &'static str {
    match owners {
        "person" => "of people",
        "organization" => "of organizations",
        _ => "of two-step verification",
    }
}

/// Whether alerts reach the webhook.
#[component]
pub fn WebhookCard(webhook: WebhookView) -> impl IntoView {
    let (tone, words) = match webhook {
        WebhookView { is_set: false, .. } => (Tone::Neutral, "Not set up"),
        WebhookView { failing: 0, waiting: 0, .. } => (Tone::Success, "Nothing waits"),
        WebhookView { failing: 0, .. } => (Tone::Info, "Sending"),
        _ => (Tone::Danger, "Does not take them"),
    };
    let state = move || view! { <Badge tone=tone>{words}</Badge> };
    let sent = webhook.last_sent_at.map(|time| {
        view! {
            <dt>"Last taken"</dt>
            <dd>
                <Moment time=time />
            </dd>
        }
    });
    view! {
        <Card id="webhook" title="Webhook" hint="Where alerts are sent." actions=state>
            <div class="stack" data-gap="s">
                <dl class="history-facts">
                    <dt>"Waiting"</dt>
                    <dd translate="no">{webhook.waiting}</dd>
                    {sent}
                </dl>
                <div>
                    <LinkButton href="/database/alerts" small=true>
                        "Alert rules"
                    </LinkButton>
                </div>
            </div>
        </Card>
    }
    .into_any()
}

/// What the environment sets on the server that answers.
#[component]
pub fn EnvironmentCard(variables: Vec<EnvironmentVariable>) -> impl IntoView {
    let (set, unset): (Vec<_>, Vec<_>) = variables.into_iter().partition(|it| it.is_set);
    let none = set.is_empty().then(|| view! { <p class="muted">"No variable is set."</p> });
    let line = |variable: EnvironmentVariable| {
        let value = match variable.value {
            Some(value) => view! { <code translate="no">{value}</code> }.into_any(),
            None => view! { <span class="muted">"set, not shown"</span> }.into_any(),
        };
        view! {
            <dt>
                <code translate="no">{variable.name}</code>
            </dt>
            <dd>{value}</dd>
        }
    };
    let names = text_rows(unset.into_iter().map(|it| it.name), |name| {
        view! {
            <li>
                <code translate="no">{name}</code>
            </li>
        }
    });
    view! {
        <Card
            id="environment"
            title="Environment"
            hint="Variables of the server that answers. Secrets are not shown."
        >
            <div class="stack" data-gap="s">
                {none}
                <dl class="history-facts">{rows(set, |it| it.name.clone(), line)}</dl>
                <details>
                    <summary>"Variables that are not set"</summary>
                    <ul class="stack" data-gap="s">{names}</ul>
                </details>
            </div>
        </Card>
    }
    .into_any()
}

/// What is kept for how long.
#[component]
pub fn RetentionCard(tables: Vec<RetainedTable>) -> impl IntoView {
    let line = |row: RetainedTable| {
        let variable = row.variable.map(|name| view! { <code translate="no">{name}</code> });
        view! {
            <tr>
                <th scope="row">{row.what}</th>
                <td>{row.kept}</td>
                <td>{variable}</td>
                <td translate="no">
                    <small class="muted">{row.table}</small>
                </td>
            </tr>
        }
    };
    let heads = [Head::text("What"), Head::text("Kept"), Head::text("Set by"), Head::text("Table")];
    view! {
        <Card
            id="retention"
            title="Retention"
            hint="What grows, and how long it is kept."
            flush=true
        >
            <Table label="What is kept for how long" heads=heads>
                {rows(tables, |row| row.table.clone(), line)}
            </Table>
        </Card>
    }
    .into_any()
}
