//! What is said of imports.

use crate::{
    domain::imports::{ImportState, ImportView},
    ui::{
        components::Tone,
        export::words::{conversations, number},
    },
};
use uuid::Uuid;

/// The id of the row of an import.
pub fn row_id(id: Uuid) -> String {
    format!("import-row-{id}")
}

pub fn tone(state: ImportState) -> Tone {
    match state {
        ImportState::Uploading | ImportState::Checking | ImportState::Importing => Tone::Info,
        ImportState::Checked => Tone::Accent,
        ImportState::Done => Tone::Success,
        ImportState::Failed => Tone::Danger,
        ImportState::Cancelled => Tone::Neutral,
    }
}

/// "12 conversations were imported.", and how many were not, because they are here already.
pub fn imported(import: &ImportView) -> String {
    let were = |count| if count == 1 { "was" } else { "were" };
    let count = import.imported;
    let mut text = format!("{} {} imported.", conversations(count), were(count));
    let left = (import.valid - count).min(import.duplicates);
    if left > 0 {
        text += &format!(" {} {} here already.", number(left), were(left));
    }
    text
}

/// "Show 3 problems".
pub fn problems(count: i64) -> String {
    let what = if count == 1 { "problem" } else { "problems" };
    format!("Show {} {what}", number(count))
}

/// "Also import 3 duplicates".
pub fn duplicates(count: i64) -> String {
    let what = if count == 1 { "duplicate" } else { "duplicates" };
    format!("Also import {} {what}", number(count))
}

/// What was found, in a sentence or two.
pub fn found(import: &ImportView) -> String {
    let format = import.format.map(|format| format!("{}: ", format.label())).unwrap_or_default();
    let mut text = format!(
        "{format}{} of {} can be imported.",
        number(import.valid),
        conversations(import.total)
    );
    let are = |count| if count == 1 { "is" } else { "are" };
    if import.untrainable > 0 {
        let count = import.untrainable;
        text += &format!(" {} of them {} not taken by trainers.", number(count), are(count));
    }
    if import.duplicates > 0 {
        let count = import.duplicates;
        text += &format!(
            " {} {} word for word here already, or twice in the file.",
            number(count),
            are(count)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::imports::ImportFormat;
    use chrono::Utc;

    #[test]
    fn what_was_found_is_told_of_one_and_of_several() {
        let mut import = ImportView {
            id: Uuid::nil(),
            file_name: "talks.jsonl".into(),
            size_bytes: 100,
            received_bytes: 100,
            origin: String::new(),
            license: String::new(),
            format: Some(ImportFormat::Openai),
            state: ImportState::Checked,
            total: 1204,
            valid: 1203,
            untrainable: 1,
            duplicates: 2,
            problems: 1,
            imported: 0,
            error: None,
            created_at: Utc::now(),
            finished_at: None,
        };
        let told = "OpenAI messages (JSONL): 1,203 of 1,204 conversations can be imported. 1 of \
            them is not taken by trainers. 2 are word for word here already, or twice in the file.";
        assert_eq!(found(&import), told);
        (import.format, import.untrainable, import.duplicates) = (None, 0, 1);
        (import.total, import.valid) = (1, 1);
        let told = "1 of 1 conversation can be imported. 1 is word for word here already, or \
            twice in the file.";
        assert_eq!(found(&import), told);
        let mut done = |valid, duplicates, count| {
            (import.valid, import.duplicates, import.imported) = (valid, duplicates, count);
            imported(&import)
        };
        assert_eq!(done(1, 0, 1), "1 conversation was imported.");
        assert_eq!(done(5, 2, 3), "3 conversations were imported. 2 were here already.");
        assert_eq!(done(5, 2, 5), "5 conversations were imported.", "with the duplicates");
        assert_eq!(problems(1200), "Show 1,200 problems");
    }
}
