//! The one input for numbers. The browser's own drops a decimal comma before the page sees it, and
//! changes under the mouse wheel; this one is a line of text that `domain::number` reads.

use super::{
    dom::{follow, is_enter, settle},
    naming::Naming,
    number::{format_number, snap, stepped},
};
use crate::domain::number::{NumberError, NumberRule, Sign, TypedNumber};
use gloo_timers::callback::Timeout;
use leptos::{html, prelude::*};
use web_sys::HtmlInputElement;

/// So long a text has to rest before it is said that it cannot be read.
const REST_MS: u32 = 800;

/// What stands in the input after an edit.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    Number(f64),
    /// Nothing, where that is allowed.
    Empty,
    /// No number, one that is not allowed, or one of two: the text itself. Reported when typing
    /// rests or the edit is finished; at once where more digits mend nothing.
    Unread(String),
}

/// What an owner that stores the numbers that it receives has to know beside them: the beginning of
/// a text can be a number although the whole is none, as `1` of `1,5`.
#[derive(Clone, Copy)]
pub struct Typing {
    /// Somebody begins to change the text: what stands now is what is gone back to.
    pub started: Callback<()>,
    /// The text cannot be read: what was received since then does not count.
    pub withdrawn: Callback<()>,
}

/// What the input says about what was typed.
#[derive(Clone, Debug, Default, PartialEq)]
enum Understood {
    /// It is written as it was understood.
    #[default]
    AsTyped,
    /// It was understood as this.
    As(String),
    /// It can mean two numbers.
    Either([TypedNumber; 2]),
}

/// An input without label and hint.
#[derive(Clone)]
pub(super) struct NumberInput {
    pub id: String,
    pub name: Option<String>,
    pub aria_label: Option<String>,
    pub aria_labelledby: Option<String>,
    pub placeholder: Option<&'static str>,
    pub rule: NumberRule,
    pub step: f64,
    /// Only numbers on a step are taken; others go to the nearest.
    pub snaps: bool,
    /// It may be left empty.
    pub optional: bool,
    /// The text to show.
    pub shown: Signal<String>,
    pub on_edit: Callback<Entered>,
    /// A finished edit: focus left the input, or Enter.
    pub on_commit: Option<Callback<f64>>,
    pub typing: Option<Typing>,
}

#[derive(Clone)]
struct Editing {
    input: NumberInput,
    naming: Naming,
    own_error: RwSignal<Option<String>>,
    understood: RwSignal<Understood>,
    unread: RwSignal<bool>,
    /// Counts the texts that were typed, so that a rest after one of them is noticed.
    typed: StoredValue<u32>,
    /// The owner was told that typing has begun; until the number is finished.
    started: StoredValue<bool>,
}

impl NumberInput {
    /// The input, and beneath it what was understood.
    pub fn view(self, naming: &Naming) -> AnyView {
        let node = NodeRef::<html::Input>::new();
        let Self { id, name, rule, shown, .. } = self.clone();
        let (aria_label, placeholder) = (self.aria_label.clone(), self.placeholder);
        let labelled = self.aria_labelledby.clone();
        let editing = Editing {
            input: self,
            naming: naming.clone(),
            own_error: naming.own_error,
            understood: RwSignal::new(Understood::default()),
            unread: RwSignal::new(false),
            typed: StoredValue::new(0),
            started: StoredValue::new(false),
        };
        let other = editing.clone();
        follow(node, shown, move |text| other.written(text));
        let now = move || shown.with(|text| rule.read(text).ok().map(|it| it.to_string()));
        // A keyboard of digits alone has no minus sign.
        let digits = rule.whole && rule.min >= 0.0;
        let keyboard = if digits { "numeric" } else { "decimal" };
        let limit = |limit: f64| limit.is_finite().then(|| limit.to_string());
        let [edit, change, key, leave] = std::array::from_fn(|_| editing.clone());
        let unread = editing.unread;
        let line = editing.line(node);
        view! {
            <span class="number-input">
                <input
                    class="input"
                    data-number=""
                    type="text"
                    inputmode=keyboard
                    role="spinbutton"
                    id=id
                    name=name
                    value=shown.get_untracked()
                    aria-valuenow=now
                    aria-valuemin=limit(rule.min)
                    aria-valuemax=limit(rule.max)
                    node_ref=node
                    autocomplete="off"
                    placeholder=placeholder
                    data-unread=move || unread.get().then_some("")
                    disabled=naming.disabled
                    aria-label=aria_label
                    aria-labelledby=labelled
                    aria-describedby=naming.described_by.clone()
                    aria-invalid=naming.invalid()
                    on:input:target=move |event| {
                        let text = event.target().value();
                        edit.typed(&text);
                        edit.clone().rested(text);
                    }
                    on:change:target=move |event| change.changed(&event.target().value())
                    on:keydown:target=move |event| {
                        let input = event.target();
                        let held = event.ctrl_key() || event.alt_key() || event.meta_key();
                        match event.key().as_str() {
                            _ if is_enter(&event) => key.finished(&input.value()),
                            "ArrowUp" | "ArrowDown" if !held => {
                                event.prevent_default();
                                key.step(&input, event.key() == "ArrowUp");
                            }
                            _ => {}
                        }
                    }
                    on:blur:target=move |event| leave.left(&event.target())
                />
                {line}
            </span>
        }
        .into_any()
    }

    /// The number that a text stands for here.
    fn read(&self, text: &str) -> Result<f64, NumberError> {
        let number = self.rule.read(text)?.to_f64();
        let NumberRule { min, max, .. } = self.rule;
        Ok(if self.snaps { snap(number, min, max, self.step) } else { number })
    }

    /// In words, where it matters that it is money.
    fn in_words(&self, text: &str) -> String {
        if self.rule.sign == Sign::Dollars { format!("${text}") } else { text.to_owned() }
    }
}

impl Editing {
    fn typed(&self, text: &str) {
        self.naming.edit();
        self.typed.update_value(|count| *count = count.wrapping_add(1));
        let entered = match self.input.read(text) {
            Ok(number) => Entered::Number(number),
            Err(NumberError::Empty) if self.input.optional => Entered::Empty,
            Err(error) => {
                self.withdraw();
                self.misread(error);
                // More digits do not mend it.
                if self.input.rule.is_beyond(text) {
                    self.changed(text);
                }
                return;
            }
        };
        self.understand();
        self.begin();
        let number = if let Entered::Number(number) = entered { Some(number) } else { None };
        self.input.on_edit.run(entered);
        // The owner may have stopped it, as one end of a span at the other: told is what it became.
        let shown = self.input.shown.get_untracked();
        let became = self.input.read(&shown).ok().or(number);
        let plain = |number: f64| number.to_string() == text.trim() || shown == text.trim();
        self.understood.set(match became {
            Some(number) if !plain(number) => {
                let text = format_number(number, self.input.step);
                Understood::As(self.input.in_words(&text))
            }
            _ => Understood::AsTyped,
        });
    }

    fn begin(&self) {
        if let Some(typing) = self.input.typing
            && !self.started.get_value()
        {
            self.started.set_value(true);
            typing.started.run(());
        }
    }

    fn withdraw(&self) {
        if let Some(typing) = self.input.typing
            && self.started.get_value()
        {
            typing.withdrawn.run(());
        }
    }

    fn misread(&self, error: NumberError) {
        self.understood.set(match error {
            NumberError::Ambiguous { readings, .. } => Understood::Either(readings),
            _ => Understood::AsTyped,
        });
        self.unread.set(true);
    }

    /// Says what is wrong with a text that cannot be read, once typing rests: on the way to `7,5`
    /// stands `7,`, and on that to 5000 stands 5.
    fn rested(self, text: String) {
        if !self.unread.get_untracked() {
            return;
        }
        let count = self.typed.get_value();
        Timeout::new(REST_MS, move || {
            // Nothing where the page was left, or something else was typed since.
            if self.typed.try_get_value() == Some(count) && self.unread.get_untracked() {
                self.changed(&text);
            }
        })
        .forget();
    }

    /// Ends what was said of a text that could not be read.
    fn understand(&self) {
        // What is told of the other end of a span stays.
        if self.unread.get_untracked() {
            self.own_error.set(None);
        }
        self.unread.set(false);
    }

    /// The owner has put another text into the input, perhaps one that was typed before and could
    /// not be read: what was said is about a text that is gone.
    fn written(&self, text: &str) {
        self.typed.update_value(|count| *count = count.wrapping_add(1));
        self.started.set_value(false);
        self.understand();
        self.understood.set(Understood::AsTyped);
        match self.input.read(text) {
            Ok(_) | Err(NumberError::Empty) => {}
            Err(error) => {
                self.own_error.set(Some(error.sentence(self.input.rule)));
                self.misread(error);
            }
        }
    }

    /// Says what is wrong with what stands there, and tells the owner.
    fn changed(&self, text: &str) {
        match self.input.read(text) {
            Err(NumberError::Empty) if self.input.optional => {}
            Err(error) => {
                self.own_error.set(Some(error.sentence(self.input.rule)));
                self.input.on_edit.run(Entered::Unread(text.to_owned()));
            }
            Ok(_) => {}
        }
    }

    fn finished(&self, text: &str) {
        let Ok(number) = self.input.read(text) else { return };
        self.started.set_value(false);
        if let Some(on_commit) = self.input.on_commit {
            on_commit.run(number);
        }
    }

    fn left(&self, input: &HtmlInputElement) {
        if self.unread.get_untracked() {
            // It stays as it was typed, until it is mended.
            return self.changed(&input.value());
        }
        self.finished(&input.value());
        self.understood.set(Understood::AsTyped);
        if self.own_error.with_untracked(Option::is_none) {
            settle(input, &self.input.shown.get_untracked());
        }
    }

    fn step(&self, input: &HtmlInputElement, up: bool) {
        let NumberRule { min, max, .. } = self.input.rule;
        let typed = self.input.read(&input.value());
        let from = typed.or_else(|_| self.input.read(&self.input.shown.get_untracked())).ok();
        let next = match from {
            Some(number) => stepped(number, up, min, max, self.input.step),
            None if min.is_finite() => min,
            None => 0.0_f64.clamp(min, max),
        };
        self.write(input, &format_number(next, self.input.step));
        // Nobody means another number by it: what is typed next begins here.
        self.started.set_value(false);
    }

    fn write(&self, input: &HtmlInputElement, text: &str) {
        input.set_value(text);
        self.typed(text);
    }

    /// What was understood, said at once; of two readings, which one it is.
    fn line(self, node: NodeRef<html::Input>) -> AnyView {
        let content = move || {
            let choose = |number: &TypedNumber| {
                let (editing, text) = (self.clone(), number.spelled());
                let words = self.input.in_words(number.as_str());
                let choose = move |_| {
                    if let Some(input) = node.get_untracked() {
                        editing.write(&input, &text);
                        editing.finished(&text);
                        // Fails only for an input that has gone.
                        let _ = input.focus();
                    }
                };
                view! {
                    <button type="button" class="button" data-size="s" on:click=choose>
                        {words}
                    </button>
                }
            };
            match self.understood.get() {
                Understood::AsTyped => ().into_any(),
                Understood::As(words) => format!("= {words}").into_any(),
                Understood::Either([grouped, decimal]) => view! {
                    "Which one? "
                    {choose(&grouped)}
                    " "
                    {choose(&decimal)}
                }
                .into_any(),
            }
        };
        view! {
            <span class="number-read" aria-live="polite">
                {content}
            </span>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests;
