//! Splits a JSON array, which comes in pieces, into its elements.

use super::{MAX_ROW, Problem, lines::Raw, piece::Piece};

/// Where in the array it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    Between,
    Inside,
    Behind,
}

/// An array that comes in pieces. Its elements are found by brackets and strings alone; whether
/// one is JSON is seen when it is read.
#[derive(Debug)]
pub(super) struct Elements {
    place: Place,
    line: i32,
    /// Where the element at hand begins.
    begun: i32,
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    element: Piece,
    /// Something stands behind the array: in which line the first of it does.
    extra: Option<i32>,
}

impl Elements {
    pub fn new() -> Self {
        Self {
            place: Place::Before,
            line: 1,
            begun: 1,
            depth: 0,
            in_string: false,
            is_escaped: false,
            element: Piece::new(MAX_ROW),
            extra: None,
        }
    }

    pub fn push(&mut self, bytes: &[u8], found: &mut impl FnMut(Raw<'_>)) {
        // Where what is not yet in `element` begins.
        let mut from = 0;
        for (at, byte) in bytes.iter().copied().enumerate() {
            if byte == b'\n' {
                self.line = self.line.saturating_add(1);
            }
            match self.place {
                Place::Inside => {
                    if self.goes_on(byte) {
                        continue;
                    }
                    self.element.add(&bytes[from..at]);
                    self.flush(found);
                    self.place = if byte == b']' { Place::Behind } else { Place::Between };
                }
                _ if byte.is_ascii_whitespace() => {}
                Place::Before => self.place = Place::Between,
                Place::Between => match byte {
                    b',' => {}
                    b']' => self.place = Place::Behind,
                    _ => {
                        (self.place, self.begun, from) = (Place::Inside, self.line, at);
                        self.goes_on(byte);
                    }
                },
                Place::Behind => {
                    self.extra.get_or_insert(self.line);
                }
            }
        }
        if self.place == Place::Inside {
            self.element.add(&bytes[from..]);
        }
    }

    /// Whether the element has this byte too.
    fn goes_on(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return true;
        }
        match byte {
            b',' | b']' if self.depth == 0 => return false,
            b'"' => self.in_string = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        true
    }

    fn flush(&mut self, found: &mut impl FnMut(Raw<'_>)) {
        found((self.begun, self.element.bytes()));
        self.element.clear();
    }

    /// Ends the file: an element that it ends in, and what is wrong with the array as a whole.
    pub fn end(&mut self, found: &mut impl FnMut(Raw<'_>)) -> Option<Problem> {
        let is_whole = self.depth == 0 && !self.in_string;
        match self.place {
            Place::Behind => self.extra.map(|line| {
                Problem::new(line, "Something stands behind the end of the array. It is not read.")
            }),
            // The element itself says that it is cut off.
            Place::Inside if !is_whole => {
                self.flush(found);
                None
            }
            place => {
                if place == Place::Inside {
                    self.flush(found);
                }
                let sentence = "The file ends before its array does. It may be cut off here.";
                Some(Problem::new(self.line, sentence))
            }
        }
    }
}
