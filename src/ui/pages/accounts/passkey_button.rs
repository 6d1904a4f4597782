//! Signing in with a passkey: nothing has to be typed.

use crate::{
    api::{
        accounts::passkeys::{BeginPasskeySignIn, PasskeySignInRequest, SignInWithPasskey},
        operation::Nothing,
    },
    domain::{field_error::FieldError, local_path::LocalPath},
    ui::{
        client::{
            boot::use_boot,
            passkeys::{self, Asking},
            rest::Call,
            visit,
        },
        components::{Button, IconName},
        form::{FormAlert, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// The button, where the installation has passkeys and the browser can use them.
#[component]
pub fn PasskeyButton(next: Option<LocalPath>) -> impl IntoView {
    use_boot().passkeys.then(|| view! { <Offered next=next /> })
}

#[component]
fn Offered(next: Option<LocalPath>) -> impl IntoView {
    let form = FormState::new("sign-in-passkey", &[]);
    let offered = RwSignal::new(true);
    Effect::new(move |_| offered.set(passkeys::are_supported()));
    let place = StoredValue::new(next.map_or_else(|| "/".to_owned(), |next| next.as_str().into()));
    let sign_in = move |()| {
        form.send(Call::<BeginPasskeySignIn>::new((), &Nothing {}), move |begun| {
            form.busy.set(true);
            spawn_local(async move {
                let answer = passkeys::ask(Asking::Get, &begun.options, None).await;
                if form.busy.try_set(false).is_some() {
                    return;
                }
                let Some(credential) = answer else {
                    let sentence = "No passkey was used. Try again, or sign in with your password.";
                    return form.refuse(vec![FieldError::new("", sentence)]);
                };
                let request = PasskeySignInRequest { ceremony: begun.ceremony, credential };
                let call = Call::<SignInWithPasskey>::new((), &request);
                form.send(call, move |_| {
                    // Stays busy while the next page is on its way.
                    form.busy.set(true);
                    visit::go(&place.get_value());
                });
            });
        });
    };
    view! {
        <div class="needs-script stack" id=form.id hidden=move || !offered.get()>
            <FormAlert form=form />
            <Button icon=IconName::Key busy=form.busy on_press=sign_in>
                "Sign in with a passkey"
            </Button>
        </div>
    }
}
