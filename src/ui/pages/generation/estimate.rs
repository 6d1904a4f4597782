//! What the conversation would cost at most, and whether it would be made at all.

use super::{
    refusal::WayOut,
    run::{Phase, Run},
};
use crate::{
    api::{ai::DryRunRequest, error::ApiError},
    domain::{
        ai::views::DryRunAnswer, conversations::ConversationRequest, error_code::ErrorCode,
        money::grouped,
    },
    ui::{
        client::settled::settled,
        components::{Banner, Card, LinkButton, Tone, text_rows},
        pages::ai::simulate::dry_run,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// So long the form has to rest before the server is asked.
const REST_MS: u32 = 700;

/// Asks anew when the form rests, and when a generation has ended.
#[component]
pub fn Estimate(request: RwSignal<ConversationRequest>, run: Run) -> impl IntoView {
    let rested = settled(Memo::new(move |_| request.with(askable)), REST_MS);
    let idle = Memo::new(move |_| run.phase.with(|phase| *phase != Phase::Running));
    let answer = RwSignal::new(None::<Result<DryRunAnswer, ApiError>>);
    Effect::new(move |_| {
        let asked = rested.get();
        if !idle.get() {
            return;
        }
        spawn_local(async move {
            let found = dry_run(&DryRunRequest::Generation(asked.clone())).await;
            // An answer to an older question comes too late, also when the page is gone.
            if rested.try_get_untracked() == Some(asked) {
                answer.set(Some(found));
            }
        });
    });
    let shown = move || match answer.get() {
        None => view! {
            // Without a script nobody asks.
            <p class="muted needs-script">"Calculating the maximum cost…"</p>
        }
        .into_any(),
        Some(Ok(answer)) => view! { <Answer answer=answer /> }.into_any(),
        Some(Err(error)) => {
            view! { <Warning code=Some(error.code) message=error.error /> }.into_any()
        }
    };
    view! {
        <Card id="estimate" title="Before you generate">
            <div class="stack" data-gap="s">
                {shown}
            </div>
        </Card>
    }
    .into_any()
}

/// The request as it could be asked about although not everything is filled in yet.
fn askable(request: &ConversationRequest) -> ConversationRequest {
    let mut request = request.clone();
    for text in [&mut request.persona, &mut request.emotion, &mut request.topic] {
        if text.trim().is_empty() {
            *text = "…".into();
        }
    }
    request.turns = request.turns.next_multiple_of(2);
    request
}

/// Why it would not be made, and what to do about it.
#[component]
fn Warning(code: Option<ErrorCode>, message: String) -> impl IntoView {
    let action = move || code.map(|code| view! { <WayOut code=code /> });
    view! {
        <Banner tone=Tone::Warning action=action>
            {message}
        </Banner>
    }
}

#[component]
fn Answer(answer: DryRunAnswer) -> impl IntoView {
    let refused = answer.gates.iter().find(|gate| !gate.passes).map(|gate| {
        let (code, message) = (gate.code, gate.message.clone());
        view! { <Warning code=code message=message /> }
    });
    let retires = answer.retirement.filter(|_| refused.is_none()).map(|retirement| {
        let code = Some(ErrorCode::ModelRetired);
        view! { <Warning code=code message=retirement.sentence() /> }
    });
    let left = answer.gates.iter().filter_map(|gate| gate.headroom.clone());
    let left = text_rows(left, |left| view! { <li>{left}</li> });
    let cost = answer.worst_case.map_or("Unknown".to_owned(), |cost| cost.to_string());
    view! {
        {refused}
        {retires}
        <dl class="facts">
            <div>
                <dt>"Model"</dt>
                <dd>{answer.model}</dd>
            </div>
            <div>
                <dt>"Max. cost"</dt>
                <dd>{cost}</dd>
            </div>
            <div>
                <dt>"Tokens"</dt>
                <dd>
                    {format!(
                        "about {} in, up to {} out",
                        grouped(&answer.estimated_input_tokens.to_string()),
                        grouped(&answer.max_tokens.to_string()),
                    )}
                </dd>
            </div>
        </dl>
        <ul class="ai-left">{left}</ul>
        <div class="button-row">
            <LinkButton small=true href="/ai/model">
                "Change the model"
            </LinkButton>
        </div>
    }
    .into_any()
}
