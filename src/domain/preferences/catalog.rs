//! Every preference there is: its path, its section, what it is called, and which values it takes.
//!
//! The settings page, the search over it, the validation and the history all read this one table.

use super::values::ACTIONS;
use crate::domain::shortcut::{self, Shortcut};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::sync::OnceLock;
use utoipa::ToSchema;

/// A group of settings: one page under `/settings`, one reset.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    Display,
    Notifications,
    Filters,
    Export,
    Shortcuts,
    Quality,
}

impl Section {
    pub const ALL: [Self; 6] = [
        Self::Display,
        Self::Notifications,
        Self::Filters,
        Self::Export,
        Self::Shortcuts,
        Self::Quality,
    ];

    /// The word in the address and in a reset.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Display => "display",
            Self::Notifications => "notifications",
            Self::Filters => "filters",
            Self::Export => "export",
            Self::Shortcuts => "shortcuts",
            Self::Quality => "quality",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Display => "Display",
            Self::Notifications => "Notifications",
            Self::Filters => "Default filters",
            Self::Export => "Export",
            Self::Shortcuts => "Keyboard shortcuts",
            Self::Quality => "Quality thresholds",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.slug() == slug)
    }
}

/// One value of a choice, and what people call it.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

const fn choice(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

/// Which values a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    OneOf(&'static [Choice]),
    OneOfNumbers(&'static [i64]),
    /// A whole number, both ends included.
    Whole {
        min: i64,
        max: i64,
    },
    /// A score 0–10 in tenths.
    Score,
    /// `"all"` or a non-empty set.
    AllOrSome(&'static [Choice]),
    /// `[min, max]`, each 0–10 in halves.
    ScoreRange,
    /// A shortcut or `"none"`.
    Shortcut,
}

/// One preference.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Dotted path in the JSON.
    pub path: String,
    pub section: Section,
    pub label: &'static str,
    pub description: &'static str,
    pub kind: Kind,
    /// Whether a device may keep a value of its own.
    pub per_device: bool,
}

const THEMES: &[Choice] =
    &[choice("system", "System"), choice("light", "Light"), choice("dark", "Dark")];
const DENSITIES: &[Choice] = &[
    choice("compact", "Compact"),
    choice("comfortable", "Comfortable"),
    choice("spacious", "Spacious"),
];
const FREQUENCIES: &[Choice] = &[
    choice("immediate", "At once"),
    choice("daily", "Daily digest"),
    choice("weekly", "Weekly digest"),
];
const FORMATS: &[Choice] = &[
    choice("json", "JSON"),
    choice("jsonl", "JSONL"),
    choice("csv", "CSV"),
    choice("markdown", "Markdown"),
];
/// The tiers of a conversation.
pub const TIERS: &[Choice] = &[
    choice("template", "Template"),
    choice("scenario", "Scenario"),
    choice("edge_case", "Edge case"),
];
/// The statuses of a conversation.
pub const STATUSES: &[Choice] = &[
    choice("draft", "Draft"),
    choice("generated", "Generated"),
    choice("pending_review", "Pending review"),
    choice("approved", "Approved"),
    choice("rejected", "Rejected"),
    choice("needs_revision", "Needs revision"),
    choice("none", "None"),
    choice("failed", "Failed"),
    choice("archived", "Archived"),
];

type Row = (&'static str, Section, Kind, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("theme", Section::Display, Kind::OneOf(THEMES), "Theme", "Light, dark, or whatever your system uses at the moment."),
    ("tableDensity", Section::Display, Kind::OneOf(DENSITIES), "Table density", "How much room each row of a table takes."),
    ("rowsPerPage", Section::Display, Kind::OneOfNumbers(&[10, 25, 50, 100]), "Rows per page", "How many rows a table shows before it pages."),
    ("sidebarCollapsed", Section::Display, Kind::Flag, "Collapse the sidebar", "Show only icons in the navigation."),
    ("enableAnimations", Section::Display, Kind::Flag, "Animations", "Transitions between states. Your system's reduced motion always wins."),
    ("notifications.toast", Section::Notifications, Kind::Flag, "Toasts", "Short messages at the edge of the page."),
    ("notifications.inApp", Section::Notifications, Kind::Flag, "Notification centre", "The bell in the top bar and its list."),
    ("notifications.email", Section::Notifications, Kind::Flag, "E-mail", "Messages to the address of your account."),
    ("notifications.frequency", Section::Notifications, Kind::OneOf(FREQUENCIES), "E-mail frequency", "Each message at once, or gathered in a digest."),
    ("notifications.categories.generationComplete", Section::Notifications, Kind::Flag, "Generation complete", "A generation or a batch has ended."),
    ("notifications.categories.approvalRequired", Section::Notifications, Kind::Flag, "Approval required", "A conversation waits for a review."),
    ("notifications.categories.errors", Section::Notifications, Kind::Flag, "Errors", "Something you started has failed."),
    ("notifications.categories.systemAlerts", Section::Notifications, Kind::Flag, "System alerts", "Budgets, retiring models, keys, database health."),
    ("defaultFilters.tier", Section::Filters, Kind::AllOrSome(TIERS), "Tiers", "Which tiers the conversations table shows when it opens."),
    ("defaultFilters.status", Section::Filters, Kind::AllOrSome(STATUSES), "Statuses", "Which statuses the conversations table shows when it opens."),
    ("defaultFilters.qualityRange", Section::Filters, Kind::ScoreRange, "Quality range", "Lowest and highest quality score shown, both included."),
    ("defaultFilters.autoApply", Section::Filters, Kind::Flag, "Apply by itself", "Set these filters once per browser session. The filter bar shows and clears them."),
    ("exportPreferences.defaultFormat", Section::Export, Kind::OneOf(FORMATS), "Default format", "The format offered first, and the one of the one-key export."),
    ("exportPreferences.includeMetadata", Section::Export, Kind::Flag, "Include metadata", "Persona, topic, tier and the like."),
    ("exportPreferences.includeQualityScores", Section::Export, Kind::Flag, "Include quality scores", "The score and its parts."),
    ("exportPreferences.includeTimestamps", Section::Export, Kind::Flag, "Include timestamps", "When a conversation was made and changed."),
    ("exportPreferences.includeApprovalHistory", Section::Export, Kind::Flag, "Include approval history", "Who approved or rejected it, and when."),
    ("exportPreferences.autoCompression", Section::Export, Kind::Flag, "Compress large exports", "Pack a file with gzip from the number below on."),
    ("exportPreferences.autoCompressionThreshold", Section::Export, Kind::Whole { min: 1, max: 10_000 }, "Compress from", "Number of conversations from which an export is compressed."),
    ("keyboardShortcuts.enabled", Section::Shortcuts, Kind::Flag, "Keyboard shortcuts", "All of the shortcuts below."),
    ("keyboardShortcuts.singleKeys", Section::Shortcuts, Kind::Flag, "Single-key shortcuts", "Shortcuts of one letter, digit or sign. Switch them off if you dictate."),
    ("qualityThresholds.autoApproval", Section::Quality, Kind::Score, "Auto-approval", "From this score on, a generated conversation is approved by itself."),
    ("qualityThresholds.flagging", Section::Quality, Kind::Score, "Flagging", "From this score on it waits for review; below, it is flagged for revision."),
    ("qualityThresholds.minimumAcceptable", Section::Quality, Kind::Score, "Minimum acceptable", "Below this score it is rejected, and exports leave it out."),
];

/// Every field, in the order of the page.
pub fn fields() -> &'static [Field] {
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let plain = ROWS.iter().map(|&(path, section, kind, label, description)| Field {
            path: path.to_owned(),
            section,
            label,
            description,
            kind,
            per_device: matches!(path, "theme" | "tableDensity" | "sidebarCollapsed"),
        });
        let bindings = ACTIONS.iter().map(|action| Field {
            path: format!("keyboardShortcuts.customBindings.{}", action.name),
            section: Section::Shortcuts,
            label: action.label,
            description: "",
            kind: Kind::Shortcut,
            per_device: false,
        });
        plain.chain(bindings).collect()
    })
}

/// The field at a path.
pub fn field(path: &str) -> Option<&'static Field> {
    fields().iter().find(|field| field.path == path)
}

/// True for the path of an object that holds fields.
pub fn is_group(path: &str) -> bool {
    fields()
        .iter()
        .any(|field| field.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

impl Field {
    /// The anchor of the setting on its page: `/settings/display#table-density`.
    pub fn anchor(&self) -> String {
        let name = self.path.rsplit('.').next().unwrap_or(&self.path);
        let mut anchor = String::new();
        for character in name.chars() {
            if character.is_ascii_uppercase() {
                anchor.push('-');
            }
            anchor.push(character.to_ascii_lowercase());
        }
        anchor
    }

    /// The address of the setting.
    pub fn link(&self) -> String {
        format!("/settings/{}#{}", self.section.slug(), self.anchor())
    }

    /// The value in the one form in which it is stored, or the sentence that says what is allowed.
    pub fn canonical(&self, value: &Value) -> Result<Value, String> {
        let refused = || Err(format!("{} must be {}.", self.label, self.allowed()));
        match self.kind {
            Kind::Flag if value.is_boolean() => Ok(value.clone()),
            Kind::OneOf(choices) => match value.as_str() {
                Some(word) if choices.iter().any(|choice| choice.value == word) => {
                    Ok(value.clone())
                }
                _ => refused(),
            },
            Kind::OneOfNumbers(allowed) => match whole(value) {
                Some(number) if allowed.contains(&number) => Ok(Value::from(number)),
                _ => refused(),
            },
            Kind::Whole { min, max } => match whole(value) {
                Some(number) if (min..=max).contains(&number) => Ok(Value::from(number)),
                _ => refused(),
            },
            Kind::Score => score(value, 10).map_or_else(refused, Ok),
            Kind::AllOrSome(choices) => all_or_some(value, choices).map_or_else(refused, Ok),
            Kind::ScoreRange => score_range(value).map_or_else(refused, Ok),
            Kind::Shortcut => match value.as_str() {
                Some(shortcut::NONE) => Ok(value.clone()),
                Some(text) => {
                    text.parse::<Shortcut>().map(|shortcut| Value::String(shortcut.to_string()))
                }
                None => refused(),
            },
            Kind::Flag => refused(),
        }
    }

    /// What is allowed, to complete "… must be …".
    pub fn allowed(&self) -> String {
        let words = |choices: &[Choice]| {
            choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ")
        };
        match self.kind {
            Kind::Flag => "true or false".into(),
            Kind::OneOf(choices) => format!("one of {}", words(choices)),
            Kind::OneOfNumbers(numbers) => {
                format!(
                    "one of {}",
                    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
                )
            }
            Kind::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Score => "a number from 0 to 10 in steps of 0.1".into(),
            Kind::AllOrSome(choices) => {
                format!("\"all\" or a non-empty list of {}", words(choices))
            }
            Kind::ScoreRange => {
                "a list of two numbers from 0 to 10 in steps of 0.5, the lower first".into()
            }
            Kind::Shortcut => "a shortcut such as Ctrl+K, or \"none\"".into(),
        }
    }

    /// A value in the words of a person.
    pub fn display(&self, value: &Value) -> String {
        let label = |choices: &'static [Choice], word: &str| {
            choices
                .iter()
                .find(|choice| choice.value == word)
                .map_or(word.to_owned(), |choice| choice.label.to_owned())
        };
        match (self.kind, value) {
            (Kind::Flag, Value::Bool(on)) => if *on { "On" } else { "Off" }.to_owned(),
            (Kind::OneOf(choices), Value::String(word)) => label(choices, word),
            (Kind::AllOrSome(_), Value::String(_)) => "All".into(),
            (Kind::AllOrSome(choices), Value::Array(list)) => list
                .iter()
                .filter_map(Value::as_str)
                .map(|word| label(choices, word))
                .collect::<Vec<_>>()
                .join(", "),
            (Kind::ScoreRange, Value::Array(ends)) => ends
                .iter()
                .map(|end| format!("{:.1}", end.as_f64().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(" – "),
            (Kind::Score, Value::Number(number)) => {
                format!("{:.1}", number.as_f64().unwrap_or_default())
            }
            (Kind::Shortcut, Value::String(word)) if word == shortcut::NONE => "None".into(),
            (_, Value::String(word)) => word.clone(),
            (_, other) => other.to_string(),
        }
    }
}

/// A whole number, however it is written (`25` or `25.0`).
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 1e9)
            .map(|n| n as i64)
    })
}

/// A score from 0 to 10 in steps of one `parts`-th, as a JSON number that always reads the same.
fn score(value: &Value, parts: u32) -> Option<Value> {
    let number = value.as_f64().filter(|number| (0.0..=10.0).contains(number))?;
    let parts = f64::from(parts);
    let steps = (number * parts).round();
    if (number * parts - steps).abs() > 1e-6 {
        return None;
    }
    // `+ 0.0` turns -0.0 into 0.0, which would otherwise be another text in the row.
    Number::from_f64(steps / parts + 0.0).map(Value::Number)
}

fn score_range(value: &Value) -> Option<Value> {
    let [low, high] = value.as_array()?.as_slice() else { return None };
    let (low, high) = (score(low, 2)?, score(high, 2)?);
    (low.as_f64() <= high.as_f64()).then(|| Value::Array(vec![low, high]))
}

/// The set in the catalog's order, each once.
fn all_or_some(value: &Value, choices: &[Choice]) -> Option<Value> {
    if value.as_str() == Some("all") {
        return Some(value.clone());
    }
    let named = value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    let known = named.iter().all(|word| choices.iter().any(|choice| choice.value == *word));
    if named.is_empty() || !known {
        return None;
    }
    let ordered = choices
        .iter()
        .filter(|choice| named.contains(&choice.value))
        .map(|choice| Value::from(choice.value));
    Some(Value::Array(ordered.collect()))
}

#[cfg(test)]
mod tests;
