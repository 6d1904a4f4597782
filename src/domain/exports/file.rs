//! Writes the records of one file, one after another.

use super::{
    ExportOptions, JsonlKind, LeftOut, Record, csv,
    fields::{Field, fields},
    json, markdown,
    texts::{Said, said},
};
use crate::domain::preferences::values::ExportFormat;

/// A file that is being written. What it writes depends on nothing but the options and the records:
/// the same ones give the same bytes.
#[derive(Clone, Debug)]
pub struct FileWriter {
    options: ExportOptions,
    fields: Vec<&'static Field>,
    /// How many records it has.
    written: u64,
    /// Lines that wait for one that is to stand before them.
    waiting: Option<String>,
}

/// How many bytes wait at most: less than loaders look at before they decide on the types.
const MOST_WAITING: usize = 4 << 20;

impl FileWriter {
    /// `has_parts`: the records are of a version, and say their split.
    pub fn new(options: &ExportOptions, has_parts: bool) -> Self {
        Self {
            options: options.clone(),
            fields: fields(options, has_parts),
            written: 0,
            // Loaders take a list that is empty in the first lines for one of nothing and refuse
            // it filled, so a conversation with a history comes first where there is one. Where
            // one comes late, whoever writes the file has to look for it.
            waiting: Self::begins_with_history(options).then(String::new),
        }
    }

    /// Whether a file of this kind is to begin with a conversation that [has a
    /// history](Self::has_history).
    pub fn begins_with_history(options: &ExportOptions) -> bool {
        options.format == ExportFormat::Jsonl && options.kind == JsonlKind::Alpaca
    }

    /// Whether a record can be written, with something in its `history`.
    pub fn has_history(&self, record: &Record) -> bool {
        let turns = said(record, &self.options.masked);
        turns.len() > 2 && json::push(&mut String::new(), JsonlKind::Alpaca, &turns).is_ok()
    }

    /// What stands before the first record.
    pub fn begin(&mut self, text: &mut String) {
        match self.options.format {
            ExportFormat::Json => text.push('['),
            ExportFormat::Csv => csv::push_header(text, &self.fields),
            ExportFormat::Jsonl | ExportFormat::Markdown => {}
        }
    }

    /// Writes a record. Some of it may follow with a later one, or at the end.
    ///
    /// # Errors
    /// Why it is left out: nothing of it is written then.
    pub fn push(&mut self, text: &mut String, record: &Record) -> Result<(), LeftOut> {
        let masked = &self.options.masked;
        let turns = said(record, masked);
        if turns.is_empty() {
            return Err(LeftOut::Inexpressible);
        }
        match self.options.format {
            ExportFormat::Json => {
                let before = if self.written == 0 { "\n" } else { ",\n" };
                self.line(text, before, JsonlKind::Openai, &turns, record, "")?;
            }
            ExportFormat::Jsonl => match self.waiting.take() {
                Some(mut lines) => {
                    let has_history = turns.len() > 2;
                    let first = if has_history { &mut *text } else { &mut lines };
                    let pushed = self.line(first, "", self.options.kind, &turns, record, "\n");
                    if (has_history && pushed.is_ok()) || lines.len() > MOST_WAITING {
                        text.push_str(&lines);
                    } else {
                        self.waiting = Some(lines);
                    }
                    pushed?;
                }
                None => self.line(text, "", self.options.kind, &turns, record, "\n")?,
            },
            ExportFormat::Csv => csv::push(text, &turns, &self.fields, record, masked),
            ExportFormat::Markdown => {
                let number = self.written + 1;
                markdown::push(text, number, &turns, &self.fields, record, masked);
            }
        }
        self.written += 1;
        Ok(())
    }

    /// What stands behind the last record.
    pub fn end(&mut self, text: &mut String) {
        text.push_str(&self.waiting.take().unwrap_or_default());
        if self.options.format == ExportFormat::Json {
            text.push_str("\n]\n");
        }
    }

    fn line(
        &self,
        text: &mut String,
        before: &str,
        kind: JsonlKind,
        turns: &[Said<'_>],
        record: &Record,
        after: &str,
    ) -> Result<(), LeftOut> {
        let start = text.len();
        text.push_str(before);
        if let Err(reason) = json::push(text, kind, turns) {
            text.truncate(start);
            return Err(reason);
        }
        json::push_end(text, &self.fields, record, &self.options.masked);
        text.push_str(after);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
