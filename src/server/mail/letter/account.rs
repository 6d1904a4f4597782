//! What letters about accounts say. Their subjects name nobody, and none of them repeats what
//! somebody else could have written.

use super::Words;
use chrono::{DateTime, Utc};

/// Why it is sent to whoever has an account.
pub const OF_ACCOUNT: &str = "Train sends you this because it concerns your account, whatever your \
    settings for notifications are.";
const OF_ADDRESS: &str = "Train sends you this because somebody named this address. It is no \
    list; nothing else follows.";

/// A link that sets a new password for an account.
pub fn password_reset(account: &str, until: DateTime<Utc>, token: &str, place: &str) -> Words {
    let until = time(until);
    let text = format!(
        "Somebody, probably you, forgot the password of the Train account {account}.\n\n\
         To choose a new one, open this link:\n\n\
         {place}/reset-password?token={token}\n\n\
         The link holds once, until {until} (UTC).\n\
         If it was not you, do nothing: your password stays as it is.\n\n-- \n{OF_ACCOUNT}\n"
    );
    Words { subject: "Choose a new password for Train".into(), text }
}

/// A link that confirms a new address of an account, to that address.
pub fn email_confirmation(account: &str, until: DateTime<Utc>, token: &str, place: &str) -> Words {
    let until = time(until);
    let text = format!(
        "The Train account {account} is to have this e-mail address.\n\n\
         To confirm it, open this link:\n\n\
         {place}/confirm-email?token={token}\n\n\
         The link holds once, until {until} (UTC). Until then the account keeps its address.\n\
         If this is not your account, do nothing.\n\n-- \n{OF_ADDRESS}\n"
    );
    Words { subject: "Confirm your e-mail address for Train".into(), text }
}

/// That another address was asked for, to the present one.
pub fn email_change_asked(account: &str, other: &str, place: &str) -> Words {
    let text = format!(
        "The Train account {account} is to have another e-mail address, {other}. It changes once \
         the link is opened that was sent there.\n\n\
         If it was not you, choose a new password now, which also stops the change:\n\n\
         {place}/forgot-password\n\n-- \n{OF_ACCOUNT}\n"
    );
    Words { subject: "Your e-mail address for Train is to be changed".into(), text }
}

/// That an account has another address, to the one before.
pub fn email_changed(account: &str, other: &str, place: &str) -> Words {
    let text = format!(
        "The Train account {account} has another e-mail address now, {other}. You sign in with \
         that one, and nothing more is sent to this one.\n\n\
         If it was not you, tell whoever runs Train at {place} at once: a link for a forgotten \
         password goes to the new address.\n\n-- \n{OF_ACCOUNT}\n"
    );
    Words { subject: "Your e-mail address for Train was changed".into(), text }
}

fn time(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%-d %B %Y, %H:%M")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "https://train.example.com";

    #[test]
    fn links_say_where_they_lead_and_until_when() {
        let until = "2026-12-07T10:00:00Z".parse().unwrap();
        for (words, link) in [
            (password_reset("ann@example.com", until, "acc_12", PLACE), "/reset-password"),
            (email_confirmation("ann@example.com", until, "acc_12", PLACE), "/confirm-email"),
        ] {
            let link = format!("\n{PLACE}{link}?token=acc_12\n");
            assert!(words.text.contains(&link), "{}", words.text);
            assert!(words.text.contains("until 7 December 2026, 10:00 (UTC)"), "{}", words.text);
            assert!(words.text.contains("account ann@example.com"), "{}", words.text);
            assert!(!words.subject.contains("ann"), "{}", words.subject);
        }
    }

    #[test]
    fn notices_say_what_to_do_about_it() {
        let asked = email_change_asked("ann@example.com", "eve@example.org", PLACE).text;
        assert!(asked.contains("\nhttps://train.example.com/forgot-password\n"), "{asked}");
        let changed = email_changed("ann@example.com", "eve@example.org", PLACE).text;
        assert!(changed.contains("runs Train at https://train.example.com at once"), "{changed}");
        for text in [asked, changed] {
            assert!(text.contains("account ann@example.com") && text.contains("eve@example.org"));
            assert!(!text.contains("token="), "{text}");
        }
    }
}
