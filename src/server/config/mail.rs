//! Where mail is handed in, and whose name it carries.

use http::Uri;
use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox};
use std::{fmt, time::Duration};

/// How long the mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// `SMTP_URL`, with the way to that server ready. It holds a password: `Debug` hides it.
#[derive(Clone)]
pub struct SmtpServer {
    /// Connects anew for each mail: they are few, and servers close idle connections.
    pub transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Scheme, host and port, to be shown.
    pub shown: String,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SmtpServer({})", self.shown)
    }
}

impl SmtpServer {
    /// Encrypted unless somebody asks for the contrary: a password is not sent in the clear by a
    /// forgotten word.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Never repeat the value.
        let problem = || {
            "it must look like smtps://user:password@mail.example.com, or \
                smtp://user:password@mail.example.com:587 for \
             STARTTLS (with ?tls=none at its end nothing is encrypted); special characters in the \
             password are written as %XX"
                .to_owned()
        };
        let uri: Uri = text.parse().map_err(|_| problem())?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let query = match (scheme, uri.query()) {
            ("smtps", None) | ("smtp", Some("tls=none")) => "",
            ("smtp", None | Some("tls=required")) => "?tls=required",
            _ => return Err(problem()),
        };
        let (Some(authority), Some(host)) =
            (uri.authority(), uri.host().filter(|host| !host.is_empty()))
        else {
            return Err(problem());
        };
        // Half of a sign-in would be left out without a word.
        let signs_in = authority.as_str().split_once('@');
        if signs_in.is_some_and(|(who, _)| {
            who.split_once(':').is_none_or(|(user, word)| user.is_empty() || word.is_empty())
        }) || uri.path().trim_matches('/').contains('/')
        {
            return Err(problem());
        }
        let address = format!("{scheme}://{authority}{}{query}", uri.path().trim_end_matches('/'));
        let builder =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(&address).map_err(|_| problem())?;
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        let open = if query.is_empty() && scheme == "smtp" { " (not encrypted)" } else { "" };
        Ok(Self {
            transport: builder.timeout(Some(PATIENCE)).build(),
            shown: format!("{scheme}://{host}{port}{open}"),
        })
    }
}

/// Both halves of what sending mail needs.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub server: SmtpServer,
    pub from: Mailbox,
}

/// `TRAIN_MAIL_FROM`.
pub fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| format!("“{text}” is not an address such as Train <train@example.com>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_encrypted_unless_it_says_otherwise() {
        for (text, shown) in [
            ("smtps://u:p@mail.example.com", "smtps://mail.example.com"),
            ("smtps://u:p%40%2F@mail.example.com:4650", "smtps://mail.example.com:4650"),
            ("smtp://u:p@mail.example.com:587", "smtp://mail.example.com:587"),
            ("smtp://mail.example.com?tls=required", "smtp://mail.example.com"),
            ("smtp://127.0.0.1:2525?tls=none", "smtp://127.0.0.1:2525 (not encrypted)"),
            ("smtp://[::1]:25/train.example.com?tls=none", "smtp://[::1]:25 (not encrypted)"),
        ] {
            assert_eq!(
                SmtpServer::parse(text).map(|server| server.shown),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_repeating_it() {
        for text in [
            "mail.example.com",
            "http://u:secret@mail.example.com",
            "smtp://",
            "smtps://u:secret@",
            "smtp://secret@mail.example.com",
            "smtp://:secret@mail.example.com",
            "smtp://u:secret@mail.example.com?tls=maybe",
            "smtps://u:secret@mail.example.com?tls=none",
            "smtp://u:secret@mail.example.com/a/b",
            "smtp://u:se cret@mail.example.com",
        ] {
            let problem = SmtpServer::parse(text).unwrap_err();
            assert!(!problem.contains("secret"), "{text}: {problem}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let server = SmtpServer::parse("smtps://user:secret@mail.example.com").unwrap();
        assert_eq!(format!("{server:?}"), "SmtpServer(smtps://mail.example.com)");
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        assert_eq!(sender("train@example.com").unwrap().email.to_string(), "train@example.com");
        assert_eq!(sender("Train <train@example.com>").unwrap().name.as_deref(), Some("Train"));
        assert!(sender("Train").is_err() && sender("train@").is_err());
    }
}
