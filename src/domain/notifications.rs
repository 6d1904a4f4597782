//! Notifications: what people are told, of which kind, how urgent.

pub mod delivery;

use crate::domain::{
    local_path::LocalPath,
    preferences::values::{Channel, EventChannels, NotificationEvents, Notifications},
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

words! {
    /// What a notification is about. Each can be switched off, `notifications.categories` of the
    /// preferences, or come by some ways only, `notifications.events`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Category: "The category" {
        /// Generation that somebody waits for is done.
        GenerationComplete => "generation_complete", "Generation";
        /// Conversations wait for review.
        ApprovalRequired => "approval_required", "Review";
        /// Something of the person's own failed: a refused key, a generation, an export.
        Errors => "errors", "Errors";
        /// Of the installation or its budgets: health alerts, thresholds, maintenance, models that
        /// retire.
        SystemAlerts => "system_alerts", "System";
    }
}

impl Category {
    /// Its field below `notifications.categories`.
    pub fn preference(self) -> &'static str {
        match self {
            Self::GenerationComplete => "generationComplete",
            Self::ApprovalRequired => "approvalRequired",
            Self::Errors => "errors",
            Self::SystemAlerts => "systemAlerts",
        }
    }

    /// The path of its own switch in the preferences.
    pub fn path(self) -> String {
        format!("notifications.categories.{}", self.preference())
    }

    /// The path of what says whether it comes by a channel.
    pub fn path_by(self, channel: Channel) -> String {
        format!("notifications.events.{}.{}", self.preference(), channel.as_str())
    }

    /// Whether somebody with these preferences wants to be told of it at all.
    pub fn is_wanted(self, wishes: &Notifications) -> bool {
        let categories = &wishes.categories;
        match self {
            Self::GenerationComplete => categories.generation_complete,
            Self::ApprovalRequired => categories.approval_required,
            Self::Errors => categories.errors,
            Self::SystemAlerts => categories.system_alerts,
        }
    }

    /// Whether they want it by this channel: the channel is on, the event is, and both together.
    pub fn is_wanted_by(self, channel: Channel, wishes: &Notifications) -> bool {
        channel.is_on(wishes)
            && self.is_wanted(wishes)
            && self.channels(&wishes.events).has(channel)
    }

    /// By which channels it comes, of those that are on.
    pub fn channels(self, events: &NotificationEvents) -> EventChannels {
        match self {
            Self::GenerationComplete => events.generation_complete,
            Self::ApprovalRequired => events.approval_required,
            Self::Errors => events.errors,
            Self::SystemAlerts => events.system_alerts,
        }
    }
}

words! {
    /// How urgent it is, and whether it is good news.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Severity: "The severity" {
        Info => "info";
        Success => "success";
        Warning => "warning";
        Error => "error";
    }
}

/// Something to tell people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub category: Category,
    pub severity: Severity,
    /// One line without a full stop, also the toast and the mail's subject: “Your daily budget is
    /// used to 80 %”. Cut after 200 characters; line breaks become spaces.
    pub title: String,
    /// What happened and what to do, in a sentence or two; may be empty. Cut after 2000 characters.
    pub text: String,
    /// Where something can be done about it: `LocalPath::parse("/ai/costs")`.
    pub link: Option<LocalPath>,
    /// What it is about and, if it may come again, in which window:
    /// `budget:person:{id}:day:2026-11-23:0.8`. A person is told once per key. 1 to 500 characters.
    pub dedupe_key: String,
}

impl Notification {
    const LONGEST_TITLE: usize = 200;
    const LONGEST_TEXT: usize = 2000;

    /// The title as it is kept: one line, not empty, not too long.
    pub fn kept_title(&self) -> String {
        let line = self.title.split(|letter: char| letter.is_whitespace() || letter.is_control());
        let line = cut(
            &line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
            Self::LONGEST_TITLE,
        );
        if line.is_empty() { self.category.label().to_owned() } else { line }
    }

    /// The text as it is kept. PostgreSQL's texts cannot hold the character zero.
    pub fn kept_text(&self) -> String {
        cut(self.text.replace('\0', "").trim(), Self::LONGEST_TEXT)
    }
}

/// At most so many characters, with a sign that something is missing.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// A notification as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    pub id: Uuid,
    pub category: Category,
    pub severity: Severity,
    #[schema(example = "Your daily budget is used to 80 %")]
    pub title: String,
    /// May be empty.
    pub text: String,
    /// A path of this site.
    #[schema(example = "/ai/costs")]
    pub link: Option<String>,
    /// `null`: unread.
    pub read_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// One page of a person's notifications, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationPage {
    pub notifications: Vec<NotificationView>,
    /// How many are unread, on all pages.
    pub unread: i64,
    /// Pass as `before` for the next, older page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<i64>,
}

/// Which notifications to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Only those that are unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Only older ones than this, as told by a page's `nextBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// 1–100; 25 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Marks notifications as read or unread: some by their ids, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRequest {
    /// At most 100; those of others and unknown ones are passed over.
    #[serde(default)]
    pub ids: Vec<Uuid>,
    /// Instead of `ids`.
    #[serde(default)]
    pub all: bool,
    /// `false` makes them unread again.
    #[schema(example = true)]
    pub read: bool,
}

/// What marking did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkAnswer {
    /// How many changed.
    pub changed: u64,
    /// How many are unread now.
    pub unread: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        merge_patch::set,
        preferences::{Layers, catalog::field_at},
    };

    fn notification(title: &str, text: &str) -> Notification {
        Notification {
            category: Category::Errors,
            severity: Severity::Error,
            title: title.into(),
            text: text.into(),
            link: None,
            dedupe_key: "one".into(),
        }
    }

    #[test]
    fn words_and_types_agree() {
        for category in Category::ALL {
            assert_eq!(category.as_str().parse(), Ok(category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
        assert!("all".parse::<Category>().is_err() && "".parse::<Severity>().is_err());
    }

    /// The built-in preferences with everything on, but for what is said.
    fn wishes(off: &[&str]) -> Notifications {
        let mut layers = Layers::default();
        set(&mut layers.own, "notifications.email", true.into());
        for path in off {
            set(&mut layers.own, path, false.into());
        }
        layers.preferences().notifications
    }

    fn wanted(wishes: &Notifications) -> Vec<(Category, Channel)> {
        let each = |category| Channel::ALL.map(|channel| (category, channel));
        let all = Category::ALL.into_iter().flat_map(each);
        all.filter(|(category, channel)| category.is_wanted_by(*channel, wishes)).collect()
    }

    #[test]
    fn each_category_has_its_switch_and_one_by_each_channel() {
        assert_eq!(wanted(&wishes(&[])).len(), 12);
        for category in Category::ALL {
            let path = category.path();
            assert!(field_at(&path).is_some(), "{path}");
            let left = wanted(&wishes(&[&path]));
            assert_eq!(left.len(), 9, "{path}");
            assert!(left.iter().all(|(other, _)| *other != category), "{path}");
            for channel in Channel::ALL {
                let path = category.path_by(channel);
                assert!(field_at(&path).is_some(), "{path}");
                let left = wanted(&wishes(&[&path]));
                assert_eq!(left.len(), 11, "{path}");
                assert!(!left.contains(&(category, channel)), "{path}");
            }
        }
    }

    #[test]
    fn a_channel_that_is_off_brings_nothing_whatever_an_event_says() {
        for channel in Channel::ALL {
            let path = format!("notifications.{}", channel.as_str());
            assert!(field_at(&path).is_some(), "{path}");
            let left = wanted(&wishes(&[&path]));
            assert_eq!(left.len(), 8, "{path}");
            assert!(left.iter().all(|(_, other)| *other != channel), "{path}");
        }
    }

    #[test]
    fn a_title_is_one_line_that_fits() {
        assert_eq!(
            notification(" A key\r\nwas \u{0}refused\t", "").kept_title(),
            "A key was refused"
        );
        assert_eq!(notification("\n", "").kept_title(), "Errors");
        let long = notification(&"ü".repeat(300), "").kept_title();
        assert_eq!((long.chars().count(), long.ends_with('…')), (200, true));
    }

    #[test]
    fn a_text_keeps_its_lines() {
        assert_eq!(notification("", " One.\nTwo.\u{0} ").kept_text(), "One.\nTwo.");
        assert_eq!(notification("", &"a".repeat(5000)).kept_text().chars().count(), 2000);
    }
}
