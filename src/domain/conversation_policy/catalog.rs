//! Every field of a conversation policy: its path, its section, what it is called, and which values
//! it takes. The page, the validation and the history read this one table.

use super::CheckAction;
use crate::domain::{
    conversations::{FindingKind, Status},
    settings::{Field, Kind, Table},
    words::{Choice, words},
};
use serde::{Deserialize, Serialize};

words! {
    /// A group of fields: a card of the page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Section {
        Retention => "retention", "Retention";
        Checks => "checks", "Content checks";
        Length => "length", "Length";
    }
}

impl Section {
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        TABLE.section(self.choice())
    }
}

pub const ENABLED: &str = "retention.enabled";
pub const DAYS: &str = "retention.archiveAfterDays";
pub const STATUSES: &str = "retention.statuses";
pub const TOKEN_TARGET: &str = "tokenTarget";
/// The fewest and the most tokens that a conversation can be meant to have.
pub const TARGETS: (i64, i64) = (256, 1_000_000);

/// What can be archived.
const RETAINED: &[Choice] = &[
    Status::Draft.choice(),
    Status::Generated.choice(),
    Status::PendingReview.choice(),
    Status::Approved.choice(),
    Status::Rejected.choice(),
    Status::NeedsRevision.choice(),
    Status::None.choice(),
    Status::Failed.choice(),
];

const fn field(
    path: &'static str,
    section: Section,
    kind: Kind,
    label: &'static str,
    description: &'static str,
) -> Field {
    Field::new(path, section.choice(), kind, label, description)
}

const fn check(path: &'static str, kind: FindingKind, description: &'static str) -> Field {
    field(path, Section::Checks, Kind::OneOf(CheckAction::CHOICES), kind.label(), description)
}

/// Every field, in the order of the page.
pub static FIELDS: &[Field] = &[
    field(
        ENABLED,
        Section::Retention,
        Kind::Flag,
        "Archive old conversations",
        "Once a day. Archived ones can be brought back.",
    ),
    field(
        DAYS,
        Section::Retention,
        Kind::Whole { min: 1, max: 3650 },
        "Archive after",
        "Days since the last change.",
    )
    .counting("days"),
    field(
        STATUSES,
        Section::Retention,
        Kind::AllOrSome(RETAINED),
        "Statuses",
        "Only conversations with one of these are archived.",
    ),
    check("checks.refusal", FindingKind::Refusal, "The assistant declines to answer."),
    check("checks.boilerplate", FindingKind::Boilerplate, "A set phrase of language models."),
    check("checks.email", FindingKind::Email, "Personal data."),
    check("checks.phone", FindingKind::Phone, "Personal data."),
    check("checks.iban", FindingKind::Iban, "The number of a bank account."),
    check("checks.card", FindingKind::Card, "The number of a payment card."),
    check("checks.secret", FindingKind::Secret, "A password, a token or a private key."),
    field(
        TOKEN_TARGET,
        Section::Length,
        Kind::Whole { min: TARGETS.0, max: TARGETS.1 },
        "Token target",
        "How many tokens of training text a conversation should have at most. Leave it empty for \
         none.",
    )
    .counting("tokens"),
];

/// The fields as a table.
pub static TABLE: Table = Table { noun: "conversation setting", fields: FIELDS };

/// The field at a path.
pub fn field_at(path: &str) -> Option<&'static Field> {
    TABLE.field(path)
}
