//! One letter to one person by SMTP. Knows nothing of notifications or the database.

use crate::server::config::MailSettings;
use lettre::{
    Address, AsyncTransport, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::Error as SmtpError,
};
use std::{error::Error, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

/// How long handing in one letter may take, all answers together. Well below the lease that keeps
/// others from sending it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest reason that is kept, in characters.
const LONGEST_REASON: usize = 500;

/// A letter ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its Message-ID is made of this: the same letter sent twice carries the same one.
    pub id: Uuid,
    /// Of the person; empty where only the address is known.
    pub name: String,
    pub address: String,
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailFailure {
    /// May be different later: the server is away, busy, or does not know us.
    Later(String),
    /// Would be the same later: there is no such mailbox.
    Never(String),
}

impl MailFailure {
    pub fn reason(&self) -> &str {
        match self {
            Self::Later(reason) | Self::Never(reason) => reason,
        }
    }
}

/// The way to the mail server.
#[derive(Clone, Debug)]
pub struct Mailer {
    settings: MailSettings,
}

impl Mailer {
    pub fn new(settings: MailSettings) -> Self {
        Self { settings }
    }

    pub fn settings(&self) -> &MailSettings {
        &self.settings
    }

    /// Hands a letter in; when this returns, the mail server has taken the responsibility for it.
    ///
    /// # Errors
    /// When it has not, or it is not known whether it has: the connection may break between its
    /// taking the letter and saying so.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailFailure> {
        let message = self.message(letter)?;
        match timeout(PATIENCE, self.settings.server.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(MailFailure::Later(format!(
                "The mail server did not finish within {} s.",
                PATIENCE.as_secs()
            ))),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, MailFailure> {
        let address: Address = letter.address.parse().map_err(|_| {
            MailFailure::Never("Mail cannot be sent to an address of this form.".into())
        })?;
        let from = self.settings.from.clone();
        let id = format!("<{}@{}>", letter.id, from.email.domain());
        Message::builder()
            .from(from)
            .to(Mailbox::new(Some(letter.name.clone()).filter(|name| !name.is_empty()), address))
            .subject(&letter.subject)
            .message_id(Some(id))
            .date_now()
            // RFC 3834: nobody's absence answers to a machine.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| MailFailure::Never(format!("The mail cannot be written: {error}.")))
    }
}

fn failure(error: &SmtpError) -> MailFailure {
    let code = error.status().map(u16::from);
    let said = cut(&causes(error));
    match code {
        // Wrong name or password, or none where one is wanted: an operator can mend that.
        Some(530 | 534 | 535 | 538) => {
            MailFailure::Later(format!("The mail server refused our sign-in: {said}"))
        }
        Some(_) if error.is_permanent() => {
            MailFailure::Never(format!("The mail server refused it: {said}"))
        }
        Some(_) => MailFailure::Later(format!("The mail server refused it for now: {said}")),
        None if error.is_timeout() => {
            MailFailure::Later(format!("The mail server does not answer: {said}"))
        }
        None => MailFailure::Later(format!("The mail server cannot be reached: {said}")),
    }
}

/// The error and what lies below it; what a server answered is in there.
fn causes(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        below = cause.source();
    }
    text
}

fn cut(text: &str) -> String {
    text.replace(['\r', '\n', '\0'], " ").chars().take(LONGEST_REASON).collect()
}
