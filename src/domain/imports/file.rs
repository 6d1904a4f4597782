//! Reads a file that comes in pieces: finds out what it is, and reads it row by row.

use super::{
    Found, ImportFormat, MOST_ROWS, Problem,
    elements::Elements,
    lines::{Lines, Raw},
    row,
    sheet::Sheet,
};

/// So much of the beginning says what a file is.
const BEGINNING: usize = 4096;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const UTF_16: &str = "This file is UTF-16. Save it as UTF-8.";
const GZIP: &str = "This file is packed with gzip. Unpack it first.";
const ZIP: &str = "This file is a zip. Unpack it, and choose a file in it.";
const SPREAD: &str = "This file has a JSON object over several lines. Write each conversation on \
    one line (JSON Lines), or all of them into one array.";
const UNKNOWN: &str = "This file is none of those that can be imported: JSON Lines, a JSON array, \
    or CSV with the columns id, turn, role and content.";

/// A file that comes in pieces. It holds no more of it than the row at hand.
#[derive(Debug)]
pub struct FileReader {
    kind: Kind,
    rows: i32,
    /// How the first row is built that could be read.
    first: Option<ImportFormat>,
    is_mixed: bool,
}

#[derive(Debug)]
enum Kind {
    Unknown(Vec<u8>),
    Lines(Lines),
    Elements(Elements),
    Sheet(Box<Sheet>),
}

impl Default for FileReader {
    fn default() -> Self {
        Self { kind: Kind::Unknown(Vec::new()), rows: 0, first: None, is_mixed: false }
    }
}

impl FileReader {
    /// The next piece. Small ones keep `found` small.
    ///
    /// # Errors
    /// A sentence for people, when the whole file cannot be imported.
    pub fn push(&mut self, piece: &[u8], found: &mut Vec<Found>) -> Result<(), String> {
        if let Kind::Unknown(beginning) = &mut self.kind {
            beginning.extend_from_slice(piece);
            if beginning.len() < BEGINNING {
                return Ok(());
            }
            return self.begin(found);
        }
        self.read(piece, found)
    }

    /// Behind the last piece; answers what the file is, when anything of it could be read.
    ///
    /// # Errors
    /// A sentence for people, when the whole file cannot be imported.
    pub fn end(mut self, found: &mut Vec<Found>) -> Result<Option<ImportFormat>, String> {
        if let Kind::Unknown(_) = self.kind {
            self.begin(found)?;
        }
        let from = found.len();
        let mut note = None;
        match &mut self.kind {
            Kind::Unknown(_) => {}
            Kind::Lines(lines) => lines.end(&mut |raw| found.push(json(raw))),
            Kind::Elements(elements) => note = elements.end(&mut |raw| found.push(json(raw))),
            Kind::Sheet(sheet) => sheet.end(found),
        }
        found.extend(note.map(Found::Note));
        self.count(from, found)?;
        if self.rows == 0 {
            return Err("There is no conversation in this file.".into());
        }
        Ok(match self.kind {
            Kind::Elements(_) => Some(ImportFormat::Json),
            _ => self.first,
        })
    }

    fn begin(&mut self, found: &mut Vec<Found>) -> Result<(), String> {
        let Kind::Unknown(beginning) = &mut self.kind else { return Ok(()) };
        let beginning = std::mem::take(beginning);
        let text = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&beginning);
        self.kind = kind_of(text)?;
        self.read(text, found)
    }

    fn read(&mut self, piece: &[u8], found: &mut Vec<Found>) -> Result<(), String> {
        let from = found.len();
        match &mut self.kind {
            Kind::Unknown(_) => {}
            Kind::Lines(lines) => lines.push(piece, &mut |raw| found.push(json(raw))),
            Kind::Elements(elements) => elements.push(piece, &mut |raw| found.push(json(raw))),
            Kind::Sheet(sheet) => sheet.push(piece, found),
        }
        self.count(from, found)
    }

    fn count(&mut self, from: usize, found: &mut Vec<Found>) -> Result<(), String> {
        let mut mixed = None;
        for one in &found[from..] {
            match one {
                Found::Note(_) => {}
                Found::Bad(_) => self.rows += 1,
                Found::Row(line, row) => {
                    self.rows += 1;
                    let first = *self.first.get_or_insert(row.format);
                    if first != row.format && !self.is_mixed {
                        (self.is_mixed, mixed) = (true, Some((*line, first, row.format)));
                    }
                }
            }
        }
        if self.rows > MOST_ROWS {
            return Err("A file has at most 250,000 conversations. Import it in parts.".into());
        }
        found.extend(mixed.map(|(line, first, other)| {
            let (first, other) = (first.shape(), other.shape());
            Found::Note(Problem::new(
                line,
                format!(
                    "The file is mixed: rows before this one are {first}, this one is {other}. \
                     Each is read as what it is."
                ),
            ))
        }));
        Ok(())
    }
}

fn json((line, bytes): Raw<'_>) -> Found {
    let read = match bytes {
        Some(bytes) => row::read(bytes),
        None => Err(vec![row::TOO_LARGE.into()]),
    };
    match read {
        Ok(row) => Found::Row(line, Box::new(row)),
        Err(sentences) => {
            let problem = |sentence| Problem::new(line, sentence);
            Found::Bad(sentences.into_iter().map(problem).collect())
        }
    }
}

/// What a file is that begins like this, whatever its name says.
fn kind_of(text: &[u8]) -> Result<Kind, String> {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(UTF_16.into()),
        [0x1f, 0x8b, ..] => return Err(GZIP.into()),
        [b'P', b'K', 3, 4, ..] => return Err(ZIP.into()),
        _ => {}
    }
    // Every other byte of English in UTF-16 is zero, also without a mark at its beginning.
    let start = &text[..text.len().min(64)];
    if start.iter().filter(|byte| **byte == 0).count() * 3 > start.len() {
        return Err(UTF_16.into());
    }
    let trimmed = text.trim_ascii_start();
    match trimmed.first() {
        None => Ok(Kind::Lines(Lines::new())),
        Some(b'[') => Ok(Kind::Elements(Elements::new())),
        Some(b'{') => {
            let rest = trimmed[1..].trim_ascii_start();
            let space = &trimmed[1..trimmed.len() - rest.len()];
            match space.contains(&b'\n') && !rest.starts_with(b"{") {
                true => Err(SPREAD.into()),
                false => Ok(Kind::Lines(Lines::new())),
            }
        }
        Some(_) => match Sheet::of(trimmed) {
            Some(sheet) => Ok(Kind::Sheet(Box::new(sheet))),
            // The first row may be the broken one.
            None if has_object(trimmed) => Ok(Kind::Lines(Lines::new())),
            None => Err(UNKNOWN.into()),
        },
    }
}

fn has_object(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii_start().starts_with(b"{"))
}
