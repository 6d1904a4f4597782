//! A conversation as it is stored: what it is worth, its turns, and the ways to take it along.

use crate::{
    domain::{
        conversations::{ConversationView, GenerateAnswer, Status},
        generation::quality::QualityMetrics,
        letter_case::lowercase,
        money::grouped,
        quantity::milliseconds,
    },
    ui::{
        client::{clipboard, files},
        components::{
            Badge, Banner, Button, IconName, Meter, Tone, format_number, parts, text_rows,
        },
    },
};
use leptos::{prelude::*, task::spawn_local};

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
    let turns = conversation.turns.iter().map(|turn| {
        view! {
            <li class="turn" data-role=turn.role.as_str()>
                <p class="turn-who">{turn.role.label()}</p>
                <p class="turn-text" lang="" dir="auto">
                    {turn.content.clone()}
                </p>
            </li>
        }
    });
    let metrics = conversation.quality_metrics;
    let turns = parts(turns);
    let taken = conversation.clone();
    view! {
        <div class="stack">
            {warnings} {failed} <Head conversation=conversation /> <Take conversation=taken />
            {metrics.map(|metrics| view! { <Metrics metrics=metrics /> })}
            <ol class="turns">{turns}</ol>
        </div>
    }
    .into_any()
}

/// The ways to take it along, as JSON.
#[component]
fn Take(conversation: ConversationView) -> impl IntoView {
    let status = RwSignal::new("");
    let name = format!("conversation-{}.json", conversation.public_id);
    // Strings and numbers only; that cannot fail.
    let text = StoredValue::new(serde_json::to_string_pretty(&conversation).unwrap_or_default());
    let copy = move |()| {
        spawn_local(async move {
            let said = match clipboard::copy(&text.get_value()).await {
                Ok(()) => "Copied.",
                // Browsers allow it on secure pages only.
                Err(_) => "The browser does not allow copying here. Download it instead.",
            };
            // Answers what was not set when the page was left meanwhile.
            let _ = status.try_set(said);
        });
    };
    let download = move |()| {
        let offered = files::offer(&name, "application/json", &text.get_value());
        status.set(if offered.is_ok() { "" } else { "The browser does not allow downloads here." });
    };
    view! {
        <div class="button-row">
            <Button small=true icon=IconName::Copy on_press=copy>
                "Copy JSON"
            </Button>
            <Button small=true icon=IconName::Download on_press=download>
                "Download JSON"
            </Button>
            <span class="small muted" role="status">
                {status}
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn Head(conversation: ConversationView) -> impl IntoView {
    let tone = match conversation.status {
        Status::Approved => Tone::Success,
        Status::PendingReview | Status::NeedsRevision => Tone::Warning,
        Status::Rejected | Status::Failed => Tone::Danger,
        _ => Tone::Neutral,
    };
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
    let (title, status) = (conversation.title.clone(), conversation.status.label());
    let facts = parts(facts);
    view! {
        <div class="cluster">
            <h3>{title}</h3>
            <Badge tone=tone>{status}</Badge>
        </div>
        <dl class="facts" data-inline="">
            {facts}
        </dl>
    }
    .into_any()
}

/// The parts of the score.
#[component]
fn Metrics(metrics: QualityMetrics) -> impl IntoView {
    let metrics = [
        ("Turns", metrics.turns),
        ("Length", metrics.length),
        ("Structure", metrics.structure),
        ("Confidence", metrics.confidence),
    ];
    let meters = metrics.map(|(label, points)| {
        view! {
            <Meter
                id=format!("metric-{}", lowercase(label))
                label=label
                value=points
                max=10.0
                text=format_number(points, 0.1)
            />
        }
    });
    view! { <div class="ai-metrics">{parts(meters)}</div> }.into_any()
}
