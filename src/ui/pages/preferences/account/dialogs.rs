//! The dialogs of the account. Most people who come here open none, so their code comes when the
//! first one is opened.

use super::{
    delete::DeleteDialog, import::ImportDialog, new_token::NewTokenDialog, opened::Opened,
    passkeys::dialog::PasskeysDialog, second_factor::dialog::SecondFactorDialog,
    sessions::EndOthers, tokens::RevokeDialog,
};
use crate::ui::tab_code::{TabCode, lazy_tab};
use leptos::prelude::*;

lazy_tab!(SettingsDialogsTab, view! { <Dialogs /> });

/// The dialogs, from the first time on that one of them is opened.
#[component]
pub fn AccountDialogs(opened: Opened) -> impl IntoView {
    let was_opened = Memo::new(move |was: Option<&bool>| was == Some(&true) || opened.any());
    view! {
        <Show when=move || was_opened.get()>
            {TabCode::of::<SettingsDialogsTab>().show_over()}
        </Show>
    }
}

#[component]
fn Dialogs() -> impl IntoView {
    let opened = expect_context::<Opened>();
    view! {
        <SecondFactorDialog opened=opened />
        <PasskeysDialog open=opened.passkeys />
        <EndOthers opened=opened />
        <NewTokenDialog opened=opened />
        <RevokeDialog opened=opened />
        <ImportDialog opened=opened />
        <DeleteDialog open=opened.deletion />
    }
    .into_any()
}
