//! What an export has and leaves out, in sentences.

use super::Subject;
use crate::{
    domain::{
        conversations::FindingKind,
        exports::{ExportPreview, ExportState, ExportView, ExportWarning, LeftOutCount},
        money::grouped,
    },
    ui::words::date,
};
use chrono::{DateTime, Utc};

pub fn number(count: i64) -> String {
    grouped(&count.to_string())
}

pub fn conversations(count: i64) -> String {
    let what = if count == 1 { "conversation" } else { "conversations" };
    format!("{} {what}", number(count))
}

const fn is(count: i64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// "12 selected conversations", "All 1,240 conversations that match".
pub fn subject(subject: &Subject, chosen: Option<i64>) -> String {
    let all = |one: &str, several: &str| match chosen {
        Some(1) => format!("1 conversation{one}"),
        Some(count) => format!("All {}{several}", conversations(count)),
        None => format!("All conversations{several}"),
    };
    match subject {
        Subject::Rows(rows) if rows.len() == 1 => "1 selected conversation".to_owned(),
        Subject::Rows(rows) => {
            format!("{} selected conversations", grouped(&rows.len().to_string()))
        }
        Subject::Query(query) if query.is_empty() => all("", ""),
        Subject::Query(_) => all(" that matches", " that match"),
        Subject::Version(_, name) => name.clone(),
    }
}

/// What a file would have, what it would leave out, and what a person should look at.
pub fn preview(preview: &ExportPreview) -> Vec<String> {
    let first = match (preview.taken, preview.chosen) {
        (_, 0) => "No conversation matches.".to_owned(),
        (0, _) => "Nothing to export.".to_owned(),
        (taken, chosen) if taken == chosen => format!("{}.", conversations(taken)),
        (taken, chosen) => format!("{} of {}.", number(taken), conversations(chosen)),
    };
    let mut sentences = vec![first];
    sentences.extend(left_out(&preview.left_out));
    sentences.extend(warnings(&preview.warnings));
    sentences.extend(deleted(preview.deleted, preview.writable_until));
    sentences
}

/// "3 of its conversations were deleted: from 4 May 2026 on no file of it can be made."
pub fn deleted(count: i64, until: Option<DateTime<Utc>>) -> Option<String> {
    let day = date(until?.date_naive());
    let were = if count == 1 { "was" } else { "were" };
    let count = number(count);
    Some(format!(
        "{count} of its conversations {were} deleted: from {day} on no file of it can be made."
    ))
}

/// "40 are not taken by trainers, 13 are archived."
pub fn left_out(counts: &[LeftOutCount]) -> Option<String> {
    let some = counts.iter().filter(|own| own.count > 0);
    let told = some.map(|LeftOutCount { reason, count }| {
        format!("{} {} {}", number(*count), is(*count), reason.label())
    });
    sentence(told.collect())
}

/// "3 have an e-mail address."
pub fn warnings(warnings: &[ExportWarning]) -> Option<String> {
    let some = warnings.iter().filter(|own| own.count > 0);
    let told = some.map(|ExportWarning { kind, count }| {
        let has = if *count == 1 { "has" } else { "have" };
        format!("{} {has} {}", number(*count), a(*kind))
    });
    sentence(told.collect())
}

/// What is written as “(… removed)”.
pub fn masked(kinds: &[FindingKind]) -> Option<String> {
    let told: Vec<_> = kinds.iter().map(|kind| several(*kind)).collect();
    let told = sentence(vec![told.join(", ")]).filter(|_| !kinds.is_empty())?;
    Some(format!("Masked, as your organization decided: {told}"))
}

fn sentence(told: Vec<String>) -> Option<String> {
    (!told.is_empty()).then(|| format!("{}.", told.join(", ")))
}

const fn a(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Refusal => "a refusal",
        FindingKind::Boilerplate => "a set phrase of language models",
        FindingKind::Email => "an e-mail address",
        FindingKind::Phone => "a phone number",
        FindingKind::Iban => "an IBAN",
        FindingKind::Card => "a card number",
        FindingKind::Secret => "a key or token",
    }
}

const fn several(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Refusal => "refusals",
        FindingKind::Boilerplate => "set phrases",
        FindingKind::Email => "e-mail addresses",
        FindingKind::Phone => "phone numbers",
        FindingKind::Iban => "IBANs",
        FindingKind::Card => "card numbers",
        FindingKind::Secret => "keys and tokens",
    }
}

/// The reason with a capital letter, and how many it concerns: "Not taken by trainers (40)".
pub fn reason(own: LeftOutCount) -> String {
    let (first, rest) = own.reason.label().split_at(1);
    let count = match own.count {
        0 => String::new(),
        count => format!(" ({})", number(count)),
    };
    format!("{}{rest}{count}", first.to_ascii_uppercase())
}

/// How far it is: "520 of 1,187".
pub fn progress(export: &ExportView) -> String {
    match export.state {
        ExportState::Queued => "waiting".to_owned(),
        _ => format!("{} of {}", number(export.written), number(export.total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        exports::{ExportOptions, JsonlKind, LeftOut},
        preferences::values::ExportFormat,
    };
    use uuid::Uuid;

    fn options() -> ExportOptions {
        ExportOptions {
            format: ExportFormat::Jsonl,
            kind: JsonlKind::Openai,
            metadata: true,
            descriptions: true,
            quality_scores: true,
            timestamps: true,
            approval_history: false,
            gzip: false,
            bundle: false,
            include: Vec::new(),
            token_fit: None,
            minimum_score: None,
            masked: Vec::new(),
        }
    }

    #[test]
    fn a_preview_says_what_is_taken_left_out_and_to_be_looked_at() {
        let count = |reason, count| LeftOutCount { reason, count };
        let mut own = ExportPreview {
            chosen: 1240,
            taken: 1187,
            left_out: vec![
                count(LeftOut::Archived, 13),
                count(LeftOut::Rejected, 0),
                count(LeftOut::Untrainable, 40),
            ],
            warnings: vec![ExportWarning { kind: FindingKind::Email, count: 3 }],
            deleted: 0,
            writable_until: None,
            options: options(),
            token_target: None,
        };
        let told = [
            "1,187 of 1,240 conversations.",
            "13 are archived, 40 are not taken by trainers.",
            "3 have an e-mail address.",
        ];
        assert_eq!(preview(&own), told);
        own.deleted = 2;
        own.writable_until = Some("2026-06-03T10:11:12Z".parse().unwrap());
        let last = preview(&own).pop().unwrap();
        assert!(last.ends_with("were deleted: from 3 Jun 2026 on no file of it can be made."));
        (own.deleted, own.writable_until) = (0, None);
        own.taken = 0;
        own.left_out = vec![count(LeftOut::Archived, 1)];
        own.warnings.clear();
        assert_eq!(preview(&own), ["Nothing to export.", "1 is archived."]);
        (own.chosen, own.taken) = (1, 1);
        own.left_out.clear();
        assert_eq!(preview(&own), ["1 conversation."]);
        own.chosen = 0;
        assert_eq!(preview(&own), ["No conversation matches."]);
        assert_eq!(reason(count(LeftOut::Untrainable, 1200)), "Not taken by trainers (1,200)");
        assert_eq!(reason(count(LeftOut::Archived, 0)), "Archived", "as it was included before");
    }

    #[test]
    fn what_is_exported_has_a_name() {
        assert_eq!(
            subject(&Subject::Rows(vec![Uuid::nil(); 12]), None),
            "12 selected conversations"
        );
        assert_eq!(subject(&Subject::Rows(vec![Uuid::nil()]), Some(1)), "1 selected conversation");
        let filtered = Subject::Query("tier=scenario".into());
        assert_eq!(subject(&filtered, Some(1240)), "All 1,240 conversations that match");
        assert_eq!(subject(&filtered, Some(1)), "1 conversation that matches");
        assert_eq!(subject(&Subject::Query(String::new()), None), "All conversations");
    }

    #[test]
    fn what_is_masked_is_named() {
        let kinds = [FindingKind::Email, FindingKind::Phone];
        let told = "Masked, as your organization decided: e-mail addresses, phone numbers.";
        assert_eq!(masked(&kinds).as_deref(), Some(told));
        assert_eq!(masked(&[]), None);
    }
}
