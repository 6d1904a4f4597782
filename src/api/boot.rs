//! What a page is drawn with: who is signed in, their preferences, and a form that was refused.

use super::{error::ApiError, preferences::BootPreferences};
use crate::domain::{accounts::PublicUser, preferences::Overrides};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every page knows before it is drawn, the same on the server and in the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    /// `None`: nobody is signed in, or [`Boot::unavailable`].
    pub user: Option<PublicUser>,
    /// Whether a stranger may make an account.
    pub sign_up_open: bool,
    /// Nobody has an account yet: the next one becomes the administrator.
    pub first_account: bool,
    /// The database does not answer, so it is not known who is asking. Nothing may be saved.
    pub unavailable: bool,
    /// Whether there is a public address, which passkeys belong to.
    #[serde(default)]
    pub passkeys: bool,
    /// Whether there is a mail server that takes what is sent by mail.
    #[serde(default)]
    pub sends_mail: bool,
    pub preferences: BootPreferences,
    /// How many notifications the person has not read.
    #[serde(default)]
    pub unread: i64,
    /// What this browser keeps for itself, whoever is signed in.
    pub device: Overrides,
    /// The name of the cookie that holds it.
    #[serde(default)]
    pub device_cookie: String,
    /// The person closed the list of first steps in this browser.
    #[serde(default)]
    pub steps_closed: bool,
    /// The name of the cookie that says so.
    #[serde(default)]
    pub steps_cookie: String,
    /// What became of a form, shown once.
    pub flash: Option<Flash>,
}

impl Boot {
    /// The form that was refused, on the page that it came from.
    pub fn refused(&self) -> Option<&RefusedForm> {
        match &self.flash {
            Some(Flash::Refused(form)) => Some(form),
            _ => None,
        }
    }

    /// What a form has done, on the page that it led to.
    pub fn done(&self) -> Option<&str> {
        match &self.flash {
            Some(Flash::Done { done }) => Some(done),
            _ => None,
        }
    }
}

/// What became of a form, told on the page that follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Flash {
    /// It was posted without JavaScript, and comes back.
    Refused(RefusedForm),
    /// It worked: in a sentence.
    Done { done: String },
}

/// A form that was posted without JavaScript and refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedForm {
    pub error: ApiError,
    /// What was typed, by the names of the inputs; never a password.
    pub values: BTreeMap<String, String>,
}
