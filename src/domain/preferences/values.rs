//! The effective preferences as types, with their defaults.

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableDensity {
    Compact,
    Comfortable,
    Spacious,
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
}

/// When mail goes out: at once, or gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    Immediate,
    Daily,
    Weekly,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationCategories {
    pub generation_complete: bool,
    pub approval_required: bool,
    pub errors: bool,
    pub system_alerts: bool,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    Json,
    Jsonl,
    Csv,
    Markdown,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
    pub label: &'static str,
    pub default: &'static str,
}

/// Every bindable action.
pub const ACTIONS: &[Action] = &[
    Action { name: "openSearch", label: "Open search", default: "Ctrl+K" },
    Action { name: "generateAll", label: "Generate all drafts", default: "Ctrl+G" },
    Action { name: "export", label: "Export", default: "Ctrl+E" },
    Action { name: "approve", label: "Approve", default: "A" },
    Action { name: "reject", label: "Reject", default: "R" },
    Action { name: "nextItem", label: "Next item", default: "ArrowRight" },
    Action { name: "previousItem", label: "Previous item", default: "ArrowLeft" },
    Action { name: "comment", label: "Write a comment", default: "C" },
    Action { name: "selectAll", label: "Select all rows", default: "Ctrl+Shift+A" },
    Action { name: "clearSelection", label: "Clear the selection", default: "Ctrl+Shift+X" },
    Action { name: "page1", label: "Go to Settings", default: "1" },
    Action { name: "page2", label: "Go to History", default: "2" },
    Action { name: "page3", label: "Go to Notifications settings", default: "3" },
    Action { name: "page4", label: "Go to Organization", default: "4" },
    Action { name: "page5", label: "Go to Account", default: "5" },
];

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

impl Theme {
    /// The word on the wire and in the page's `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }
}

impl TableDensity {
    /// The word on the wire and in the page's `data-density`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Comfortable => "comfortable",
            Self::Spacious => "spacious",
        }
    }
}
