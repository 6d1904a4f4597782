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

/// By which ways messages come, and which of them by which way: a table on the page.
const CHANNELS: &str = "Channels";
pub const EVENTS: &str = "Events";

const fn field(
    path: &'static str,
    section: Section,
    kind: Kind,
    label: &'static str,
    description: &'static str,
) -> Field {
    Field::new(path, section.choice(), kind, label, description)
}

/// One event by one of the channels, which says nothing while either is off.
macro_rules! cell {
    ($event:literal, $title:literal, $channel:literal, $by:literal, $switch:literal) => {
        field(
            concat!("notifications.events.", $event, ".", $channel),
            Section::Notifications,
            Kind::Flag,
            concat!($title, " ", $by),
            concat!("Applies while “", $title, "” and “", $switch, "” are on."),
        )
        .under(EVENTS)
    };
    ($event:literal, $title:literal, toast) => {
        cell!($event, $title, "toast", "as a toast", "Toasts")
    };
    ($event:literal, $title:literal, bell) => {
        cell!($event, $title, "inApp", "in the bell", "Notification centre")
    };
    ($event:literal, $title:literal, mail) => {
        cell!($event, $title, "email", "by e-mail", "E-mail")
    };
}

const ROWS: &[Field] = &[
    field(
        "theme",
        Section::Display,
        Kind::OneOf(Theme::CHOICES),
        "Theme",
        "Light, dark, or the same as your system.",
    )
    .per_device()
    .pictured(),
    field(
        "tableDensity",
        Section::Display,
        Kind::OneOf(TableDensity::CHOICES),
        "Table density",
        "Height of table rows.",
    )
    .per_device(),
    field(
        "rowsPerPage",
        Section::Display,
        Kind::OneOfNumbers(&[10, 25, 50, 100]),
        "Rows per page",
        "Number of rows on each page of a table.",
    ),
    field(
        "sidebarCollapsed",
        Section::Display,
        Kind::Flag,
        "Collapse the sidebar",
        "Show icons only in the navigation.",
    )
    .per_device(),
    field(
        "enableAnimations",
        Section::Display,
        Kind::Flag,
        "Animations",
        "Animate transitions. Your system's reduced-motion setting takes precedence.",
    ),
    field(
        "notifications.toast",
        Section::Notifications,
        Kind::Flag,
        "Toasts",
        "Short messages in the corner of the page.",
    )
    .under(CHANNELS),
    field(
        "notifications.inApp",
        Section::Notifications,
        Kind::Flag,
        "Notification centre",
        "The bell in the top bar.",
    )
    .under(CHANNELS),
    field(
        "notifications.email",
        Section::Notifications,
        Kind::Flag,
        "E-mail",
        "Sent to the address of your account.",
    )
    .under(CHANNELS),
    field(
        "notifications.frequency",
        Section::Notifications,
        Kind::OneOf(Frequency::CHOICES),
        "E-mail frequency",
        "Send each message immediately, or collect them in a digest.",
    )
    .under(CHANNELS),
    field(
        "notifications.categories.generationComplete",
        Section::Notifications,
        Kind::Flag,
        "Generation complete",
        "A generation or batch has finished.",
    )
    .under(EVENTS),
    cell!("generationComplete", "Generation complete", toast),
    cell!("generationComplete", "Generation complete", bell),
    cell!("generationComplete", "Generation complete", mail),
    field(
        "notifications.categories.approvalRequired",
        Section::Notifications,
        Kind::Flag,
        "Approval required",
        "A conversation is waiting for review.",
    )
    .under(EVENTS),
    cell!("approvalRequired", "Approval required", toast),
    cell!("approvalRequired", "Approval required", bell),
    cell!("approvalRequired", "Approval required", mail),
    field(
        "notifications.categories.errors",
        Section::Notifications,
        Kind::Flag,
        "Errors",
        "Something you started has failed.",
    )
    .under(EVENTS),
    cell!("errors", "Errors", toast),
    cell!("errors", "Errors", bell),
    cell!("errors", "Errors", mail),
    field(
        "notifications.categories.systemAlerts",
        Section::Notifications,
        Kind::Flag,
        "System alerts",
        "Budgets, retiring models, keys, database health.",
    )
    .under(EVENTS),
    cell!("systemAlerts", "System alerts", toast),
    cell!("systemAlerts", "System alerts", bell),
    cell!("systemAlerts", "System alerts", mail),
    field(
        "defaultFilters.tier",
        Section::Filters,
        Kind::AllOrSome(Tier::CHOICES),
        "Tiers",
        "Tiers shown when the conversations table opens.",
    ),
    field(
        "defaultFilters.status",
        Section::Filters,
        Kind::AllOrSome(Status::CHOICES),
        "Statuses",
        "Statuses shown when the conversations table opens.",
    ),
    field(
        "defaultFilters.qualityRange",
        Section::Filters,
        Kind::Range { max: 10, parts: 2 },
        "Quality range",
        "Lowest and highest quality score shown, inclusive.",
    ),
    field(
        "defaultFilters.autoApply",
        Section::Filters,
        Kind::Flag,
        "Apply automatically",
        "Apply these filters once per browser session. The filter bar shows and clears them.",
    ),
    field(
        "exportPreferences.defaultFormat",
        Section::Export,
        Kind::OneOf(ExportFormat::CHOICES),
        "Default format",
        "Preselected format, also used by the export shortcut.",
    ),
    field(
        "exportPreferences.includeMetadata",
        Section::Export,
        Kind::Flag,
        "Include metadata",
        "Persona, topic, tier and similar.",
    ),
    field(
        "exportPreferences.includeQualityScores",
        Section::Export,
        Kind::Flag,
        "Include quality scores",
        "Overall score and its components.",
    ),
    field(
        "exportPreferences.includeTimestamps",
        Section::Export,
        Kind::Flag,
        "Include timestamps",
        "When a conversation was created and last changed.",
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
        "Gzip exports that reach the threshold below.",
    ),
    field(
        "exportPreferences.autoCompressionThreshold",
        Section::Export,
        Kind::Whole { min: 1, max: 10_000 },
        "Compression threshold",
        "Compress exports of at least this many conversations.",
    ),
    field(
        "keyboardShortcuts.enabled",
        Section::Shortcuts,
        Kind::Flag,
        "Keyboard shortcuts",
        "Enable all shortcuts below.",
    ),
    field(
        "keyboardShortcuts.singleKeys",
        Section::Shortcuts,
        Kind::Flag,
        "Single-key shortcuts",
        "Shortcuts of a single letter, digit or symbol. Turn off if you use voice input.",
    ),
    field(
        "qualityThresholds.autoApproval",
        Section::Quality,
        SCORE,
        "Auto-approval",
        "Scores at or above this are approved automatically.",
    ),
    field(
        "qualityThresholds.flagging",
        Section::Quality,
        SCORE,
        "Flagging",
        "Scores at or above this go to review; lower scores are flagged for revision.",
    ),
    field(
        "qualityThresholds.minimumAcceptable",
        Section::Quality,
        SCORE,
        "Minimum acceptable",
        "Scores below this are rejected and excluded from exports.",
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
    field(action.path, Section::Shortcuts, Kind::Shortcut, action.label, "").pending(action.pending)
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
