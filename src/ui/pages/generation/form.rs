//! What the conversation is to be about.

use crate::{
    domain::{
        conversations::{ConversationRequest, MAX_TEXT, NewConversation, TURNS, Tier},
        generation::quality::best_turns,
        json,
    },
    ui::{
        components::{Choice, NumberField, SegmentedControl, TextArea, TextField, Tries, parts},
        form::FormState,
    },
};
use leptos::{context::Provider, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    params::ParamsMap,
};
use uuid::Uuid;

const PAGE: &str = "/generate";
/// The paths of the fields, as errors name them.
pub const PATHS: &[&str] =
    &["tier", "persona", "emotion", "topic", "intent", "tone", "turns", "instructions"];

/// The one-line fields: path, label, hint, example.
const LINES: [(&str, &str, &str, &str); 5] = [
    ("persona", "Persona", "Who talks to the assistant.", "First-time home buyer"),
    ("emotion", "Emotion", "How they feel.", "anxious"),
    ("topic", "Topic", "", "Fixed or variable mortgage rate"),
    ("intent", "Intent", "Optional. What they want.", "decide before Friday"),
    ("tone", "Tone", "Optional. How the assistant answers.", "warm and matter-of-fact"),
];

fn empty() -> ConversationRequest {
    ConversationRequest {
        tier: Tier::Template,
        persona: String::new(),
        emotion: String::new(),
        topic: String::new(),
        intent: String::new(),
        tone: String::new(),
        turns: 10,
        instructions: String::new(),
        categories: Vec::new(),
    }
}

/// Fills in what an address names: `?persona=…&tier=…`. Answers whether it names something.
fn fill(request: &mut ConversationRequest, asked: &ParamsMap) -> bool {
    let meant = |name: &str| {
        let word = asked.get(name)?.trim().to_owned();
        (!word.is_empty() && word.chars().count() <= MAX_TEXT).then_some(word)
    };
    let mut is_named = false;
    for name in ["persona", "emotion", "topic"] {
        if let Some(word) = meant(name) {
            *line(request, name) = word;
            is_named = true;
        }
    }
    if let Some(tier) = meant("tier").and_then(|word| word.parse().ok()) {
        request.tier = tier;
        is_named = true;
    }
    is_named
}

/// The form's content, kept in the browser so that neither a failure nor a reload loses it. Each
/// account has its own. What the address names goes before what was kept, once: it is taken out of
/// the address, so that a reload keeps what was changed since.
pub fn remembered(user: Uuid) -> RwSignal<ConversationRequest> {
    let asked = use_location().query.get_untracked();
    let mut first = empty();
    fill(&mut first, &asked);
    let (request, navigate) = (RwSignal::new(first), use_navigate());
    let name = format!("train.generate.{user}");
    Effect::new(move |started: Option<()>| {
        // A browser may refuse to store anything; then the form is just not remembered.
        let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
        let Some(storage) = storage else { return };
        if started.is_none() {
            let kept = storage.get_item(&name).ok().flatten();
            if let Some(kept) = kept.and_then(|text| json::read_text(text.as_bytes()).ok()) {
                request.set(kept);
            }
            if request.try_update(|request| fill(request, &asked)) == Some(true) {
                // After a link the browser still stands at the page before, whose entry has to
                // stay.
                let replace = window().location().pathname().as_deref() == Ok(PAGE);
                let options =
                    NavigateOptions { replace, scroll: false, ..NavigateOptions::default() };
                navigate(PAGE, options);
            }
        }
        let text = request.with(|request| serde_json::to_string(request).unwrap_or_default());
        let _ = storage.set_item(&name, &text);
    });
    request
}

fn line<'a>(request: &'a mut ConversationRequest, path: &str) -> &'a mut String {
    match path {
        "persona" => &mut request.persona,
        "emotion" => &mut request.emotion,
        "topic" => &mut request.topic,
        "intent" => &mut request.intent,
        "tone" => &mut request.tone,
        _ => &mut request.instructions,
    }
}

fn value(request: RwSignal<ConversationRequest>, path: &'static str) -> Signal<String> {
    Signal::derive(move || request.with(|request| line(&mut request.clone(), path).clone()))
}

fn typed(
    request: RwSignal<ConversationRequest>,
    path: &'static str,
) -> impl Fn(String) + Copy + Send + Sync + 'static {
    move |text| request.update(|request| *line(request, path) = text)
}

/// The inputs of the form.
#[component]
pub fn Fields(form: FormState, request: RwSignal<ConversationRequest>) -> impl IntoView {
    let tiers = Tier::ALL.iter().map(|tier| Choice::new(tier.as_str(), tier.label())).collect();
    let tier = Memo::new(move |_| request.with(|request| request.tier));
    let best = move || {
        let best = best_turns(tier.get());
        format!("Recommended for this tier: {} to {}.", best.start(), best.end())
    };
    // An odd number is told at once: every edit is a try of its own.
    let tries = Tries::default();
    let turns = Signal::derive(move || {
        NewConversation::check_turns(request.with(|request| request.turns)).err()
    });
    let lines = LINES.map(|(path, label, hint, example)| {
        view! {
            <TextField
                id=format!("generate-{path}")
                name=path
                label=label
                hint=hint
                placeholder=example
                max_length=MAX_TEXT as u32
                value=value(request, path)
                on_change=typed(request, path)
                error=form.error(path)
            />
        }
    });
    view! {
        <SegmentedControl
            id="generate-tier"
            name="tier"
            label="Tier"
            choices=tiers
            value=Signal::derive(move || tier.get().as_str().to_owned())
            on_change=move |word: String| {
                if let Ok(tier) = word.parse() {
                    request.update(|request| request.tier = tier);
                }
            }
            error=form.error("tier")
        />
        <div class="columns">{parts(lines)}</div>
        <div>
            <Provider value=tries>
                <NumberField
                    id="generate-turns"
                    label="Turns"
                    hint="User and assistant together; an even number."
                    min=f64::from(*TURNS.start())
                    max=f64::from(*TURNS.end())
                    step=2.0
                    value=Signal::derive(move || request.with(|request| f64::from(request.turns)))
                    // A number within the field's limits.
                    on_change=move |turns: f64| {
                        request.update(|request| request.turns = turns as u32);
                        tries.again();
                    }
                    error=turns
                />
            </Provider>
            <p class="control-hint">{best}</p>
        </div>
        <TextArea
            id="generate-instructions"
            name="instructions"
            label="Instructions"
            hint="Optional. Anything else Claude should know."
            value=value(request, "instructions")
            on_change=typed(request, "instructions")
            error=form.error("instructions")
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_fills_in_what_it_names() {
        let mut asked = ParamsMap::new();
        asked.insert("persona", "A student".to_owned());
        asked.insert("tier", "edge_case".to_owned());
        asked.insert("emotion", "x".repeat(MAX_TEXT + 1));
        asked.insert("turns", "4".to_owned());
        let mut request = ConversationRequest { topic: "Loans".into(), ..empty() };
        assert!(fill(&mut request, &asked));
        let named = ConversationRequest {
            persona: "A student".into(),
            tier: Tier::EdgeCase,
            topic: "Loans".into(),
            ..empty()
        };
        assert_eq!(request, named);
        assert!(!fill(&mut request, &ParamsMap::new()));
    }
}
