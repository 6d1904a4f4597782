//! What a mail says. Plain text: it reads everywhere, and a machine that filters mail finds nothing
//! to object to.

mod account;

pub use account::{email_change_asked, email_changed, email_confirmation, password_reset};

use crate::domain::notifications::Category;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// One notification in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub category: Category,
    pub title: String,
    pub text: String,
    /// A path of this site.
    pub link: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// A mail's subject and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub subject: String,
    pub text: String,
}

/// One notification, sent at once. `place` is what links begin with: `https://train.example.com`.
pub fn single(item: &Item, place: &str) -> Words {
    alone(item, place, &footer(place))
}

/// One that is about its person's account, which is sent whatever their settings are.
pub fn of_account(item: &Item, place: &str) -> Words {
    alone(item, place, &format!("\n-- \n{}\n", account::OF_ACCOUNT))
}

fn alone(item: &Item, place: &str, footer: &str) -> Words {
    let mut text = format!("{}\n", item.title);
    if !item.text.is_empty() {
        text.push_str(&format!("\n{}\n", item.text));
    }
    if let Some(link) = &item.link {
        text.push_str(&format!("\n{place}{link}\n"));
    }
    text.push_str(footer);
    Words { subject: item.title.clone(), text }
}

/// Several, in the order in which they were told, with times where their person lives.
pub fn digest(items: &[Item], place: &str, zone: &Tz) -> Words {
    let days = |item: &Item| item.created_at.with_timezone(zone).format("%-d %B %Y").to_string();
    let span = match (items.first().map(days), items.last().map(days)) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(day), _) => day,
        _ => String::new(),
    };
    let count = if items.len() == 1 {
        "1 notification".to_owned()
    } else {
        format!("{} notifications", items.len())
    };
    let mut text = format!("{count}, {span} ({zone})\n");
    for item in items {
        let time = item.created_at.with_timezone(zone).format("%a %-d %b, %H:%M");
        text.push_str(&format!("\n* {}\n  {time} · {}\n", item.title, item.category.label()));
        for line in item.text.lines().filter(|line| !line.trim().is_empty()) {
            text.push_str(&format!("  {line}\n"));
        }
        if let Some(link) = &item.link {
            text.push_str(&format!("  {place}{link}\n"));
        }
    }
    text.push_str(&format!("\nAll of them: {place}/notifications\n"));
    text.push_str(&footer(place));
    Words { subject: format!("Train: {count}, {span}"), text }
}

/// What an administrator sends themselves.
pub fn test(place: &str) -> Words {
    let text = format!(
        "Mail from Train reaches you.\n\nThis was a test, sent from {place}/admin/mail. Nothing \
            else happened.\n{}",
        footer(place)
    );
    Words { subject: "A test mail from Train".into(), text }
}

/// What an invitation says to whoever has the address.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub organization: String,
    /// “an admin”
    pub role: String,
    pub inviter: String,
    pub inviter_address: String,
    pub expires_at: DateTime<Utc>,
}

/// An invitation with its link. The subject names nobody: what people call themselves and their
/// organizations would otherwise be read by strangers as if we had said it.
pub fn invitation(it: &Invitation, token: &str, place: &str) -> Words {
    let Invitation { organization, role, inviter, inviter_address, expires_at } = it;
    let until = expires_at.format("%-d %B %Y, %H:%M");
    let text = format!(
        "“{inviter}” ({inviter_address}) invites you to the organization “{organization}” on \
            Train, as {role}.\n\n\
         To answer, open this link and sign in, or make an account with this e-mail address:\n\n\
         {place}/invitations?token={token}\n\n\
         The link holds until {until} (UTC). Nothing is shared and nothing changes before you \
         accept.\n\
         If you do not know who this is, do nothing.\n\n\
         -- \nTrain sends you this because somebody invited this address. It is no list; nothing \
         else follows.\n"
    );
    Words { subject: "You are invited to an organization on Train".into(), text }
}

fn footer(place: &str) -> String {
    format!(
        "\n-- \nTrain sends you mail because e-mail is on in your settings.\nChange that at \
            {place}/settings/notifications\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "https://train.example.com";

    fn item(title: &str, time: &str) -> Item {
        Item {
            category: Category::SystemAlerts,
            title: title.into(),
            text: "First line.\n\nSecond line.".into(),
            link: Some("/ai/costs?window=day".into()),
            created_at: time.parse().unwrap(),
        }
    }

    #[test]
    fn one_is_told_as_it_is() {
        let words = single(&item("A budget is used to 80 %", "2026-11-25T10:00:00Z"), PLACE);
        assert_eq!(words.subject, "A budget is used to 80 %");
        assert!(
            words.text.starts_with(
                "A budget is used to 80 %\n\nFirst line.\n\nSecond \
            line.\n\nhttps://train.example.com/ai/costs?window=day\n\n-- \n"
            ),
            "{}",
            words.text
        );
        assert!(words.text.ends_with("https://train.example.com/settings/notifications\n"));
        let bare = Item { text: String::new(), link: None, ..item("Done", "2026-11-25T10:00:00Z") };
        assert!(single(&bare, PLACE).text.starts_with("Done\n\n-- \n"));
    }

    #[test]
    fn what_no_setting_stops_names_no_setting() {
        let words = of_account(&item("Disabled", "2026-11-25T10:00:00Z"), PLACE);
        assert_eq!(words.subject, "Disabled");
        assert!(words.text.ends_with("whatever your settings for notifications are.\n"));
        assert!(!words.text.contains("/settings/notifications"), "{}", words.text);
    }

    #[test]
    fn an_invitation_names_who_invites_and_where_to_answer() {
        let it = Invitation {
            organization: "Team".into(),
            role: "a member".into(),
            inviter: "Ann".into(),
            inviter_address: "ann@example.com".into(),
            expires_at: "2026-12-07T10:00:00Z".parse().unwrap(),
        };
        let words = invitation(&it, "inv_12", PLACE);
        assert!(!words.subject.contains("Team") && !words.subject.contains("Ann"));
        for part in [
            "“Ann” (ann@example.com) invites you to the organization “Team” on Train, as a member.",
            "\nhttps://train.example.com/invitations?token=inv_12\n",
            "until 7 December 2026, 10:00 (UTC)",
        ] {
            assert!(words.text.contains(part), "{}", words.text);
        }
    }

    #[test]
    fn a_digest_tells_times_where_the_person_lives() {
        let items = [item("One", "2026-11-24T23:30:00Z"), item("Two", "2026-11-25T23:30:00Z")];
        let words = digest(&items, PLACE, &Tz::Europe__Berlin);
        assert_eq!(words.subject, "Train: 2 notifications, 25 November 2026 to 26 November 2026");
        assert!(
            words.text.contains(
                "\n* One\n  Wed 25 Nov, 00:30 · System\n  First line.\n  \
            Second line.\n  https://train.example.com/ai/costs?window=day\n"
            ),
            "{}",
            words.text
        );
        let one = digest(&items[..1], PLACE, &Tz::UTC);
        assert_eq!(one.subject, "Train: 1 notification, 24 November 2026");
        assert!(one.text.contains("https://train.example.com/notifications"));
    }
}
