//! How a file is written.

use super::wishes::{Target, Wishes};
use crate::{
    domain::{
        coverage::TOKEN_TARGETS,
        exports::{ExportWishes, JsonlKind, TARGETS, TokenRule},
        preferences::values::ExportFormat,
        words::Choice as Word,
    },
    ui::components::{Choice, NumberField, RadioGroup, SegmentedControl, Switch, parts},
};
use leptos::prelude::*;

#[component]
pub fn ExportFields(wishes: Wishes) -> impl IntoView {
    let length = wishes.has_rules().then(|| view! { <Length wishes=wishes /> });
    view! {
        <div class="export-fields">
            <div class="stack">
                <Format wishes=wishes />
                {length}
            </div>
            <div class="stack">
                <Contents wishes=wishes />
                <Packing wishes=wishes />
            </div>
        </div>
    }
    .into_any()
}

fn choices(words: &[Word]) -> Vec<Choice> {
    words.iter().map(|word| Choice::new(word.value, word.label)).collect()
}

/// Who reads files of this kind.
const fn readers(kind: JsonlKind) -> &'static str {
    match kind {
        JsonlKind::Openai => "Read by TRL, axolotl, Unsloth, mlx-lm, LLaMA-Factory and OpenAI.",
        JsonlKind::Sharegpt => "Read by axolotl, Unsloth and LLaMA-Factory.",
        JsonlKind::Alpaca => "Read by LLaMA-Factory and axolotl. Earlier turns are the history.",
        JsonlKind::PromptCompletion => "Read by TRL and mlx-lm. Only the last answer is trained.",
    }
}

#[component]
fn Format(wishes: Wishes) -> impl IntoView {
    let format = Memo::new(move |_| wishes.format());
    let change = move |word: String| {
        let format = ExportFormat::ALL.into_iter().find(|own| own.as_str() == word);
        wishes.change(|own| own.format = format);
    };
    let kind = Signal::derive(move || {
        wishes.shown.with(|own| own.kind.unwrap_or_default().as_str().to_owned())
    });
    let change_kind = move |word: String| wishes.change(|own| own.kind = word.parse().ok());
    let kinds = move || {
        (format.get() == ExportFormat::Jsonl).then(|| {
            let choice = |own: JsonlKind| Choice::new(own.as_str(), own.label()).hint(readers(own));
            view! {
                <RadioGroup
                    id="export-kind"
                    name="kind"
                    label="Kind of JSONL"
                    choices=JsonlKind::ALL.map(choice).to_vec()
                    value=kind
                    on_change=change_kind
                />
            }
        })
    };
    view! {
        <SegmentedControl
            id="export-format"
            name="format"
            label="Format"
            choices=choices(ExportFormat::CHOICES)
            value=Signal::derive(move || format.get().as_str().to_owned())
            on_change=change
        />
        {kinds}
    }
    .into_any()
}

/// Something that a file may have.
struct Part {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    at: fn(&mut ExportWishes) -> &mut Option<bool>,
}

/// The first one is needed for the others.
const PARTS: [Part; 5] = [
    Part {
        name: "metadata",
        label: "Metadata",
        hint: "Without it the file has nothing but the turns.",
        at: |own| &mut own.metadata,
    },
    Part {
        name: "descriptions",
        label: "Descriptions",
        hint: "Persona, topic, tier, tags and the like.",
        at: |own| &mut own.descriptions,
    },
    Part { name: "scores", label: "Quality scores", hint: "", at: |own| &mut own.quality_scores },
    Part { name: "times", label: "Timestamps", hint: "", at: |own| &mut own.timestamps },
    Part {
        name: "approvals",
        label: "Approval history",
        hint: "Who decided about it, and when.",
        at: |own| &mut own.approval_history,
    },
];

impl Wishes {
    fn has(self, part: fn(&mut ExportWishes) -> &mut Option<bool>) -> Signal<bool> {
        Signal::derive(move || *part(&mut self.shown.get()) == Some(true))
    }
}

#[component]
fn Contents(wishes: Wishes) -> impl IntoView {
    let metadata = wishes.has(PARTS[0].at);
    let switch = |Part { name, label, hint, at }: Part| {
        let needs = name != PARTS[0].name;
        view! {
            <Switch
                id=format!("export-{name}")
                label=label
                hint=hint
                value=wishes.has(at)
                on_change=move |on| wishes.change(|own| *at(own) = Some(on))
                disabled=Signal::derive(move || needs && !metadata.get())
            />
        }
    };
    view! {
        <div class="control" role="group" aria-labelledby="export-contents">
            <span class="control-label" id="export-contents">
                "Contents"
            </span>
            {parts(PARTS.map(switch))}
        </div>
    }
    .into_any()
}

#[component]
fn Packing(wishes: Wishes) -> impl IntoView {
    let bundle = wishes.has(|own| &mut own.bundle);
    view! {
        <div class="control" role="group" aria-labelledby="export-packing">
            <span class="control-label" id="export-packing">
                "File"
            </span>
            <Switch
                id="export-gzip"
                label="Compress with gzip"
                value=Signal::derive(move || wishes.packs())
                on_change=move |on| wishes.change(|own| own.gzip = Some(on))
                disabled=bundle
            />
            <Switch
                id="export-bundle"
                label="One zip with card and configurations"
                hint="A description of the data, and ready configurations of trainers."
                value=bundle
                on_change=move |on| wishes.change(|own| own.bundle = Some(on))
            />
        </div>
    }
    .into_any()
}

const ANY: &str = "any";
const OWN: &str = "own";

/// How long conversations may be, and what becomes of those that are longer.
#[component]
fn Length(wishes: Wishes) -> impl IntoView {
    let usual =
        TOKEN_TARGETS.map(|tokens| Choice::new(tokens.to_string(), format!("{}k", tokens / 1024)));
    let (first, last) = (Choice::new(ANY, "Any"), Choice::new(OWN, "Other"));
    let targets = [first].into_iter().chain(usual).chain([last]).collect();
    let target = Memo::new(move |_| wishes.target.get());
    let shown = Signal::derive(move || match target.get() {
        Target::Any => ANY.to_owned(),
        Target::Usual(tokens) => tokens.to_string(),
        Target::Own => OWN.to_owned(),
    });
    let change = move |word: String| {
        wishes.target.set(match word.parse() {
            Ok(tokens) => Target::Usual(tokens),
            Err(_) if word == OWN => Target::Own,
            Err(_) => Target::Any,
        });
    };
    let own = move || {
        (target.get() == Target::Own).then(|| {
            view! {
                <NumberField
                    id="export-target-own"
                    label="Number of tokens"
                    value=Signal::derive(move || f64::from(wishes.own_target()))
                    min=f64::from(*TARGETS.start())
                    max=f64::from(*TARGETS.end())
                    // Whole and within these limits, or it would not be told.
                    on_change=move |tokens: f64| wishes.set_own_target(tokens as u32)
                    error=wishes.form.error("tokenFit.target")
                />
            }
        })
    };
    let rule = move || {
        (target.get() != Target::Any).then(|| {
            view! {
                <SegmentedControl
                    id="export-rule"
                    name="rule"
                    label="Longer ones"
                    choices=choices(TokenRule::CHOICES)
                    value=Signal::derive(move || wishes.rule.get().as_str().to_owned())
                    on_change=move |word: String| {
                        wishes.rule.set(word.parse().unwrap_or(TokenRule::LeaveOut))
                    }
                />
            }
        })
    };
    view! {
        <SegmentedControl
            id="export-target"
            name="target"
            label="Longest, in tokens"
            hint="Estimated, right to ±15 % for English."
            choices=targets
            value=shown
            on_change=change
        />
        {own}
        {rule}
    }
    .into_any()
}
