//! A span of numbers: lowest and highest, by two thumbs over one track and by typing.

use super::{
    dom::{follow, settle},
    naming::{ControlText, Naming},
    number::format_number,
    number_input::{Entered, NumberInput, Typing},
    slider::slid_to,
};
use crate::domain::number::NumberRule;
use leptos::{html, prelude::*};
use web_sys::HtmlInputElement;

/// Lowest and highest of a span. They may meet but never cross: the end being moved stops at the
/// other.
#[component]
pub fn RangePair(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Form entries are `{name}Min` and `{name}Max`.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(into)] value: Signal<(f64, f64)>,
    #[prop(default = 0.0)] min: f64,
    #[prop(default = 10.0)] max: f64,
    #[prop(default = 0.5)] step: f64,
    #[prop(optional, into)] on_change: Option<Callback<(f64, f64)>>,
    #[prop(optional, into)] on_commit: Option<Callback<(f64, f64)>>,
    #[prop(optional_no_strip)] typing: Option<Typing>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let scale = Scale { min, max, step };
    let end = |high: bool| {
        let name = name.as_ref().map(|name| format!("{name}{}", if high { "Max" } else { "Min" }));
        End { high, scale, value, on_change, on_commit, typing, name }
    };
    let (low, high) = (end(false), end(true));
    let part = move |number: f64| 100.0 * (number - min) / (max - min);
    let left = move || format!("{:.2}", part(value.get().0));
    let width = move || format!("{:.2}", part(value.get().1) - part(value.get().0));
    let control = view! {
        <div
            class="slider"
            data-pair=""
            role="group"
            aria-labelledby=naming.label_id.clone()
            aria-describedby=naming.described_by.clone()
        >
            <div class="slider-track">
                <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect x=left width=width height="4" />
                </svg>
                {low.thumb(&naming)}
                {high.thumb(&naming)}
            </div>
            <div class="slider-numbers">
                {low.number(&naming)} <span aria-hidden="true">"–"</span> {high.number(&naming)}
            </div>
        </div>
    };
    text.frame(&naming, true, control.into_any())
}

#[derive(Clone, Copy)]
struct Scale {
    min: f64,
    max: f64,
    step: f64,
}

/// One end of the span: a thumb and a number field.
#[derive(Clone)]
struct End {
    high: bool,
    scale: Scale,
    value: Signal<(f64, f64)>,
    on_change: Option<Callback<(f64, f64)>>,
    on_commit: Option<Callback<(f64, f64)>>,
    typing: Option<Typing>,
    name: Option<String>,
}

impl End {
    fn value_text(&self) -> Signal<String> {
        let (high, value, step) = (self.high, self.value, self.scale.step);
        Signal::derive(move || {
            let (low_end, high_end) = value.get();
            format_number(if high { high_end } else { low_end }, step)
        })
    }

    /// The span with this end at the wished place, or at the other end if that lies before it.
    fn span(&self, wish: f64) -> (f64, f64) {
        let (low_end, high_end) = self.value.get_untracked();
        if self.high { (low_end, wish.max(low_end)) } else { (wish.min(high_end), high_end) }
    }

    fn change(&self, wish: f64) {
        if let Some(on_change) = self.on_change {
            on_change.run(self.span(wish));
        }
    }

    fn commit(&self, wish: f64) {
        if let Some(on_commit) = self.on_commit {
            on_commit.run(self.span(wish));
        }
    }

    fn end_name(&self) -> &'static str {
        if self.high { "Highest" } else { "Lowest" }
    }

    fn id(&self, naming: &Naming) -> String {
        format!("{}-{}", naming.id, if self.high { "max" } else { "min" })
    }

    fn thumb(&self, naming: &Naming) -> AnyView {
        let Scale { min, max, step } = self.scale;
        let own_error = naming.own_error;
        let node = NodeRef::<html::Input>::new();
        let shown = self.value_text();
        follow(node, shown, |_| ());
        // Both thumbs at the upper end: the lower one must lie on top, or neither could be moved.
        let (high, value) = (self.high, self.value);
        let on_top = move || (!high && value.get().0 > (min + max) / 2.0).then_some("");
        let (slide, leave) = (self.clone(), self.clone());
        let slid = move |input: HtmlInputElement| slid_to(&input, min, max, step);
        view! {
            <input
                class="range"
                type="range"
                id=format!("{}-range", self.id(naming))
                value=shown.get_untracked()
                min=min.to_string()
                max=max.to_string()
                step=step.to_string()
                node_ref=node
                autocomplete="off"
                data-top=on_top
                disabled=naming.disabled
                aria-label=self.end_name()
                aria-invalid=naming.invalid()
                on:input:target=move |event| {
                    let Some(wish) = slid(event.target()) else { return };
                    own_error.set(None);
                    slide.change(wish);
                    settle(&event.target(), &shown.get_untracked());
                }
                on:blur:target=move |event| {
                    if let Some(wish) = slid(event.target()) {
                        leave.commit(wish);
                    }
                    settle(&event.target(), &shown.get_untracked());
                }
            />
        }
        .into_any()
    }

    fn number(&self, naming: &Naming) -> AnyView {
        let Scale { min, max, step } = self.scale;
        let (change, commit) = (self.clone(), self.clone());
        let input = NumberInput {
            id: self.id(naming),
            name: self.name.clone(),
            aria_label: Some(self.end_name().to_owned()),
            aria_labelledby: None,
            placeholder: None,
            rule: NumberRule::within(min, max),
            step,
            snaps: true,
            optional: false,
            shown: self.value_text(),
            on_edit: Callback::new(move |entered| {
                if let Entered::Number(number) = entered {
                    change.change(number);
                }
            }),
            on_commit: Some(Callback::new(move |number| commit.commit(number))),
            typing: self.typing,
        };
        input.view(naming)
    }
}
