//! A conversation as it is stored: what it is worth, its turns, and the ways to take it along.

use crate::{
    domain::{
        conversations::{ConversationView, GenerateAnswer},
        money::grouped,
        quantity::milliseconds,
    },
    ui::{
        components::{Banner, IconName, LinkButton, Tone, format_number, parts, text_rows},
        conversation::{GateNotice, Metrics, StatusBadge, Take, Turns},
    },
};
use leptos::prelude::*;

/// The conversation as it is stored.
#[component]
pub fn StoredConversation(answer: GenerateAnswer) -> impl IntoView {
    let GenerateAnswer { conversation, warnings } = answer;
    let warnings = text_rows(warnings, |sentence| {
        view! { <Banner tone=Tone::Warning>{sentence}</Banner> }
    });
    let failed = conversation.error.clone().map(|why| {
        view! { <Banner tone=Tone::Danger>{why} " Press Generate to try again."</Banner> }
    });
    let metrics = conversation.quality_metrics;
    let (turns, failures) = (conversation.turns.clone(), conversation.gate_failures.clone());
    let findings = conversation.findings.clone();
    let notice = failed.is_none().then(|| view! { <GateNotice failures=failures.clone() /> });
    let taken = conversation.clone();
    let address = format!("/conversations/{}", conversation.public_id);
    view! {
        <div class="stack">
            {warnings} {failed} {notice} <Head conversation=conversation />
            <Take conversation=taken>
                <LinkButton href=address small=true icon=IconName::Chat>
                    "Open conversation"
                </LinkButton>
            </Take>
            {metrics.map(|metrics| view! { <Metrics metrics=metrics /> })}
            <Turns turns=turns failures=failures findings=findings />
        </div>
    }
    .into_any()
}

#[component]
fn Head(conversation: ConversationView) -> impl IntoView {
    let tokens = &conversation.tokens;
    let facts = [
        (
            "Score",
            conversation.quality_score.map(|score| format!("{} of 10", format_number(score, 0.1))),
        ),
        ("Cost", conversation.actual_cost.map(|cost| cost.to_string())),
        (
            "Tokens",
            Some(format!(
                "{} in, {} out",
                grouped(&tokens.prompt().to_string()),
                grouped(&tokens.output.to_string())
            )),
        ),
        ("Time", conversation.generation_duration_ms.map(|ms| milliseconds(ms.max(0) as f64))),
        ("Model", conversation.parameters["model"].as_str().map(str::to_owned)),
        ("Number", Some(conversation.public_id.clone())),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        })
    });
    let (title, status) = (conversation.title.clone(), conversation.status);
    let facts = parts(facts);
    view! {
        <div class="cluster">
            <h3>{title}</h3>
            <StatusBadge status=status />
        </div>
        <dl class="facts" data-inline="">
            {facts}
        </dl>
    }
    .into_any()
}
