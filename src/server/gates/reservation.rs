//! What a request holds while it runs, and how it ends: what it cost, what it held and what it made
//! are written in one transaction, all of it or nothing.

use super::{
    AdmissionRequest,
    admission::Admitted,
    batch::Batches,
    budget_line::BudgetLine,
    end::{Ended, Ending, Ends, Finished, Made},
    ledger::LedgerRow,
};
use crate::{domain::money::Money, server::foundation::error::ServiceError};
use std::{sync::Arc, time::Duration};

/// How often an end that the database refused is tried again, and the pause before each. What
/// Claude made is paid for.
const FINISH_AGAIN: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

/// The same for what refers to a row that somebody removes at this moment: nobody else waits for
/// that, so it is waited for here.
const LOCKED_AGAIN: [Duration; 9] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(30),
];

/// The money and the places of one request. Dropped without an end, it gives them back.
#[derive(Debug)]
pub struct Reservation {
    ends: Batches<Ends>,
    request: AdmissionRequest,
    admitted: Admitted,
    is_open: bool,
}

/// Why no other attempt may follow.
#[derive(Debug)]
pub enum NoMore {
    /// What was billed leaves too little for another, beside what others have spent and hold.
    Budget(Box<BudgetLine>),
    /// The database did not answer, and what the attempt cost is not in the budgets yet; or a crash
    /// of it has forgotten what was set aside.
    Unbilled,
}

impl NoMore {
    /// For whoever asked, after the failure: why it stays at that.
    pub fn sentence(&self, worst_case: Money) -> String {
        match self {
            Self::Budget(line) => format!("Not retried. {}", line.not_enough(worst_case)),
            Self::Unbilled => "Not retried: the database did not answer, so the budget cannot be \
                checked."
                .into(),
        }
    }
}

impl Reservation {
    pub(super) fn new(ends: Batches<Ends>, request: AdmissionRequest, admitted: Admitted) -> Self {
        Self { ends, request, admitted, is_open: true }
    }

    /// Attempts that an earlier sending of the same request made, when its server ended in the
    /// middle. They are billed.
    pub fn earlier_attempts(&self) -> u32 {
        self.admitted.attempts
    }

    /// Budgets that this request may exceed, because they only warn.
    pub fn exceeded(&self) -> &[BudgetLine] {
        &self.admitted.exceeded
    }

    /// Bills attempts that another is to follow, and forgets those that are recorded: the rest is
    /// told again with the next.
    ///
    /// # Errors
    /// When no other may follow. An attempt that cost nothing changes no budget: then the next may
    /// follow even when this one could not be recorded yet.
    pub async fn bill(&self, attempts: &mut Vec<LedgerRow>) -> Result<(), NoMore> {
        let is_free = attempts.iter().all(|attempt| attempt.cost.nanos() == 0);
        match self.ends.ask(self.ending(attempts, None, false)).await {
            Ok(Ended { over: Some(state), .. }) => {
                attempts.clear();
                Err(state
                    .line(&self.request.scopes)
                    .map_or(NoMore::Unbilled, |line| NoMore::Budget(Box::new(line))))
            }
            Ok(Ended { held, .. }) => {
                attempts.clear();
                if held || is_free { Ok(()) } else { Err(NoMore::Unbilled) }
            }
            Err(error) => {
                tracing::warn!(%error, request_id = %self.request.request_id, "an attempt could \
                    not be recorded yet");
                if is_free { Ok(()) } else { Err(NoMore::Unbilled) }
            }
        }
    }

    /// Ends the request, whatever became of it: records its last attempts, gives back what it held,
    /// and stores what it made. Tried again while the database is away; a row that it will not have
    /// does not keep the rest from being written.
    ///
    /// # Errors
    /// When what it made is not stored, or nothing is.
    pub async fn finish(
        mut self,
        attempts: Vec<LedgerRow>,
        made: Option<Made>,
    ) -> Result<Finished, ServiceError> {
        let mut ending = self.ending(&attempts, made, true);
        let (mut pauses, mut waits) = (FINISH_AGAIN.iter(), LOCKED_AGAIN.iter());
        let error = loop {
            match self.ends.ask(ending.clone()).await {
                Ok(ended) => {
                    self.is_open = false;
                    return Ok(self.finished(ended));
                }
                Err(error) if ending.made.is_some() && is_final(&error) => break error,
                Err(error) => match if is_locked(&error) { waits.next() } else { pauses.next() } {
                    Some(pause) => {
                        tracing::warn!(%error, request_id = %self.request.request_id, "a \
                            generation could not be ended yet");
                        tokio::time::sleep(*pause).await;
                    }
                    None => break error,
                },
            }
        };
        let may_be_billed_alone = is_final(&error) || is_locked(&error);
        let is_billed = ending.made.take().is_some()
            && may_be_billed_alone
            && self.ends.ask(ending).await.is_ok();
        self.is_open = false;
        if !is_billed {
            // The last resort: whoever reads the log can enter it by hand.
            let attempts = serde_json::to_string(&attempts).unwrap_or_default();
            tracing::error!(%error, request_id = %self.request.request_id, %attempts, "a \
                generation was not billed");
        }
        Err(error.into())
    }

    fn ending(&self, attempts: &[LedgerRow], made: Option<Made>, is_final: bool) -> Ending {
        Ending {
            request_id: self.request.request_id,
            run_id: self.request.run_id,
            is_final,
            rows: Arc::clone(&self.admitted.rows),
            attempts: attempts.into(),
            made,
        }
    }

    fn finished(&self, ended: Ended) -> Finished {
        let line = |(id, mut state, share): (_, super::budget_line::BudgetState, f64)| {
            state.scope = self.request.scopes.iter().position(|scope| scope.owner.id() == id)?;
            Some((state.line(&self.request.scopes)?, share))
        };
        Finished {
            conversation: ended.conversation,
            thresholds: ended.thresholds.into_iter().filter_map(line).collect(),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.is_open {
            self.ends.send(self.ending(&[], None, true));
        }
    }
}

/// What went while something that refers to it was stored. Stored again, it is left out: a
/// conversation is its author's when the organization was closed, a proposal stays without its
/// comment or author, and goes with its conversation.
const LEFT_OUT: [&str; 4] = [
    "conversations_organization_id_fkey",
    "conversation_revisions_conversation_id_fkey",
    "conversation_revisions_comment_id_fkey",
    "conversation_revisions_created_by_fkey",
];

/// Whether somebody else holds a row for longer than an end waits.
fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}

/// Whether the database refuses the same for good: a value that it cannot hold, or one that refers
/// to what is gone.
fn is_final(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    if error.and_then(|error| error.constraint()).is_some_and(|name| LEFT_OUT.contains(&name)) {
        return false;
    }
    let code = error.and_then(|error| error.code());
    code.is_some_and(|code| ["22", "23", "42"].iter().any(|class| code.starts_with(class)))
}
