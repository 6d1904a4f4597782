//! The effective preferences as types, with their defaults.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everything that applies for one person: each field has a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    pub theme: Theme,
    pub sidebar_collapsed: bool,
    pub table_density: TableDensity,
    /// 10, 25, 50 or 100.
    pub rows_per_page: u16,
    pub enable_animations: bool,
    pub notifications: Notifications,
    pub default_filters: DefaultFilters,
    pub export_preferences: ExportPreferences,
    pub keyboard_shortcuts: KeyboardShortcuts,
    pub quality_thresholds: QualityThresholds,
}

words! {
    /// Which colours the application has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Theme {
        /// Whatever the operating system uses at the moment.
        System => "system", "System";
        Light => "light", "Light";
        Dark => "dark", "Dark";
    }
}

words! {
    /// How much room each row of a table takes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum TableDensity {
        Compact => "compact", "Compact";
        Comfortable => "comfortable", "Comfortable";
        Spacious => "spacious", "Spacious";
    }
}

/// By which ways news reaches a person, and which news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notifications {
    pub toast: bool,
    pub email: bool,
    pub in_app: bool,
    pub frequency: Frequency,
    pub categories: NotificationCategories,
    pub events: NotificationEvents,
}

words! {
    /// A way by which news reaches a person. The word is its field in the preferences.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub enum Channel {
        Toast => "toast", "Toast";
        InApp => "inApp", "Bell";
        Email => "email", "E-mail";
    }
}

impl Channel {
    /// Whether anything comes by it.
    pub fn is_on(self, wishes: &Notifications) -> bool {
        match self {
            Self::Toast => wishes.toast,
            Self::InApp => wishes.in_app,
            Self::Email => wishes.email,
        }
    }
}

words! {
    /// When mail goes out: at once, or gathered.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Frequency {
        Immediate => "immediate", "Immediately";
        Daily => "daily", "Daily digest";
        Weekly => "weekly", "Weekly digest";
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationCategories {
    pub generation_complete: bool,
    pub approval_required: bool,
    pub errors: bool,
    pub system_alerts: bool,
}

/// By which ways each event comes, of those that are on, while the event itself is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationEvents {
    pub generation_complete: EventChannels,
    pub approval_required: EventChannels,
    pub errors: EventChannels,
    pub system_alerts: EventChannels,
}

/// By which ways one event comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventChannels {
    pub toast: bool,
    pub in_app: bool,
    pub email: bool,
}

impl EventChannels {
    const ALL: Self = Self { toast: true, in_app: true, email: true };

    /// Whether it comes by this one.
    pub fn has(self, channel: Channel) -> bool {
        match channel {
            Channel::Toast => self.toast,
            Channel::InApp => self.in_app,
            Channel::Email => self.email,
        }
    }
}

/// How the conversations table is filtered when it opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DefaultFilters {
    /// `"all"`, or the tiers shown.
    pub tier: Selection,
    /// `"all"`, or the statuses shown.
    pub status: Selection,
    /// Lowest and highest quality score shown, both included; 0–10 in steps of 0.5.
    pub quality_range: [f64; 2],
    pub auto_apply: bool,
}

/// Everything, or a named set. On the wire `"all"` or a non-empty list: `null` already means "back
/// to inherited".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Selection {
    All(All),
    Only(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum All {
    All,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportPreferences {
    pub default_format: ExportFormat,
    pub include_metadata: bool,
    pub include_quality_scores: bool,
    pub include_timestamps: bool,
    pub include_approval_history: bool,
    pub auto_compression: bool,
    /// Number of conversations from which a file is compressed; 1–10 000.
    pub auto_compression_threshold: u16,
}

words! {
    /// The format of an exported file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum ExportFormat {
        Json => "json", "JSON";
        Jsonl => "jsonl", "JSONL";
        Csv => "csv", "CSV";
        Markdown => "markdown", "Markdown";
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyboardShortcuts {
    pub enabled: bool,
    /// Whether plain letters, digits and signs act (WCAG 2.1.4); strokes with Ctrl or Alt are not
    /// touched by it.
    pub single_keys: bool,
    /// Action → shortcut, or `"none"`.
    pub custom_bindings: BTreeMap<String, String>,
}

/// Scores 0–10 in steps of 0.1; `autoApproval` ≥ `flagging` ≥ `minimumAcceptable`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualityThresholds {
    /// From this score on a generated conversation is approved by itself.
    pub auto_approval: f64,
    /// From this score on it waits for review; below, it is flagged.
    pub flagging: f64,
    /// Below this score it is rejected, and exports leave it out.
    pub minimum_acceptable: f64,
}

/// An action that a shortcut can start.
pub struct Action {
    pub name: &'static str,
    /// The path of its shortcut.
    pub path: &'static str,
    pub label: &'static str,
    pub default: &'static str,
    /// What it acts on comes later: until then the keys do nothing.
    pub pending: bool,
}

macro_rules! actions {
    (@pending) => { false };
    (@pending pending) => { true };
    ($($name:literal, $label:literal, $default:literal $(, $pending:ident)?;)+) => {
        &[$(Action {
            name: $name,
            path: concat!("keyboardShortcuts.customBindings.", $name),
            label: $label,
            default: $default,
            pending: actions!(@pending $($pending)?),
        }),+]
    };
}

/// Every bindable action.
pub const ACTIONS: &[Action] = actions! {
    "openSearch", "Open search", "Ctrl+K";
    "generateAll", "Generate all drafts", "Ctrl+G", pending;
    "export", "Export", "Ctrl+E";
    "approve", "Approve", "A";
    "reject", "Reject", "R";
    "nextItem", "Next item", "ArrowRight";
    "previousItem", "Previous item", "ArrowLeft";
    "comment", "Write a comment", "C";
    "selectAll", "Select all rows", "Ctrl+Shift+A";
    "clearSelection", "Clear selection", "Ctrl+Shift+X";
    "page1", "Go to Settings", "1";
    "page2", "Go to History", "2";
    "page3", "Go to notification settings", "3";
    "page4", "Go to Organization", "4";
    "page5", "Go to Account", "5";
};

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            sidebar_collapsed: false,
            table_density: TableDensity::Comfortable,
            rows_per_page: 25,
            enable_animations: true,
            notifications: Notifications {
                toast: true,
                email: false,
                in_app: true,
                frequency: Frequency::Immediate,
                categories: NotificationCategories {
                    generation_complete: true,
                    approval_required: true,
                    errors: true,
                    system_alerts: true,
                },
                events: NotificationEvents {
                    generation_complete: EventChannels::ALL,
                    approval_required: EventChannels::ALL,
                    errors: EventChannels::ALL,
                    system_alerts: EventChannels::ALL,
                },
            },
            default_filters: DefaultFilters {
                tier: Selection::All(All::All),
                status: Selection::All(All::All),
                quality_range: [0.0, 10.0],
                auto_apply: false,
            },
            export_preferences: ExportPreferences {
                default_format: ExportFormat::Json,
                include_metadata: true,
                include_quality_scores: true,
                include_timestamps: true,
                include_approval_history: false,
                auto_compression: true,
                auto_compression_threshold: 1000,
            },
            keyboard_shortcuts: KeyboardShortcuts {
                enabled: true,
                single_keys: true,
                custom_bindings: ACTIONS
                    .iter()
                    .map(|action| (action.name.into(), action.default.into()))
                    .collect(),
            },
            quality_thresholds: QualityThresholds {
                auto_approval: 8.0,
                flagging: 6.0,
                minimum_acceptable: 4.0,
            },
        }
    }
}
