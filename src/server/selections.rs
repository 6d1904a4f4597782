//! Selections: conversations as they were at a moment, of an export or of a version of a data set.
//!
//! | | |
//! |---|---|
//! | `choose` | which conversations, as the person's list has them, and which are left out |
//! | `freeze` | writes them down, with what files say about them |
//! | `lacks` | which of them are gone since |
//! | `records` | reads them again, as they were |

mod choose;
mod freeze;
mod lacks;
mod records;

pub use choose::{Choice, Chosen, choose, in_tenths, tenths};
pub use freeze::{Item, freeze, freeze_once};
pub use lacks::{Lacks, lacks};
pub use records::{Place, records};
