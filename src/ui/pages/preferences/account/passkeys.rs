//! Passkeys: what signs in without a password.

mod add;
pub mod dialog;
mod rename;

use crate::ui::components::{Button, Card};
use leptos::prelude::*;

/// Leads to the person's passkeys.
#[component]
pub fn PasskeysCard(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Card
            id="passkeys"
            title="Passkeys"
            hint="Your phone, computer or password manager signs you in, without password and code."
        >
            <div class="button-row">
                <Button on_press=move |()| open.set(true)>"Manage passkeys…"</Button>
            </div>
        </Card>
    }
}
