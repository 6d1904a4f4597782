//! A request that is not made: what every gate would say to it now, without spending anything.

use crate::{
    api::{
        ai::{DryRun, DryRunRequest, UsualRequest},
        error::ApiError,
    },
    domain::{
        ai::views::{DryRunAnswer, Gate, GateVerdict},
        money::grouped,
    },
    ui::{
        client::rest::Call,
        components::{Badge, Banner, Button, Card, IconName, Tone, rows},
        words::seconds,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Asks what would become of a request.
pub async fn dry_run(request: &DryRunRequest) -> Result<DryRunAnswer, ApiError> {
    Call::<DryRun>::new((), request).send().await
}

#[component]
pub fn Simulation() -> impl IntoView {
    let busy = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<DryRunAnswer, ApiError>>);
    let run = move |()| {
        busy.set(true);
        spawn_local(async move {
            answer.set(Some(dry_run(&DryRunRequest::Usual(UsualRequest {})).await));
            busy.set(false);
        });
    };
    let shown = move || {
        answer.get().map(|answer| match answer {
            Ok(answer) => view! { <Verdicts answer=answer /> }.into_any(),
            Err(error) => view! { <Banner tone=Tone::Danger>{error.error}</Banner> }.into_any(),
        })
    };
    view! {
        <Card
            id="ai-simulate"
            title="Simulate"
            hint="What would happen if you generated a conversation of 10 turns now. Nothing is \
            sent or spent."
        >
            <div class="stack">
                <div class="button-row">
                    <Button icon=IconName::Eye busy=busy on_press=run>
                        "Simulate"
                    </Button>
                </div>
                <div class="stack" data-gap="s" role="status">
                    {shown}
                </div>
            </div>
        </Card>
    }
    .into_any()
}

/// What would become of it, and what each gate says.
#[component]
fn Verdicts(answer: DryRunAnswer) -> impl IntoView {
    let (tone, word) = if answer.admitted {
        (Tone::Success, "Would be sent to ")
    } else {
        (Tone::Warning, "Would not be sent to ")
    };
    let worst = answer.worst_case.map(|cost| format!(" Max. cost: {cost}."));
    let tokens = format!(
        ": about {} tokens in, up to {} out.",
        grouped(&answer.estimated_input_tokens.to_string()),
        grouped(&answer.max_tokens.to_string())
    );
    let (model, gates) = (answer.model, answer.gates);
    let gates =
        rows(gates, |verdict| verdict.gate, |verdict| view! { <GateItem verdict=verdict /> });
    view! {
        <Banner tone=tone>{word} <code translate="no">{model}</code> {tokens} {worst}</Banner>
        <ol class="ai-gates">{gates}</ol>
    }
    .into_any()
}

#[component]
fn GateItem(verdict: GateVerdict) -> impl IntoView {
    let (tone, word) =
        if verdict.passes { (Tone::Success, "Passes") } else { (Tone::Danger, "Blocks") };
    let wait = verdict
        .retry_after_ms
        .filter(|_| !verdict.passes)
        .map(|ms| format!(" Passes in {}.", seconds(ms.max(0).unsigned_abs().div_ceil(1000))));
    view! {
        <li>
            <Badge tone=tone>{word}</Badge>
            <span>
                <strong>{gate_title(verdict.gate)}</strong>
                " "
                {verdict.message}
                {wait}
                {verdict.headroom.map(|left| view! { <small>{left}</small> })}
            </span>
        </li>
    }
    .into_any()
}

pub fn gate_title(gate: Gate) -> &'static str {
    match gate {
        Gate::Configuration => "Configuration.",
        Gate::Model => "Model.",
        Gate::Key => "API key.",
        Gate::Budget => "Budget.",
        Gate::Rate => "Rate.",
        Gate::Concurrency => "Concurrency.",
    }
}
