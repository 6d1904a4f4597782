//! Every preference there is: its path, its section, what it is called, and which values it takes.
//!
//! The settings page, the search over it, the validation and the history all read this one table.

use super::values::{ACTIONS, Action, ExportFormat, Frequency, TableDensity, Theme};
use crate::domain::{
    conversations::{Status, Tier},
    settings::{Field, Kind, Table},
    words::words,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// A group of settings: one page under `/settings`, one reset. The word stands in the address
    /// and in a reset.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    pub enum Section: "The section" {
        Display => "display", "Display";
        Notifications => "notifications", "Notifications";
        Filters => "filters", "Default filters";
        Export => "export", "Export";
        Shortcuts => "shortcuts", "Keyboard shortcuts";
        Quality => "quality", "Quality thresholds";
    }
}

impl Section {
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        TABLE.section(self.choice())
    }
}

/// A score 0–10 in tenths.
const SCORE: Kind = Kind::Steps { max: 10, parts: 10, offered: None };

const fn field(
    path: &'static str,
    section: Section,
    kind: Kind,
    label: &'static str,
    description: &'static str,
) -> Field {
    Field::new(path, section.choice(), kind, label, description)
}

const ROWS: &[Field] = &[
    field(
        "theme",
        Section::Display,
        Kind::OneOf(Theme::CHOICES),
        "Theme",
        "Light, dark, or whatever your system uses at the moment.",
    )
    .per_device(),
    field(
        "tableDensity",
        Section::Display,
        Kind::OneOf(TableDensity::CHOICES),
        "Table density",
        "How much room each row of a table takes.",
    )
    .per_device(),
    field(
        "rowsPerPage",
        Section::Display,
        Kind::OneOfNumbers(&[10, 25, 50, 100]),
        "Rows per page",
        "How many rows a table shows before it pages.",
    ),
    field(
        "sidebarCollapsed",
        Section::Display,
        Kind::Flag,
        "Collapse the sidebar",
        "Show only icons in the navigation.",
    )
    .per_device(),
    field(
        "enableAnimations",
        Section::Display,
        Kind::Flag,
        "Animations",
        "Transitions between states. Your system's reduced motion always wins.",
    ),
    field(
        "notifications.toast",
        Section::Notifications,
        Kind::Flag,
        "Toasts",
        "Short messages at the edge of the page.",
    ),
    field(
        "notifications.inApp",
        Section::Notifications,
        Kind::Flag,
        "Notification centre",
        "The bell in the top bar and its list.",
    ),
    field(
        "notifications.email",
        Section::Notifications,
        Kind::Flag,
        "E-mail",
        "Messages to the address of your account.",
    ),
    field(
        "notifications.frequency",
        Section::Notifications,
        Kind::OneOf(Frequency::CHOICES),
        "E-mail frequency",
        "Each message at once, or gathered in a digest.",
    ),
    field(
        "notifications.categories.generationComplete",
        Section::Notifications,
        Kind::Flag,
        "Generation complete",
        "A generation or a batch has ended.",
    ),
    field(
        "notifications.categories.approvalRequired",
        Section::Notifications,
        Kind::Flag,
        "Approval required",
        "A conversation waits for a review.",
    ),
    field(
        "notifications.categories.errors",
        Section::Notifications,
        Kind::Flag,
        "Errors",
        "Something you started has failed.",
    ),
    field(
        "notifications.categories.systemAlerts",
        Section::Notifications,
        Kind::Flag,
        "System alerts",
        "Budgets, retiring models, keys, database health.",
    ),
    field(
        "defaultFilters.tier",
        Section::Filters,
        Kind::AllOrSome(Tier::CHOICES),
        "Tiers",
        "Which tiers the conversations table shows when it opens.",
    ),
    field(
        "defaultFilters.status",
        Section::Filters,
        Kind::AllOrSome(Status::CHOICES),
        "Statuses",
        "Which statuses the conversations table shows when it opens.",
    ),
    field(
        "defaultFilters.qualityRange",
        Section::Filters,
        Kind::Range { max: 10, parts: 2 },
        "Quality range",
        "Lowest and highest quality score shown, both included.",
    ),
    field(
        "defaultFilters.autoApply",
        Section::Filters,
        Kind::Flag,
        "Apply by itself",
        "Set these filters once per browser session. The filter bar shows and clears them.",
    ),
    field(
        "exportPreferences.defaultFormat",
        Section::Export,
        Kind::OneOf(ExportFormat::CHOICES),
        "Default format",
        "The format offered first, and the one of the one-key export.",
    ),
    field(
        "exportPreferences.includeMetadata",
        Section::Export,
        Kind::Flag,
        "Include metadata",
        "Persona, topic, tier and the like.",
    ),
    field(
        "exportPreferences.includeQualityScores",
        Section::Export,
        Kind::Flag,
        "Include quality scores",
        "The score and its parts.",
    ),
    field(
        "exportPreferences.includeTimestamps",
        Section::Export,
        Kind::Flag,
        "Include timestamps",
        "When a conversation was made and changed.",
    ),
    field(
        "exportPreferences.includeApprovalHistory",
        Section::Export,
        Kind::Flag,
        "Include approval history",
        "Who approved or rejected it, and when.",
    ),
    field(
        "exportPreferences.autoCompression",
        Section::Export,
        Kind::Flag,
        "Compress large exports",
        "Pack a file with gzip from the number below on.",
    ),
    field(
        "exportPreferences.autoCompressionThreshold",
        Section::Export,
        Kind::Whole { min: 1, max: 10_000 },
        "Compress from",
        "Number of conversations from which an export is compressed.",
    ),
    field(
        "keyboardShortcuts.enabled",
        Section::Shortcuts,
        Kind::Flag,
        "Keyboard shortcuts",
        "All of the shortcuts below.",
    ),
    field(
        "keyboardShortcuts.singleKeys",
        Section::Shortcuts,
        Kind::Flag,
        "Single-key shortcuts",
        "Shortcuts of one letter, digit or sign. Switch them off if you dictate.",
    ),
    field(
        "qualityThresholds.autoApproval",
        Section::Quality,
        SCORE,
        "Auto-approval",
        "From this score on, a generated conversation is approved by itself.",
    ),
    field(
        "qualityThresholds.flagging",
        Section::Quality,
        SCORE,
        "Flagging",
        "From this score on it waits for review; below, it is flagged for revision.",
    ),
    field(
        "qualityThresholds.minimumAcceptable",
        Section::Quality,
        SCORE,
        "Minimum acceptable",
        "Below this score it is rejected, and exports leave it out.",
    ),
];

const COUNT: usize = ROWS.len() + ACTIONS.len();

/// Every preference, in the order of the page: the bindable actions come last.
pub static FIELDS: [Field; COUNT] = {
    let mut fields = [ROWS[0]; COUNT];
    let mut index = 0;
    while index < COUNT {
        fields[index] =
            if index < ROWS.len() { ROWS[index] } else { binding(&ACTIONS[index - ROWS.len()]) };
        index += 1;
    }
    fields
};

const fn binding(action: &Action) -> Field {
    field(action.path, Section::Shortcuts, Kind::Shortcut, action.label, "")
}

pub static TABLE: Table = Table { noun: "preference", fields: &FIELDS };

/// The field at a path.
pub fn field_at(path: &str) -> Option<&'static Field> {
    TABLE.field(path)
}

/// The address of a setting: `/settings/display#table-density`.
pub fn link(field: &Field) -> String {
    format!("/settings/{}#{}", field.section.value, field.anchor())
}

#[cfg(test)]
mod tests;
