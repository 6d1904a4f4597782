//! The conversation: while it is written, and as it is stored.

use super::{
    refusal::Refusal,
    run::{Phase, Run},
};
use crate::{
    domain::{
        conversations::{ConversationView, GenerateAnswer, Status},
        generation::{partial_turns::PartialTurn, quality::QualityMetrics},
        letter_case::lowercase,
        money::grouped,
    },
    ui::{
        components::{
            Badge, Banner, Card, EmptyState, IconName, Meter, Skeleton, Tone, format_number, parts,
            text_rows,
        },
        words::seconds,
    },
};
use leptos::prelude::*;

/// What became of the generation, or is becoming.
#[component]
pub fn Outcome(run: Run) -> impl IntoView {
    let kind = Memo::new(move |_| run.phase.with(std::mem::discriminant));
    let status = move || match run.phase.get() {
        Phase::Idle | Phase::Failed(_) => String::new(),
        Phase::Running => run.status.get(),
        Phase::Stopped => {
            "Stopped. What Claude had written by then is billed, and stands in the usage log; \
                nothing is stored."
                .into()
        }
        Phase::Done(answer) => format!(
            "Done: {} turns are \
            stored.",
            answer.conversation.turns.len()
        ),
    };
    let content = move || {
        // Read, not only tracked: a memo that nobody has read does not know yet what it depends on.
        let _ = kind.get();
        match run.phase.get_untracked() {
            Phase::Idle => view! {
                <EmptyState
                    icon=IconName::Chat
                    title="Nothing generated yet"
                    text="The conversation appears here while Claude writes it."
                />
            }
            .into_any(),
            Phase::Running | Phase::Stopped => view! { <Growing run=run /> }.into_any(),
            Phase::Failed(error) => view! {
                <div class="stack">
                    <Refusal error=error />
                    <Growing run=run />
                </div>
            }
            .into_any(),
            Phase::Done(answer) => view! { <Stored answer=*answer /> }.into_any(),
        }
    };
    view! {
        <Card id="generated" title="Result">
            <p class="generate-status" role="status">
                {status}
            </p>
            {content}
        </Card>
    }
    .into_any()
}

/// The turns as they grow. Only the text that changes is written again.
#[component]
fn Growing(run: Run) -> impl IntoView {
    let count = Memo::new(move |_| run.turns.with(Vec::len));
    let turn = move |index: usize| {
        let part = move |read: fn(&PartialTurn) -> String| {
            move || run.turns.with(|turns| turns.get(index).map(read).unwrap_or_default())
        };
        // Claude may write what is said before who says it; until then they take turns, the user
        // first.
        let is_user = Memo::new(move |_| match part(|turn| turn.role.clone())() {
            role if role.is_empty() => index.is_multiple_of(2),
            role => role.starts_with('u'),
        });
        view! {
            <li class="turn" data-role=move || if is_user.get() { "user" } else { "assistant" }>
                <p class="turn-who">{move || if is_user.get() { "User" } else { "Assistant" }}</p>
                <p class="turn-text" lang="" dir="auto">
                    {part(|turn| turn.content.clone())}
                </p>
            </li>
        }
    };
    // A configuration without streaming sends nothing before the end.
    let nothing_yet = move || {
        (count.get() == 0 && run.phase.with(|phase| *phase == Phase::Running)).then(|| {
            view! {
                <Skeleton label="Claude is at work" lines=4 />
                <p class="field-note">
                    "With " <a href="/ai/model#model-streaming">"streaming"</a>
                    " on, you see it grow."
                </p>
            }
        })
    };
    view! {
        {nothing_yet}
        <ol class="turns">
            <For each=move || 0..count.get() key=|index| *index children=turn />
        </ol>
    }
    .into_any()
}

/// The conversation as it is stored.
#[component]
fn Stored(answer: GenerateAnswer) -> impl IntoView {
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
    view! {
        <div class="stack">
            {warnings} {failed} <Head conversation=conversation />
            {metrics.map(|metrics| view! { <Metrics metrics=metrics /> })}
            <ol class="turns">{turns}</ol>
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
        (
            "Time",
            conversation
                .generation_duration_ms
                .map(|ms| seconds(ms.max(0).unsigned_abs().div_ceil(1000))),
        ),
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
