//! Another key: tested before it is stored, with a time in which the old one still works.

use super::super::proposal::reason;
use crate::{
    api::ai::{RotateAiKey, TestAiKey},
    domain::{
        accounts::SecretText,
        ai::{
            ScopeType,
            keys::check_key,
            views::{RotateKeyRequest, TestKeyRequest},
        },
        field_error::FieldError,
    },
    ui::{
        client::rest::Call,
        components::{Banner, Button, ConfirmDialog, NumberField, TextField, Tone},
        form::{FetchForm, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What became of a test: whether the key works, and the sentence.
pub type Tested = Option<(bool, String)>;

/// Asks Claude whether it takes a key: this one, or the one that is used now.
pub fn test(
    scope: ScopeType,
    key: Option<SecretText>,
    busy: RwSignal<bool>,
    tested: RwSignal<Tested>,
) {
    busy.set(true);
    tested.set(None);
    let call = Call::<TestAiKey>::new((), &TestKeyRequest { key, scope });
    spawn_local(async move {
        tested.set(Some(match call.send().await {
            Ok(answer) => (answer.works, answer.message),
            Err(error) => (false, error.error),
        }));
        busy.set(false);
    });
}

#[component]
pub fn TestResult(tested: RwSignal<Tested>) -> impl IntoView {
    move || {
        tested.get().map(|(works, message)| {
            let tone = if works { Tone::Success } else { Tone::Danger };
            view! { <Banner tone=tone>{message}</Banner> }
        })
    }
}

/// Takes a key in. Its field is emptied as soon as the key is on its way or the dialog closes.
#[component]
pub fn RotateDialog(
    scope: ScopeType,
    open: RwSignal<bool>,
    /// There is a key that this one replaces.
    rotates: Memo<bool>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("rotate-form", &["newPrimaryKey", "graceHours", "reason", "key"]);
    let usual = f64::from(RotateKeyRequest::DEFAULT_GRACE);
    let grace = RwSignal::new(usual);
    let (testing, tested) = (RwSignal::new(false), RwSignal::new(None));
    let read = move || {
        check_key(&form.typed("new_key"))
            .map(SecretText::new)
            .map_err(|sentence| form.refuse(vec![FieldError::new("newPrimaryKey", sentence)]))
            .ok()
    };
    let empty = move || {
        grace.set(usual);
        form.reset();
        tested.set(None);
    };
    let close = move |()| {
        form.clear();
        empty();
        open.set(false);
    };
    let send = move |()| {
        let Some(new_primary_key) = read() else { return };
        let body = RotateKeyRequest {
            new_primary_key,
            // Whole hours within the field's limits.
            grace_hours: Some(grace.get_untracked() as u32),
            scope,
            reason: reason(&form.typed("rotate_reason")),
        };
        form.send(Call::<RotateAiKey>::new((), &body), move |_| {
            empty();
            open.set(false);
            on_done.run(());
        });
    };
    let check = move |()| {
        form.clear();
        if let Some(key) = read() {
            test(scope, Some(key), testing, tested);
        }
    };
    let title = Signal::derive(move || {
        if rotates.get() { "Rotate the API key?" } else { "Add an API key" }.to_owned()
    });
    let words =
        Signal::derive(move || if rotates.get() { "Rotate" } else { "Save key" }.to_owned());
    view! {
        <ConfirmDialog
            id="rotate-key"
            title=title
            open=open
            confirm=words
            on_confirm=send
            on_cancel=close
            busy=form.busy
        >
            <FetchForm form=form on_send=send>
                <TextField
                    id="new-key"
                    name="new_key"
                    label="New key"
                    hint="From the Claude console. It starts with sk-ant-."
                    kind="password"
                    mono=true
                    error=form.error("newPrimaryKey")
                />
                <div class="button-row">
                    <Button small=true busy=testing on_press=check>
                        "Test key"
                    </Button>
                </div>
                <TestResult tested=tested />
                <Show when=move || rotates.get()>
                    <NumberField
                        id="grace-hours"
                        label="Grace period"
                        hint="If Claude rejects the new key, the previous key is used for this \
                        long."
                        unit="hours"
                        value=grace
                        max=f64::from(RotateKeyRequest::MAX_GRACE)
                        on_change=move |hours: f64| grace.set(hours)
                        error=form.error("graceHours")
                    />
                </Show>
                <TextField
                    id="rotate-reason"
                    name="rotate_reason"
                    label="Reason"
                    hint="Optional. Recorded in history."
                    max_length=500
                    error=form.error("reason")
                />
                // With two inputs, Enter sends a form only if it has a button of its own.
                <button type="submit" hidden></button>
            </FetchForm>
        </ConfirmDialog>
    }
    .into_any()
}
