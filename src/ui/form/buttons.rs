//! The foot of a form.

use super::{FormDone, FormState};
use crate::ui::components::{Button, ButtonVariant, IconName};
use leptos::prelude::*;

/// The button that sends the form, with its words as children, others beside it, and what it has
/// done. In a dialog the way out comes first, as in all of them: there it belongs into its footer.
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
