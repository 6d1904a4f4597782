//! The foot of a form.

use super::{FormDone, FormState};
use crate::ui::components::{Button, ButtonVariant, IconName};
use leptos::prelude::*;

/// The button that sends the form, with its words as children, others beside it, and what it has
/// done. In a dialog: [`DialogButtons`].
#[component]
pub fn FormButtons(
    form: FormState,
    #[prop(default = ButtonVariant::Primary)] variant: ButtonVariant,
    #[prop(optional)] icon: Option<IconName>,
    /// Needed with a `reason`.
    #[prop(optional, into)]
    id: String,
    /// Where it is not the form's own.
    #[prop(optional, into)]
    busy: Option<Signal<bool>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Why the button is disabled, in a sentence.
    #[prop(optional, into)]
    reason: MaybeProp<String>,
    /// Other buttons.
    #[prop(optional, into)]
    others: ViewFnOnce,
    /// The form goes when it has worked, so there is nothing to say in it.
    #[prop(optional)]
    goes: bool,
    children: Children,
) -> impl IntoView {
    let busy = busy.unwrap_or_else(|| form.busy.into());
    view! {
        <div class="button-row">
            <Button
                kind="submit"
                id=id
                variant=variant
                icon=icon
                busy=busy
                disabled=disabled
                reason=reason
            >
                {children()}
            </Button>
            {others.run()}
            {(!goes).then(|| view! { <FormDone form=form /> })}
        </div>
    }
    .into_any()
}

/// The footer of a dialog that is a form: the way out first, as in all of them, then the button
/// that sends the form, with its words as children.
#[component]
pub fn DialogButtons(
    form: FormState,
    #[prop(into)] on_cancel: Callback<()>,
    /// There is no way back.
    #[prop(optional, into)]
    stays: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <Show when=move || !stays.get()>
            <Button on_press=on_cancel>"Cancel"</Button>
        </Show>
        <Button kind="submit" form=form.id variant=ButtonVariant::Primary busy=form.busy>
            {children()}
        </Button>
    }
    .into_any()
}
