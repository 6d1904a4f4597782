//! The person's passkeys: listing, adding, renaming, removing.

use super::{add::AddPasskeyDialog, rename::RenamePasskeyDialog};
use crate::{
    api::{
        accounts::passkeys::{RemovePasskey, load_passkeys},
        operation::{Done, Nothing},
    },
    domain::accounts::PasskeyView,
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{boot::use_boot, resource::resource, rest::Call, toasts::use_toasts},
        components::{Button, Dialog, EmptyState, Icon, IconName, Tone, rows},
        form::focus,
        loaded::Loaded,
        moment::{Day, Moment},
    },
};
use leptos::prelude::*;

/// The list; what is done to one of them asks in a dialog above it.
#[component]
pub fn PasskeysDialog(open: RwSignal<bool>) -> impl IntoView {
    let (adding, renaming) = (RwSignal::new(false), RwSignal::new(None));
    let removing = Question::<PasskeyView>::default();
    let changes = RwSignal::new(0_u32);
    let changed = move |()| changes.update(|count| *count += 1);
    let toasts = use_toasts();
    let removed = move |(_, _): (PasskeyView, Done)| {
        focus("#passkeys-dialog button");
        toasts.show(Tone::Success, "Passkey removed.");
        changed(());
    };
    let call = |passkey: PasskeyView| Call::<RemovePasskey>::new(passkey.id, &Nothing {});
    let close = move |()| open.set(false);
    let available = use_boot().passkeys;
    let footer = move || {
        let add = available.then(|| {
            view! {
                <Button icon=IconName::Plus on_press=move |()| adding.set(true)>
                    "Add a passkey…"
                </Button>
            }
        });
        view! {
            <Button on_press=close>"Close"</Button>
            {add}
        }
    };
    view! {
        <Dialog id="passkeys-dialog" title="Passkeys" open=open on_close=close footer=footer>
            <Show when=move || open.get()>
                <Passkeys changes=changes removing=removing renaming=renaming />
            </Show>
        </Dialog>
        <AddPasskeyDialog open=adding on_added=changed />
        <RenamePasskeyDialog renaming=renaming on_renamed=changed />
        <QuestionDialog
            id="remove-passkey"
            question=removing
            title=|passkey| format!("Remove “{}”?", passkey.name)
            confirm=|_| "Remove".to_owned()
            name=|passkey| passkey.name.clone()
            call=call
            on_done=removed
            danger=true
        >
            <p>"It no longer signs you in here. Remove it from the device as well."</p>
        </QuestionDialog>
    }
}

#[component]
fn Passkeys(
    changes: RwSignal<u32>,
    removing: Question<PasskeyView>,
    renaming: RwSignal<Option<PasskeyView>>,
) -> impl IntoView {
    let passkeys = resource(move || changes.get(), |_| load_passkeys());
    view! {
        <Loaded read=passkeys label="Loading your passkeys" lines=1 let:answer>
            <PasskeyList
                passkeys=answer.passkeys
                available=answer.available
                removing=removing
                renaming=renaming
            />
        </Loaded>
    }
}

#[component]
fn PasskeyList(
    passkeys: Vec<PasskeyView>,
    available: bool,
    removing: Question<PasskeyView>,
    renaming: RwSignal<Option<PasskeyView>>,
) -> impl IntoView {
    let missing = (!available).then_some(
        "Passkeys need a name as this installation's address. Its operator sets it in \
         TRAIN_PUBLIC_URL.",
    );
    if passkeys.is_empty() {
        let text = missing.unwrap_or("Add one to sign in without a password.");
        return view! { <EmptyState icon=IconName::Key title="No passkeys" text=text /> }
            .into_any();
    }
    let entry = move |passkey| {
        view! {
            <Passkey
                passkey=passkey
                on_rename=move |passkey| renaming.set(Some(passkey))
                on_remove=move |passkey| removing.ask(passkey)
            />
        }
    };
    view! {
        {missing.map(|text| view! { <p>{text}</p> })}
        <ul class="item-list">{rows(passkeys, |passkey| passkey.id, entry)}</ul>
    }
    .into_any()
}

#[component]
fn Passkey(
    passkey: PasskeyView,
    #[prop(into)] on_rename: Callback<PasskeyView>,
    #[prop(into)] on_remove: Callback<PasskeyView>,
) -> impl IntoView {
    let (rename, remove) = (passkey.clone(), passkey.clone());
    let (name, again) = (passkey.name.clone(), passkey.name.clone());
    let used = match passkey.last_used_at {
        Some(time) => view! { "last used " <Moment time=time /> }.into_any(),
        None => "never used".into_any(),
    };
    view! {
        <li class="item">
            <Icon name=IconName::Key />
            <div class="item-text">
                <p>
                    <strong>{passkey.name}</strong>
                </p>
                <p class="item-hint">"added on " <Day time=passkey.created_at /> " · " {used}</p>
            </div>
            <div class="item-actions">
                <Button small=true on_press=move |()| on_rename.run(rename.clone())>
                    "Rename…"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
                <Button small=true on_press=move |()| on_remove.run(remove.clone())>
                    "Remove…"
                    <span class="visually-hidden">" " {again}</span>
                </Button>
            </div>
        </li>
    }
}
