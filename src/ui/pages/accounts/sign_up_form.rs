//! The form that makes an account.

use super::{EmailField, NextPage, follow, show_refused, typed_before};
use crate::{
    api::{accounts::session::SignUp, time_zones::find_time_zone},
    domain::{accounts::NewAccount, local_path::LocalPath},
    ui::{
        client::time_zone,
        components::{Button, ButtonVariant, PasswordField, TextField},
        form::{FormAlert, FormState},
    },
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

/// Name, e-mail address and password. The time zone is this device's; `hydration.js` fills it in
/// for whoever is quicker than the page.
#[component]
pub fn SignUpForm(next: Option<LocalPath>) -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("sign-up", &["email", "displayName", "password"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    let (zone, status) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        let Some(reported) = time_zone::of_this_device() else { return };
        zone.set(reported.clone());
        spawn_local(async move {
            // Without an answer nothing is said; what the account gets stands in its settings.
            let Ok(known) = find_time_zone(reported.clone()).await else { return };
            status.set(match known {
                Some(zone) => {
                    format!("Time zone: {}, as on this device.", zone.replace('_', " "))
                }
                None => format!(
                    "This device reports the unknown time zone “{reported}”. UTC is used until \
                     you choose another in Settings."
                ),
            });
        });
    });
    let check = move |event: SubmitEvent| {
        let typed = |name| form.typed(name);
        let parsed =
            NewAccount::parse(&typed("email"), &typed("password"), &typed("display_name"), None);
        if busy.get_untracked() || parsed.is_err() {
            event.prevent_default();
            form.refuse(parsed.err().unwrap_or_default());
        } else {
            form.clear();
        }
    };
    view! {
        <ActionForm action=action attr:id=form.id attr:novalidate="" on:submit:capture=check>
            <FormAlert form=form />
            <TextField
                id="display-name"
                name="display_name"
                label="Name"
                hint="How others see you."
                autocomplete="name"
                value=typed_before("display_name")
                error=form.error("displayName")
                autofocus=true
            />
            <EmailField form=form />
            <PasswordField
                id="password"
                name="password"
                label="Password"
                hint="At least 12 characters."
                autocomplete="new-password"
                error=form.error("password")
            />
            <input type="hidden" name="time_zone" prop:value=zone />
            <p class="muted small" role="status">
                {status}
            </p>
            <NextPage next=next />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Create account"
            </Button>
        </ActionForm>
    }
}
