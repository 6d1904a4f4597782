//! A password, which can be looked at instead of typed twice.

use super::{Icon, IconName, dom::Resets, naming::ControlText};
use crate::domain::letter_case::lowercase;
use leptos::prelude::*;

/// The field of a plain form for a password, with a button that shows what was typed. The input
/// stays the same one, so a password manager keeps hold of it; without a script there is no button.
#[component]
pub fn PasswordField(
    #[prop(into)] id: String,
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    Resets::on_change(move |reset| {
        if reset {
            shown.set(false);
        }
    });
    // Beside several fields each button says which it shows; pressed or not, it has one name.
    let show = format!("Show {}", lowercase(&label));
    let text = ControlText { id, label, hint, error, ..Default::default() };
    let naming = text.naming();
    let edited = naming.clone();
    let field = view! {
        <div class="password-field">
            <input
                class="input"
                type=move || if shown.get() { "text" } else { "password" }
                id=naming.id.clone()
                name=name
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                autofocus=autofocus
                aria-describedby=naming.described_by.clone()
                aria-invalid=naming.invalid()
                on:input=move |_| edited.edit()
            />
            <button
                class="button"
                type="button"
                data-variant="ghost"
                data-size="s"
                data-icon-only=""
                data-needs-script=""
                aria-label=show.clone()
                title=show
                aria-controls=naming.id.clone()
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                <Icon name=IconName::Eye size="s" />
            </button>
        </div>
    };
    text.frame(&naming, false, field.into_any())
}
