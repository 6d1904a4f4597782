//! A span of numbers: lowest and highest, by two thumbs over one track and by typing.

use super::{
    dom::{follow, is_enter, settle},
    naming::{ControlText, Naming},
    number::{format_number, limits, read, snap},
};
use leptos::{html, prelude::*};

/// Lowest and highest of a span. They may meet but never cross: the end being moved stops at the other.
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
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let scale = Scale { min, max, step };
    let end = |high: bool| {
        let name = name.as_ref().map(|name| format!("{name}{}", if high { "Max" } else { "Min" }));
        End { high, scale, value, on_change, on_commit, name }
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
                {low.input(&naming, true)}
                {high.input(&naming, true)}
            </div>
            <div class="slider-numbers">
                {low.input(&naming, false)} <span aria-hidden="true">"–"</span> {high.input(&naming, false)}
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
struct End {
    high: bool,
    scale: Scale,
    value: Signal<(f64, f64)>,
    on_change: Option<Callback<(f64, f64)>>,
    on_commit: Option<Callback<(f64, f64)>>,
    name: Option<String>,
}

impl End {
    fn input(&self, naming: &Naming, is_range: bool) -> AnyView {
        let Self { high, scale, value, on_change, on_commit, .. } = *self;
        let Scale { min, max, step } = scale;
        let own_error = naming.own_error;
        let node = NodeRef::<html::Input>::new();
        let shown = Signal::derive(move || {
            let (low_end, high_end) = value.get();
            format_number(if high { high_end } else { low_end }, step)
        });
        follow(node, shown);
        // The span with this end at the wished place, or at the other end if that lies before it.
        let span = move |text: &str| {
            let wish = snap(read(text, min, max)?, min, max, step);
            let (low_end, high_end) = value.get_untracked();
            Some(if high { (low_end, wish.max(low_end)) } else { (wish.min(high_end), high_end) })
        };
        let commit = move |text: &str| {
            if let (Some(on_commit), Some(span)) = (on_commit, span(text)) {
                on_commit.run(span);
            }
        };
        // Both thumbs at the upper end: the lower one must lie on top, or neither could be moved.
        let on_top = move || (is_range && !high && value.get().0 > (min + max) / 2.0).then_some("");
        let (kind, class) = if is_range { ("range", "range") } else { ("number", "input") };
        let end_name = if high { "Highest" } else { "Lowest" };
        let suffix = if high { "max" } else { "min" };
        let id = format!("{}-{suffix}{}", naming.id, if is_range { "-range" } else { "" });
        view! {
            <input
                class=class
                type=kind
                id=id
                name=self.name.clone().filter(|_| !is_range)
                value=shown.get_untracked()
                min=min.to_string()
                max=max.to_string()
                step=step.to_string()
                node_ref=node
                autocomplete="off"
                data-top=on_top
                disabled=naming.disabled
                aria-label=end_name
                aria-invalid=naming.invalid()
                on:input:target=move |event| {
                    let Some(span) = span(&event.target().value()) else { return };
                    own_error.set(None);
                    if let Some(on_change) = on_change {
                        on_change.run(span);
                    }
                    if is_range {
                        settle(&event.target(), &shown.get_untracked());
                    }
                }
                on:change:target=move |event| {
                    if span(&event.target().value()).is_none() {
                        own_error.set(Some(limits(min, max, step)));
                    }
                }
                on:keydown:target=move |event| {
                    if is_enter(&event) {
                        commit(&event.target().value());
                    }
                }
                on:blur:target=move |event| {
                    commit(&event.target().value());
                    if own_error.with_untracked(Option::is_none) {
                        settle(&event.target(), &shown.get_untracked());
                    }
                }
            />
        }
        .into_any()
    }
}
