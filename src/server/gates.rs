//! The gates that all servers share: budget, pace and places, for the person and the organization,
//! and the ledger that says what was spent. Generations and the gateway pass here.
//!
//! The database decides, on its clock, in two functions: one admits, one ends. Each process asks
//! for all requests that wait at that moment in one statement ([`batch`]): alone, a request goes at
//! once, and under load the batches grow by themselves.

mod admission;
mod batch;
mod budget_line;
mod end;
mod headroom;
mod ledger;
mod reservation;
mod scope;
mod thresholds;

pub use admission::AdmissionRequest;
pub use budget_line::BudgetLine;
pub use end::{Finished, Made, Stored};
pub use headroom::{ScopeHeadroom, headroom};
pub use ledger::{LedgerRow, count};
pub use reservation::{NoMore, Reservation};
pub use scope::LimitedScope;
pub use thresholds::note_thresholds;

use crate::server::{foundation::error::ServiceError, postgres::Database};
use admission::Admissions;
use batch::Batches;
use end::Ends;

/// The way to the gates. Clones share their batches.
#[derive(Clone, Debug)]
pub struct Gates {
    admissions: Batches<Admissions>,
    ends: Batches<Ends>,
}

impl Gates {
    /// Begins to collect; ends with the last clone.
    pub fn new(db: &Database) -> Self {
        Self {
            admissions: Batches::start(Admissions::new(db)),
            ends: Batches::start(Ends::new(db)),
        }
    }

    /// Passes budget, pace and places, in this order, or takes nothing.
    ///
    /// # Errors
    /// The refusal of a gate, or that the request is running already or has ended.
    pub async fn pass(&self, request: AdmissionRequest) -> Result<Reservation, ServiceError> {
        let admitted = admission::pass(&self.admissions, &request).await?;
        Ok(Reservation::new(self.ends.clone(), request, admitted))
    }

    /// For benchmarks that measure what the gates cost: nothing is asked for and nothing is taken;
    /// the ledger is written.
    pub fn open(&self, request: AdmissionRequest) -> Reservation {
        Reservation::new(self.ends.clone(), request, admission::Admitted::default())
    }
}
