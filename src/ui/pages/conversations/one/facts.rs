//! What the conversation cost, where it comes from, and the ways to take it along.

use super::state::Page;
use crate::{
    domain::{conversations::ConversationView, money::grouped, quantity::milliseconds},
    ui::{
        client::clipboard,
        components::{Card, IconButton, IconName, parts, rows},
        conversation::{LikenessBadge, Take},
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

#[component]
pub fn FactsCard(page: Page) -> impl IntoView {
    let facts = move || {
        let now = page.now.get();
        let alike = now.likeness.map(|likeness| {
            view! {
                <div>
                    <dt>"Similar"</dt>
                    <dd>
                        <a href="#conversation-alike" rel="external">
                            <LikenessBadge likeness=likeness />
                        </a>
                    </dd>
                </div>
            }
        });
        view! {
            <dl class="facts">
                <Measured now=now.clone() />
                {alike}
                <div>
                    <dt>"Author"</dt>
                    <dd translate=now.author_name.as_ref().map(|_| "no")>
                        {now.author_name.clone().unwrap_or_else(|| "Deleted account".into())}
                    </dd>
                </div>
                <div>
                    <dt>"Created"</dt>
                    <dd>
                        <Moment time=now.created_at />
                    </dd>
                </div>
                <div>
                    <dt>"Updated"</dt>
                    <dd>
                        <Moment time=now.updated_at />
                    </dd>
                </div>
                <div>
                    <dt>"Version"</dt>
                    <dd>{now.version}</dd>
                </div>
            </dl>
            <Parameters values=now.parameters />
        }
    };
    view! {
        <Card id="conversation-facts" title="Details">
            <div class="stack" data-gap="s">
                <PublicId page=page />
                {facts}
                <TakeIt page=page />
            </div>
        </Card>
    }
    .into_any()
}

/// What was counted; what is not known is left out.
#[component]
fn Measured(now: ConversationView) -> impl IntoView {
    let tokens = now.tokens;
    let is_billed = tokens.prompt() > 0 || tokens.output > 0;
    let text = |count: String| grouped(&count);
    let facts = [
        ("Origin", Some(origin(&now).to_owned())),
        ("Imported from", said(&now.origin)),
        ("Licence", said(&now.license)),
        ("Estimated cost", now.estimated_cost.map(|cost| cost.to_string())),
        ("Actual cost", now.actual_cost.map(|cost| cost.to_string())),
        (
            "Tokens billed",
            is_billed.then(|| {
                let (input, output) = (tokens.prompt().to_string(), tokens.output.to_string());
                format!("{} in, {} out", text(input), text(output))
            }),
        ),
        ("Training text", Some(format!("~{} tokens", text(now.training_tokens.to_string())))),
        ("Time", now.generation_duration_ms.map(|time| milliseconds(time.max(0) as f64))),
        ("Model", now.parameters["model"].as_str().map(str::to_owned)),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = value?;
        // Names and words of others, which translators leave as they are.
        let translate = ["Imported from", "Licence", "Model"].contains(&name).then_some("no");
        Some(view! {
            <div>
                <dt>{name}</dt>
                <dd translate=translate>{value}</dd>
            </div>
        })
    });
    parts(facts).into_any()
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn origin(now: &ConversationView) -> &'static str {
    if now.is_demonstration {
        "Demonstration data"
    } else if now.parameters["model"].is_string() {
        "Generated"
    } else if now.is_imported && now.origin.is_empty() {
        "Imported, nobody said from where"
    } else if now.is_imported || !now.origin.is_empty() || !now.license.is_empty() {
        "Imported"
    } else {
        "Written by people"
    }
}

/// What was sent to Claude beside the prompt.
#[component]
fn Parameters(values: Value) -> impl IntoView {
    let Value::Object(values) = values else { return ().into_any() };
    if values.is_empty() {
        return ().into_any();
    }
    let line = |(name, value): (String, Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        view! {
            <div translate="no">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let lines = rows(values, |(name, _)| name.clone(), line);
    view! {
        <details>
            <summary>"Parameters"</summary>
            <dl class="facts">{lines}</dl>
        </details>
    }
    .into_any()
}

/// The short name of the conversation, to copy.
#[component]
fn PublicId(page: Page) -> impl IntoView {
    let id = page.now.with_untracked(|now| now.public_id.clone());
    let shown = id.clone();
    let status = RwSignal::new("");
    let copy = move |()| {
        let id = id.clone();
        spawn_local(async move {
            let said = match clipboard::copy(&id).await {
                Ok(()) => "Copied.",
                // Browsers allow it on secure pages only.
                Err(_) => "The browser does not allow copying here.",
            };
            // The page may be gone.
            let _ = status.try_set(said);
        });
    };
    view! {
        <div class="cluster">
            <code translate="no">{shown}</code>
            <IconButton icon=IconName::Copy label="Copy the ID" small=true on_press=copy />
            <span class="small muted" role="status">
                {status}
            </span>
        </div>
    }
    .into_any()
}

/// The ways to take it along, as it stands.
#[component]
fn TakeIt(page: Page) -> impl IntoView {
    move || view! { <Take conversation=page.now.get() /> }
}
