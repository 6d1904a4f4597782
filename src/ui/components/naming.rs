//! Who names a control: itself, or the row that it stands in.

use leptos::prelude::*;

/// Counts how often a form around the controls was tried. What was found wrong with a field in one
/// try is not told any more once it is edited. They learn of it by a `Provider` around them.
#[derive(Clone, Copy)]
pub struct Tries(RwSignal<u32>);

impl Default for Tries {
    fn default() -> Self {
        Self(RwSignal::new(0))
    }
}

impl Tries {
    /// Another try: what is found now is told, whatever was edited before.
    pub fn again(self) {
        self.0.update(|count| *count = count.wrapping_add(1));
    }
}

/// The texts that a control was given.
#[derive(Clone, Default)]
pub(super) struct ControlText {
    pub id: String,
    pub label: String,
    pub hint: String,
    pub error: MaybeProp<String>,
    pub disabled: Signal<bool>,
    pub reason: MaybeProp<String>,
}

/// The ids that tie a control to its label, hint and error, and the state that it shares with them.
#[derive(Clone)]
pub(super) struct Naming {
    /// Id of the control itself.
    pub id: String,
    pub label_id: String,
    /// For `aria-describedby`.
    pub described_by: String,
    pub disabled: Signal<bool>,
    /// What the control itself found wrong with the text typed into it. Shown before any outside
    /// error.
    pub own_error: RwSignal<Option<String>>,
    error: Signal<Option<String>>,
    tries: Option<Tries>,
    /// The try after which the control was edited.
    edited: RwSignal<Option<u32>>,
}

impl Naming {
    pub fn new(id: &str, has_hint: bool, error: MaybeProp<String>, disabled: Signal<bool>) -> Self {
        let own_error = RwSignal::new(None::<String>);
        let hint = if has_hint { format!("{id}-hint ") } else { String::new() };
        let (tries, edited) = (use_context::<Tries>(), RwSignal::new(None));
        let is_over = move || tries.is_some_and(|tries| edited.get() == Some(tries.0.get()));
        Self {
            id: id.to_owned(),
            label_id: format!("{id}-label"),
            described_by: format!("{hint}{id}-error"),
            disabled,
            own_error,
            error: Signal::derive(move || {
                own_error.get().or_else(|| error.get().filter(|_| !is_over()))
            }),
            tries,
            edited,
        }
    }

    /// Somebody edits the control: what its form found wrong with it is over.
    pub fn edit(&self) {
        if let Some(tries) = self.tries {
            self.edited.set(Some(tries.0.get_untracked()));
        }
    }

    /// The value of `aria-invalid`.
    pub fn invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + use<> {
        let error = self.error;
        move || error.with(Option::is_some).then_some("true")
    }

    /// The line that shows the error. It is always there, so that `aria-describedby` always finds
    /// it.
    pub fn error_line(&self, class: &'static str) -> impl IntoView + use<> {
        let error = self.error;
        view! {
            <p class=class id=format!("{}-error", self.id)>
                {move || error.get()}
            </p>
        }
    }
}

impl ControlText {
    /// Ties the control to its own texts, or to the row around it when it has no label of its own.
    pub fn naming(&self) -> Naming {
        match use_context::<Naming>() {
            Some(row) if self.label.is_empty() => {
                let (own, outer) = (self.disabled, row.disabled);
                Naming { disabled: Signal::derive(move || own.get() || outer.get()), ..row }
            }
            _ => Naming::new(&self.id, !self.hint.is_empty(), self.error, self.disabled),
        }
    }

    /// Puts label, hint, reason and error around the control, or nothing inside a row, which shows
    /// them itself. A `group` of inputs is named by reference, since a label can only belong to one
    /// input.
    pub fn frame(self, naming: &Naming, group: bool, control: AnyView) -> AnyView {
        if self.label.is_empty() {
            return control;
        }
        let Self { id, label, hint, disabled, reason, .. } = self;
        let label_id = naming.label_id.clone();
        let label = if group {
            view! {
                <span class="control-label" id=label_id>
                    {label}
                </span>
            }
            .into_any()
        } else {
            view! {
                <label class="control-label" id=label_id for=id.clone()>
                    {label}
                </label>
            }
            .into_any()
        };
        let hint = (!hint.is_empty()).then(|| {
            view! {
                <p class="control-hint" id=format!("{id}-hint")>
                    {hint}
                </p>
            }
        });
        let reason = move || {
            reason
                .get()
                .filter(|_| disabled.get())
                .map(|reason| view! { <p class="control-reason">{reason}</p> })
        };
        view! {
            <div class="control">
                {label} {control} {hint} {reason} {naming.error_line("control-error")}
            </div>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_found_wrong_is_told_until_the_control_is_edited_or_the_form_tried_again() {
        Owner::new().with(|| {
            let tries = Tries::default();
            provide_context(tries);
            let error = RwSignal::new(Some("Enter a name.".to_owned()));
            let error = Signal::derive(move || error.get());
            let naming = Naming::new("name", false, error.into(), Signal::from(false));
            let invalid = naming.invalid();
            assert_eq!(invalid(), Some("true"));
            naming.edit();
            assert_eq!(invalid(), None);
            tries.again();
            assert_eq!(invalid(), Some("true"), "also where the same is wrong again");
            naming.edit();
            naming.own_error.set(Some("Enter a number.".to_owned()));
            assert_eq!(invalid(), Some("true"), "what the control found itself is another matter");
        });
    }
}
