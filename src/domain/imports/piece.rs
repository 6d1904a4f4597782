//! Bytes that are gathered up to a limit.

/// What stays reserved for the next ones.
const KEPT: usize = 1 << 20;

/// Bytes up to a limit; of more, none.
#[derive(Debug)]
pub(super) struct Piece {
    most: usize,
    bytes: Vec<u8>,
    is_over: bool,
}

impl Piece {
    pub fn new(most: usize) -> Self {
        Self { most, bytes: Vec::new(), is_over: false }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        if self.is_over {
            return;
        }
        if self.bytes.len() + bytes.len() > self.most {
            self.is_over = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// `None`: there were too many.
    pub fn bytes(&self) -> Option<&[u8]> {
        (!self.is_over).then_some(self.bytes.as_slice())
    }

    /// There is nothing but space.
    pub fn is_blank(&self) -> bool {
        !self.is_over && self.bytes.trim_ascii().is_empty()
    }

    pub fn clear(&mut self) {
        self.is_over = false;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}
