//! Conversations as a table: a row for each turn, with what is said about the conversation in every
//! one. RFC 4180; spreadsheets open it and run nothing.

use super::{
    Record,
    fields::{Field, Value},
    texts::Said,
};
use crate::domain::{
    conversations::FindingKind,
    csv::{BYTE_ORDER_MARK, is_guarded},
};

/// The columns of every table; those of the fields follow.
const COLUMNS: [&str; 4] = ["id", "turn", "role", "content"];

/// Writes the first line, with the names of the columns.
pub fn push_header(text: &mut String, fields: &[&'static Field]) {
    text.push_str(BYTE_ORDER_MARK);
    let names = further(fields).map(|field| field.name);
    for (at, name) in COLUMNS.into_iter().chain(names).enumerate() {
        push_cell(text, at, false, name);
    }
    text.push_str("\r\n");
}

/// Writes the rows of a conversation.
pub fn push(
    text: &mut String,
    turns: &[Said<'_>],
    fields: &[&'static Field],
    record: &Record,
    masked: &[FindingKind],
) {
    // The same in every row.
    let mut about = String::new();
    for field in further(fields) {
        match field.of(record, masked) {
            Value::Text(value) => push_cell(&mut about, 1, is_guarded(&value), &value),
            // -1.0 is a number and no formula.
            value => push_cell(&mut about, 1, false, &value.plain()),
        }
    }
    for (turn, number) in turns.iter().zip(1_usize..) {
        let id = &record.facts.public_id;
        push_cell(text, 0, is_guarded(id), id);
        push_cell(text, 1, false, &number.to_string());
        push_cell(text, 2, false, turn.role.as_str());
        push_cell(text, 3, is_guarded(&turn.text), &turn.text);
        text.push_str(&about);
        text.push_str("\r\n");
    }
}

/// The id is a column without metadata too: it says which rows belong together.
fn further(fields: &[&'static Field]) -> impl Iterator<Item = &'static Field> {
    fields.iter().copied().filter(|field| field.name != COLUMNS[0])
}

fn push_cell(text: &mut String, at: usize, is_guarded: bool, cell: &str) {
    if at > 0 {
        text.push(',');
    }
    text.push('"');
    if is_guarded {
        text.push('\'');
    }
    for (at, part) in cell.split('"').enumerate() {
        if at > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::{fields::fields, fixtures};

    #[test]
    fn a_number_is_none_that_spreadsheets_run() {
        let fields = fields(&fixtures::options(), false);
        let score = fields.into_iter().find(|field| field.name == "quality_score");
        let mut record = fixtures::record(&["-1", "=1"]);
        record.facts.score = None;
        let turns = super::super::texts::said(&record, &[]);
        let mut text = String::new();
        push(&mut text, &turns, score.as_slice(), &record, &[]);
        let expected = "\"trn-1\",\"1\",\"user\",\"'-1\",\"-1.0\"\r\n\
            \"trn-1\",\"2\",\"assistant\",\"'=1\",\"-1.0\"\r\n";
        assert_eq!(text, expected);
    }
}
