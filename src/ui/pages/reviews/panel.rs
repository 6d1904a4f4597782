//! What there is to know about the conversation that is shown.

use super::state::Reviewing;
use crate::{
    api::reviews::Queue,
    domain::{
        conversations::{ConversationView, ReviewAction, ReviewEntry},
        money::grouped,
    },
    ui::{
        components::{Card, LinkButton, parts, rows},
        conversation::{LikenessBadge, Metrics, ScoreBadge},
        moment::Moment,
    },
};
use leptos::prelude::*;

/// Score, gate and facts.
#[component]
pub fn Panel(state: Reviewing, conversation: ConversationView) -> impl IntoView {
    let shows_others = state.asked.with_untracked(|asked| asked.queue == Queue::Disagreements);
    let judged = shows_others.then(|| judgements(&conversation));
    let metrics = conversation.quality_metrics;
    let (score, address) =
        (conversation.quality_score, format!("/conversations/{}", conversation.public_id));
    let alike = conversation.likeness.map(|likeness| {
        view! {
            <div>
                <dt>"Similar"</dt>
                <dd>
                    <LikenessBadge likeness=likeness />
                </dd>
            </div>
        }
    });
    let trainable = if conversation.gate_failures.is_empty() { "Yes" } else { "No" };
    let actions = move || {
        let address = address.clone();
        view! { <LinkButton href=address small=true>"Open conversation"</LinkButton> }
    };
    view! {
        <Card id="review-about" title="About it" actions=actions>
            <div class="stack">
                {judged.map(|judged| view! { <Judgements judged=judged /> })}
                <dl class="facts">
                    <div>
                        <dt>"Score"</dt>
                        <dd>
                            <ScoreBadge score=score />
                        </dd>
                    </div>
                    <div>
                        <dt>"Trainable"</dt>
                        <dd>{trainable}</dd>
                    </div>
                    {alike}
                </dl>
                {metrics.map(|metrics| view! { <Metrics metrics=metrics /> })}
                <Facts conversation=conversation />
            </div>
        </Card>
    }
    .into_any()
}

#[component]
fn Facts(conversation: ConversationView) -> impl IntoView {
    let optional = |text: Option<String>| text.filter(|text| !text.is_empty());
    let tokens = grouped(&conversation.training_tokens.to_string());
    let facts = [
        ("Tier", Some(conversation.tier.label().to_owned())),
        ("Persona", optional(Some(conversation.persona))),
        ("Emotion", optional(Some(conversation.emotion))),
        ("Topic", optional(Some(conversation.topic))),
        ("Intent", optional(conversation.intent)),
        ("Tone", optional(conversation.tone)),
        ("Tags", optional(Some(conversation.categories.join(", ")))),
        ("Training text", Some(format!("~{tokens} tokens"))),
        ("Author", optional(conversation.author_name)),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! {
            <div>
                <dt>{name}</dt>
                <dd dir="auto">{value}</dd>
            </div>
        })
    });
    let (facts, created) = (parts(facts), conversation.created_at);
    view! {
        <dl class="facts">
            {facts}
            <div>
                <dt>"Created"</dt>
                <dd>
                    <Moment time=created />
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

/// What people said of the present version. Only where they disagree: elsewhere each is to judge
/// without knowing what the others did.
fn judgements(conversation: &ConversationView) -> Vec<ReviewEntry> {
    let is_judgement = |entry: &&ReviewEntry| {
        entry.version == conversation.version
            && matches!(entry.action, ReviewAction::Decided | ReviewAction::Opinion)
    };
    conversation.review_history.iter().filter(is_judgement).cloned().collect()
}

#[component]
fn Judgements(judged: Vec<ReviewEntry>) -> impl IntoView {
    let judged = rows(
        judged,
        |entry| entry.id,
        |entry| {
            let who = entry.by_name.unwrap_or_else(|| "Somebody".to_owned());
            let comment = entry.comment.map(|comment| {
                view! {
                    <p class="small muted" dir="auto">
                        {comment}
                    </p>
                }
            });
            view! { <li>{who} ": " <strong>{entry.status.label()}</strong> {comment}</li> }
        },
    );
    view! { <ul class="review-judged">{judged}</ul> }.into_any()
}
