//! How full something is, and how far something has come.

use super::Tone;
use leptos::prelude::*;

/// How much of a limit is used: a budget, a pool, a disk. The numbers stand beside the bar.
#[component]
pub fn Meter(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<f64>,
    #[prop(into)] max: Signal<f64>,
    /// The same in words: `$42 of $100`.
    #[prop(into)]
    text: Signal<String>,
    #[prop(optional, into)] tone: Signal<Tone>,
) -> impl IntoView {
    view! {
        <div class="meter">
            <div class="meter-text">
                <label for=id.clone()>{label}</label>
                <span>{text}</span>
            </div>
            <meter
                class="meter-bar"
                id=id
                min="0"
                max=move || max.get().to_string()
                value=move || value.get().to_string()
                data-tone=move || tone.get().name()
            >
                {text}
            </meter>
        </div>
    }
    .into_any()
}

/// A [`Meter`] that is filled once and takes its colour from how full it is.
#[component]
pub fn UsageMeter(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    used: f64,
    #[prop(default = 1.0)] max: f64,
    /// The same in words: `$42 of $100`.
    #[prop(into)]
    text: String,
    /// It warns from this share of `max` on.
    warning: f64,
    /// And is in danger from this one on.
    #[prop(default = f64::INFINITY)]
    danger: f64,
) -> impl IntoView {
    let share = if max > 0.0 { used / max } else { 1.0 };
    let tone = match share {
        share if share >= danger => Tone::Danger,
        share if share >= warning => Tone::Warning,
        _ => Tone::Accent,
    };
    view! { <Meter id=id label=label value=used max=max text=text tone=tone /> }.into_any()
}

/// How far a long task has come. Unknown (`None`) shows a bar without a value.
#[component]
pub fn Progress(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    /// From 0 to 1.
    #[prop(into)]
    value: Signal<Option<f64>>,
    /// The same in words: `37 of 90 conversations`.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="meter">
            <div class="meter-text">
                <label for=id.clone()>{label}</label>
                <span>{text}</span>
            </div>
            <progress
                class="meter-bar"
                id=id
                max="1"
                value=move || value.get().map(|part| part.to_string())
            >
                {text}
            </progress>
        </div>
    }
    .into_any()
}
