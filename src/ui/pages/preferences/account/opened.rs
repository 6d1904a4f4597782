//! Which dialogs of the account are open, and what they have done. They come as code of their own
//! once the first of them is opened, so what the page shares with them stands here.

use super::{new_secret::NewSecret, second_factor::step::Step};
use crate::{domain::accounts::TokenView, ui::call_dialog::Question};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use uuid::Uuid;
use web_sys::File;

/// In the context of the account's section.
#[derive(Clone, Copy)]
pub struct Opened {
    /// All other browsers are to be signed out.
    pub end_others: RwSignal<bool>,
    /// Counts what ended sessions.
    pub sessions_ended: RwSignal<u32>,
    /// A token is to be made.
    pub new_token: RwSignal<bool>,
    /// That of the token that was made.
    pub secret: NewSecret,
    /// Counts the tokens that were made.
    pub tokens_made: RwSignal<u32>,
    /// A token is to be revoked.
    pub revoking: Question<TokenView>,
    /// The one that was revoked last.
    pub revoked: RwSignal<Option<Uuid>>,
    /// Where two-step verification is being set up, renewed or turned off.
    pub factor_step: RwSignal<Option<Step>>,
    /// Counts what changed it.
    pub factor_changes: RwSignal<u32>,
    /// The passkeys are looked at.
    pub passkeys: RwSignal<bool>,
    /// Preferences are to be imported from it.
    pub file: RwSignal<Option<SendWrapper<File>>>,
    /// What is wrong with the file, in sentences.
    pub wrong: RwSignal<Vec<String>>,
    /// The account is to be deleted.
    pub deletion: RwSignal<bool>,
}

impl Opened {
    /// For the page and its dialogs.
    pub fn provide() -> Self {
        let opened = Self {
            end_others: RwSignal::new(false),
            sessions_ended: RwSignal::new(0),
            new_token: RwSignal::new(false),
            secret: expect_context(),
            tokens_made: RwSignal::new(0),
            revoking: Question::default(),
            revoked: RwSignal::new(None),
            factor_step: RwSignal::new(None),
            factor_changes: RwSignal::new(0),
            passkeys: RwSignal::new(false),
            file: RwSignal::new(None),
            wrong: RwSignal::new(Vec::new()),
            deletion: RwSignal::new(false),
        };
        provide_context(opened);
        opened
    }

    /// Whether one of them is open. A secret that the page was left with opens its dialog.
    pub fn any(self) -> bool {
        self.secret.is_there()
            || self.new_token.get()
            || self.revoking.open.get()
            || self.end_others.get()
            || self.factor_step.with(Option::is_some)
            || self.passkeys.get()
            || self.deletion.get()
            || self.file.with(Option::is_some)
    }
}
