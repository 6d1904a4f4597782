//! The end of an account.

use super::own_password::OwnPassword;
use crate::{
    api::accounts::{DeleteAccount, DeleteAccountRequest},
    domain::{accounts::SecretText, field_error::FieldError},
    ui::{
        client::{boot::use_user, rest::Call, visit},
        components::{Button, Card, ConfirmDialog, IconName},
        form::{FetchForm, FormState},
    },
};
use leptos::prelude::*;

/// Offers to delete the account.
#[component]
pub fn DeleteCard(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Card
            id="delete-account"
            title="Delete account"
            hint="Deletes your preferences, tokens and sessions. Your changes remain in the \
            history of others."
        >
            <Button icon=IconName::Trash on_press=move |()| open.set(true)>
                "Delete my account…"
            </Button>
        </Card>
    }
}

/// Asks for the password: whoever sits at an unlocked desk must not be able to do this.
#[component]
pub fn DeleteDialog(open: RwSignal<bool>) -> impl IntoView {
    let email = use_user().get_untracked().map(|user| user.email).unwrap_or_default();
    let form = FormState::new("delete-form", &["password"]);
    let send = move |()| {
        let password = form.typed("password");
        if password.is_empty() {
            return form.refuse(vec![FieldError::new("password", "Enter your password.")]);
        }
        let deletion = DeleteAccountRequest { password: SecretText::new(password) };
        form.send(Call::<DeleteAccount>::new((), &deletion), |_| visit::go("/sign-in"));
    };
    let cancel = move |()| {
        form.clear();
        form.reset();
        open.set(false);
    };
    view! {
        <ConfirmDialog
            id="delete-account-dialog"
            title="Delete your account?"
            open=open
            confirm="Delete my account"
            target=email
            on_confirm=send
            on_cancel=cancel
            danger=true
            busy=form.busy
        >
            <FetchForm form=form on_send=send>
                <p>"This cannot be undone. Enter your password to confirm."</p>
                <OwnPassword form=form id="delete-password" />
                // With two inputs, Enter sends a form only if it has a button of its own.
                <button type="submit" hidden></button>
            </FetchForm>
        </ConfirmDialog>
    }
}
