//! Making an API token.

use super::{new_secret::NewSecret, opened::Opened};
use crate::{
    api::accounts::{MakeToken, NewTokenRequest},
    domain::{accounts::Scope, field_error::FieldErrors, names::TokenName},
    ui::{
        client::rest::Call,
        components::{
            Banner, Button, ButtonVariant, CheckboxGroup, Choice, Dialog, Secret, Select,
            TextField, Tone,
        },
        form::{DialogButtons, FetchForm, FormState},
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
    /// It was asked for.
    open: RwSignal<bool>,
    /// Whether the secret was copied is being asked.
    asking: RwSignal<bool>,
    /// Shown this once. While there is one, its dialog is open: also when the page comes back that
    /// was left with it, or when the answer came after somebody had closed the dialog.
    secret: NewSecret,
}

impl Making {
    fn is_shown(self) -> bool {
        !self.asking.get() && (self.open.get() || self.secret.is_there())
    }

    /// However the dialog is closed: a secret that was not copied would be lost.
    fn close(self) {
        if self.secret.is_there_untracked() {
            self.asking.set(true);
        } else {
            self.open.set(false);
        }
    }

    fn show_again(self) {
        self.asking.set(false);
    }

    fn end(self) {
        self.open.set(false);
        self.secret.forget();
        self.asking.set(false);
    }
}

/// Asks for name, scopes and lifetime, then shows the secret, this once.
#[component]
pub fn NewTokenDialog(opened: Opened) -> impl IntoView {
    let Opened { new_token, secret, .. } = opened;
    let making = Making { open: new_token, asking: RwSignal::new(false), secret };
    let form = FormState::new("token-form", &["name", "scopes", "expiresAt"]);
    let shown = Signal::derive(move || making.is_shown());
    let is_made = Memo::new(move |_| secret.is_there());
    let title = Signal::derive(move || {
        if is_made.get() { "Copy your new token" } else { "New API token" }.to_owned()
    });
    let footer = move || {
        view! {
            <Show
                when=move || is_made.get()
                fallback=move || {
                    view! {
                        <DialogButtons form=form on_cancel=move |()| making.close()>
                            "Create token"
                        </DialogButtons>
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
            open=shown
            on_close=move |()| making.close()
            footer=footer
        >
            <Show when=move || shown.get()>
                {move || match secret.get() {
                    Some(text) => view! { <Made text=text /> }.into_any(),
                    None => view! { <NewTokenForm form=form opened=opened /> }.into_any(),
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
fn NewTokenForm(form: FormState, opened: Opened) -> impl IntoView {
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
            // The dialog may be closed or its page left by now.
            opened.secret.keep(answer.secret);
            opened.tokens_made.update(|count| *count += 1);
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
