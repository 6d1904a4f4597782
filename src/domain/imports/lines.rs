//! Splits JSON Lines, which come in pieces, into rows.

use super::{MAX_ROW, piece::Piece};

/// A row before it is read: where it begins, and its bytes; `None`: it is too large.
pub(super) type Raw<'a> = (i32, Option<&'a [u8]>);

/// Lines that come in pieces. What is too large is passed over without being kept.
#[derive(Debug)]
pub(super) struct Lines {
    line: i32,
    row: Piece,
}

impl Lines {
    pub fn new() -> Self {
        Self { line: 1, row: Piece::new(MAX_ROW) }
    }

    pub fn push(&mut self, mut bytes: &[u8], found: &mut impl FnMut(Raw<'_>)) {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            self.row.add(&bytes[..at]);
            self.end(found);
            self.line = self.line.saturating_add(1);
            bytes = &bytes[at + 1..];
        }
        self.row.add(bytes);
    }

    /// Ends the row at hand, also the last one, which may have no line break.
    pub fn end(&mut self, found: &mut impl FnMut(Raw<'_>)) {
        if !self.row.is_blank() {
            found((self.line, self.row.bytes()));
        }
        self.row.clear();
    }
}
