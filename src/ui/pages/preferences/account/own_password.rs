//! What proves once more who sits here: the password, and a code of the authenticator app.

use crate::ui::{
    client::boot::use_user,
    components::{PasswordField, TextField},
    form::FormState,
};
use leptos::prelude::*;

/// Tells password managers whose password a form is about.
#[component]
pub fn Username() -> impl IntoView {
    let user = use_user();
    let email = move || user.get().map(|user| user.email);
    view! {
        <input type="text" name="username" autocomplete="username" value=email readonly hidden />
    }
    .into_any()
}

/// The present password, called `password` in the form.
#[component]
pub fn OwnPassword(
    form: FormState,
    id: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <Username />
        <PasswordField
            id=id
            name="password"
            label="Password"
            autocomplete="current-password"
            error=form.error("password")
            autofocus=autofocus
        />
    }
    .into_any()
}

/// A code, called `code` in the form.
#[component]
pub fn CodeField(
    form: FormState,
    id: &'static str,
    #[prop(default = "Of your app, or a recovery code.")] hint: &'static str,
) -> impl IntoView {
    view! {
        <TextField
            id=id
            name="code"
            label="Code"
            hint=hint
            autocomplete="one-time-code"
            mono=true
            error=form.error("code")
        />
    }
    .into_any()
}
