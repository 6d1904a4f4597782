//! How far a server is with a job, and how much it takes at a time.

use std::time::Duration;

/// How long a batch should hold what it locked: whoever decides about one of them waits so long.
const LONGEST_HOLD: Duration = Duration::from_millis(50);
const SMALLEST: i64 = 20;
/// Those that are left alone take next to nothing. Behind many of them come others.
const LARGEST: i64 = 500;

/// How far a server is with a job.
#[derive(Debug)]
pub(super) struct Place {
    /// Behind which item it goes on: those before need not be looked at again.
    pub after: i32,
    pub size: i64,
    /// Some were passed over, because somebody had them locked.
    pub is_left: bool,
    /// Waits for those that were left, one at a time: others that it locked would wait with it.
    pub waits: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self { after: -1, size: 100, is_left: false, waits: false }
    }
}

impl Place {
    pub fn most(&self) -> i64 {
        if self.waits { 1 } else { self.size }
    }

    /// Goes on behind the last one. The next batch is as large as takes about as long as one may,
    /// and no more than half as large again as this one.
    pub fn move_on(&mut self, last: i32, rows: usize, took: Duration) {
        self.after = last;
        if !self.waits {
            let ratio = LONGEST_HOLD.as_secs_f64() / took.as_secs_f64().max(0.001);
            // A batch has at most 500 rows: always fits.
            let next = (rows as f64 * ratio) as i64;
            self.size = next.min(self.size * 3 / 2).clamp(SMALLEST, LARGEST);
        }
    }

    /// At the end of the items: whether to begin again, for those that were left.
    pub fn begins_again(&mut self) -> bool {
        let again = self.is_left;
        *self = Self { waits: again, ..Self::default() };
        again
    }
}
