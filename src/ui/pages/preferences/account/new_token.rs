//! Making an API token.

use super::secret::Secret;
use crate::{
    api::accounts::{MakeToken, NewTokenRequest},
    domain::{
        accounts::{Scope, TokenView},
        field_error::FieldErrors,
        names::TokenName,
    },
    ui::{
        client::rest::Call,
        components::{
            Banner, Button, ButtonVariant, CheckboxGroup, Choice, Dialog, Select, TextField, Tone,
        },
        form::{FetchForm, FormButtons, FormState},
    },
};
use chrono::{SecondsFormat, TimeDelta, Utc};
use leptos::prelude::*;

/// Lifetimes offered, in days. The first is what nobody has to think about.
const LIFETIMES: [(&str, &str); 5] =
    [("90", "90 days"), ("30", "30 days"), ("7", "7 days"), ("365", "One year"), ("", "No expiry")];

/// Asks for name, scopes and lifetime, then shows the secret, this once.
#[component]
pub fn NewTokenDialog(
    open: RwSignal<bool>,
    #[prop(into)] on_made: Callback<TokenView>,
) -> impl IntoView {
    let secret = RwSignal::new(None::<String>);
    let close = move |()| {
        open.set(false);
        secret.set(None);
    };
    let made = move |(token, text): (TokenView, String)| {
        secret.set(Some(text));
        on_made.run(token);
    };
    let title = Signal::derive(move || {
        if secret.with(Option::is_some) { "Copy your new token" } else { "New API token" }
            .to_owned()
    });
    view! {
        <Dialog id="new-token" title=title open=open on_close=close>
            <Show when=move || {
                open.get()
            }>
                {move || match secret.get() {
                    Some(text) => view! { <Made text=text on_close=close /> }.into_any(),
                    None => view! { <NewTokenForm on_made=made on_cancel=close /> }.into_any(),
                }}
            </Show>
        </Dialog>
    }
}

#[component]
fn Made(text: String, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    view! {
        <div class="stack">
            <Banner tone=Tone::Warning>
                "This is the only time the token is shown. Keep it like a password."
            </Banner>
            <Secret label="Token" text=text />
            <p class="small muted">
                "A script sends it as " <code translate="no">"Authorization: Bearer trn_…"</code>
                "."
            </p>
            <div class="button-row">
                <Button variant=ButtonVariant::Primary on_press=on_close>
                    "I have copied it"
                </Button>
            </div>
        </div>
    }
}

#[component]
fn NewTokenForm(
    #[prop(into)] on_made: Callback<(TokenView, String)>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("token-form", &["name", "scopes", "expiresAt"]);
    let scopes = RwSignal::new(vec![Scope::PreferencesRead.to_string()]);
    let days = RwSignal::new(LIFETIMES[0].0.to_owned());
    let submit = move |()| {
        let name = form.typed("token_name");
        let scopes: Vec<Scope> =
            scopes.with_untracked(|words| words.iter().filter_map(|it| it.parse().ok()).collect());
        let mut errors = FieldErrors::default();
        errors.keep("name", TokenName::parse(&name));
        if scopes.is_empty() {
            errors.add("scopes", "Choose at least one thing that the token may do.");
        }
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let token = NewTokenRequest { name, scopes, expires_at: expiry(&days.get_untracked()) };
        form.send(Call::<MakeToken>::new((), &token), move |answer| {
            on_made.run((answer.token, answer.secret));
        });
    };
    let choices = Scope::ALL
        .map(|scope| Choice::new(scope.as_str(), scope.label()).hint(scope.as_str()))
        .to_vec();
    view! {
        <FetchForm form=form on_send=submit>
            <TextField
                id="token-name"
                name="token_name"
                label="Name"
                hint="What it is for, to know it again."
                placeholder="Nightly export"
                error=form.error("name")
                autofocus=true
            />
            <CheckboxGroup
                id="token-scopes"
                label="It may"
                choices=choices
                value=scopes
                on_change=move |chosen| scopes.set(chosen)
                error=form.error("scopes")
            />
            <Select
                id="token-lifetime"
                label="It works for"
                choices=LIFETIMES.map(|(value, label)| Choice::new(value, label)).to_vec()
                value=days
                on_change=move |chosen| days.set(chosen)
                error=form.error("expiresAt")
            />
            <FormButtons
                form=form
                others=move || view! { <Button on_press=on_cancel>"Cancel"</Button> }
                goes=true
            >
                "Make token"
            </FormButtons>
        </FetchForm>
    }
}

/// When a token of so many days ends; `None` for one that does not.
fn expiry(days: &str) -> Option<String> {
    let end = days.parse().ok().and_then(TimeDelta::try_days).map(|time| Utc::now() + time)?;
    Some(end.to_rfc3339_opts(SecondsFormat::Secs, true))
}
