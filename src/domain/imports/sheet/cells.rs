//! The cells of CSV that comes in pieces, as RFC 4180 has them.

/// The most cells of a line. Empty ones take more memory than their text.
const MOST_CELLS: usize = 1000;

/// A line of the table, which may go over several of the file.
#[derive(Debug)]
pub(in crate::domain::imports) struct Line<'a> {
    /// Where it begins in the file.
    pub number: i32,
    /// `None`: it is too large.
    pub cells: Option<&'a [Vec<u8>]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Begin,
    Plain,
    Quoted,
    /// Behind a quotation mark within quotes: the end, or the first of two.
    Quote,
}

/// Splits bytes into cells.
#[derive(Debug)]
pub(in crate::domain::imports) struct Cells {
    separator: u8,
    most: usize,
    at: At,
    cell: Vec<u8>,
    cells: Vec<Vec<u8>>,
    /// Bytes of the line at hand.
    size: usize,
    line: i32,
    begun: i32,
}

impl Cells {
    pub fn new(separator: u8, most: usize) -> Self {
        Self {
            separator,
            most,
            at: At::Begin,
            cell: Vec::new(),
            cells: Vec::new(),
            size: 0,
            line: 1,
            begun: 1,
        }
    }

    pub fn push(&mut self, bytes: &[u8], found: &mut impl FnMut(Line<'_>)) {
        for byte in bytes.iter().copied() {
            if byte == b'\n' {
                self.line = self.line.saturating_add(1);
            }
            match (self.at, byte) {
                (At::Quoted, b'"') => self.at = At::Quote,
                (At::Quoted, byte) => self.keep(byte),
                (At::Quote, b'"') => {
                    self.keep(byte);
                    self.at = At::Quoted;
                }
                (At::Begin, b'"') => self.at = At::Quoted,
                (_, b'\n') => self.end_line(found),
                (_, b'\r') => {}
                (_, byte) if byte == self.separator => self.end_cell(),
                (_, byte) => {
                    self.keep(byte);
                    self.at = At::Plain;
                }
            }
        }
    }

    /// Ends the file; true when that is within a cell.
    pub fn end(&mut self, found: &mut impl FnMut(Line<'_>)) -> bool {
        let is_cut = self.at == At::Quoted;
        self.end_line(found);
        is_cut
    }

    fn keep(&mut self, byte: u8) {
        self.size += 1;
        if self.size <= self.most {
            self.cell.push(byte);
        }
    }

    fn end_cell(&mut self) {
        self.size += 1;
        if self.cells.len() == MOST_CELLS {
            self.size = self.most + 1;
        }
        let cell = std::mem::take(&mut self.cell);
        match self.size <= self.most {
            true => self.cells.push(cell),
            false => self.cells = Vec::new(),
        }
        self.at = At::Begin;
    }

    fn end_line(&mut self, found: &mut impl FnMut(Line<'_>)) {
        let is_blank = self.cells.is_empty() && self.cell.is_empty() && self.size == 0;
        self.end_cell();
        if !is_blank {
            let cells = (self.size <= self.most).then_some(self.cells.as_slice());
            found(Line { number: self.begun, cells });
        }
        self.cells.clear();
        self.size = 0;
        self.begun = self.line;
    }
}
