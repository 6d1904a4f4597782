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
        form::{FetchForm, FormState, warn_before_leaving},
    },
};
use chrono::{SecondsFormat, TimeDelta, Utc};
use leptos::prelude::*;

/// Lifetimes offered, in days. The first is what nobody has to think about.
const LIFETIMES: [(&str, &str); 5] =
    [("90", "90 days"), ("30", "30 days"), ("7", "7 days"), ("365", "1 year"), ("", "No expiry")];

/// A token that is made, as far as the dialogs about it are.
#[derive(Clone, Copy)]
struct Making {
    open: RwSignal<bool>,
    /// Whether the secret was copied is being asked.
    asking: RwSignal<bool>,
    /// Shown this once.
    secret: RwSignal<Option<String>>,
}

impl Making {
    /// However the dialog is closed: a secret that was not copied would be lost.
    fn close(self) {
        self.open.set(false);
        self.asking.set(self.secret.with_untracked(Option::is_some));
    }

    fn show_again(self) {
        self.asking.set(false);
        self.open.set(true);
    }

    fn end(self) {
        self.open.set(false);
        self.asking.set(false);
        self.secret.set(None);
    }
}

/// Asks for name, scopes and lifetime, then shows the secret, this once.
#[component]
pub fn NewTokenDialog(
    open: RwSignal<bool>,
    #[prop(into)] on_made: Callback<TokenView>,
) -> impl IntoView {
    let making = Making { open, asking: RwSignal::new(false), secret: RwSignal::new(None) };
    let form = FormState::new("token-form", &["name", "scopes", "expiresAt"]);
    let secret = making.secret;
    warn_before_leaving(move || secret.with_untracked(Option::is_some));
    let made = move |(token, text): (TokenView, String)| {
        secret.set(Some(text));
        // It may have been closed while the answer was on its way.
        open.set(true);
        on_made.run(token);
    };
    let is_made = Memo::new(move |_| secret.with(Option::is_some));
    let title = Signal::derive(move || {
        if is_made.get() { "Copy your new token" } else { "New API token" }.to_owned()
    });
    let footer = move || {
        view! {
            <Show
                when=move || is_made.get()
                fallback=move || {
                    view! {
                        <Button on_press=move |()| making.close()>"Cancel"</Button>
                        <Button
                            kind="submit"
                            form=form.id
                            variant=ButtonVariant::Primary
                            busy=form.busy
                        >
                            "Create token"
                        </Button>
                    }
                }
            >
                <Button variant=ButtonVariant::Primary on_press=move |()| making.end()>
                    "I have copied it"
                </Button>
            </Show>
        }
    };
    view! {
        <Dialog
            id="new-token"
            title=title
            open=open
            on_close=move |()| making.close()
            footer=footer
        >
            <Show when=move || {
                open.get()
            }>
                {move || match secret.get() {
                    Some(text) => view! { <Made text=text /> }.into_any(),
                    None => view! { <NewTokenForm form=form on_made=made /> }.into_any(),
                }}
            </Show>
        </Dialog>
        <CopiedDialog making=making />
    }
}

/// Asked when the secret is about to go without a word that it was copied.
#[component]
fn CopiedDialog(making: Making) -> impl IntoView {
    let footer = move || {
        view! {
            <Button autofocus=true on_press=move |()| making.show_again()>
                "Show the token again"
            </Button>
            <Button variant=ButtonVariant::Primary on_press=move |()| making.end()>
                "Yes, close"
            </Button>
        }
    };
    view! {
        <Dialog
            id="token-copied"
            title="Have you copied the token?"
            open=making.asking
            on_close=move |()| making.show_again()
            footer=footer
        >
            <p>"You will not be able to see it again."</p>
        </Dialog>
    }
}

#[component]
fn Made(text: String) -> impl IntoView {
    view! {
        <div class="stack">
            <Banner tone=Tone::Warning>
                "This token is shown only once. Keep it secret, like a password."
            </Banner>
            <Secret label="Token" text=text />
            <p class="small muted">
                "Scripts send it as "
                <code translate="no">"Authorization: Bearer trn_…"</code>
                "."
            </p>
        </div>
    }
}

#[component]
fn NewTokenForm(
    form: FormState,
    #[prop(into)] on_made: Callback<(TokenView, String)>,
) -> impl IntoView {
    // The form is made anew whenever the dialog opens; what was wrong before is not.
    form.clear();
    let scopes = RwSignal::new(vec![Scope::PreferencesRead.to_string()]);
    let days = RwSignal::new(LIFETIMES[0].0.to_owned());
    let submit = move |()| {
        let name = form.typed("token_name");
        let scopes: Vec<Scope> =
            scopes.with_untracked(|words| words.iter().filter_map(|it| it.parse().ok()).collect());
        let mut errors = FieldErrors::default();
        errors.keep("name", TokenName::parse(&name));
        if scopes.is_empty() {
            errors.add("scopes", "Choose at least one permission.");
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
                hint="So you can recognise it later."
                placeholder="Nightly export"
                error=form.error("name")
                autofocus=true
            />
            <CheckboxGroup
                id="token-scopes"
                label="Permissions"
                choices=choices
                value=scopes
                on_change=move |chosen| scopes.set(chosen)
                error=form.error("scopes")
            />
            <Select
                id="token-lifetime"
                label="Expires in"
                choices=LIFETIMES.map(|(value, label)| Choice::new(value, label)).to_vec()
                value=days
                on_change=move |chosen| days.set(chosen)
                error=form.error("expiresAt")
            />
        </FetchForm>
    }
}

/// When a token of so many days ends; `None` for one that does not.
fn expiry(days: &str) -> Option<String> {
    let end = days.parse().ok().and_then(TimeDelta::try_days).map(|time| Utc::now() + time)?;
    Some(end.to_rfc3339_opts(SecondsFormat::Secs, true))
}
