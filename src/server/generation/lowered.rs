//! Budgets that are lowered below what is spent already: those in charge of them are told, as when
//! spending carries a budget over a threshold. And budgets that are raised again: what was told of
//! them may be told another time.

use super::GenerationService;
use crate::{
    domain::ai::Owner,
    server::{
        foundation::{context::RequestContext, shares::Work},
        gates::{self, BudgetLine, LimitedScope},
    },
};

/// People whose budgets are looked at in one statement: nothing is billed to them meanwhile.
const AT_ONCE: usize = 500;

impl GenerationService {
    /// After a change of the budgets of these owners: tells of the thresholds that are passed by
    /// it. The change stands and its answer does not wait, so a failure is only logged.
    pub fn tell_of_lowered(&self, request: &RequestContext, changed: Vec<Owner>) {
        let Some(actor) = request.actor.as_ref().filter(|_| !changed.is_empty()) else { return };
        let (service, work) = (self.clone(), self.shares.work_of(actor.user_id));
        // A server that stops waits for it.
        let token = self.in_flight.begin();
        tokio::spawn(async move {
            let _token = token;
            // One after the other: what an earlier change passed is told before what a later one
            // did.
            let _turn = service.lowered.lock().await;
            for owner in changed {
                let thresholds = service.passed(&work, owner).await;
                service.notifier(&work).of_thresholds(&thresholds).await;
            }
        });
    }

    /// Of each budget that a change of an owner's concerns, the highest threshold that is passed
    /// and was not told yet.
    async fn passed(&self, work: &Work, owner: Owner) -> Vec<(BudgetLine, f64)> {
        let mut passed = Vec::new();
        for scopes in self.beneath(work, owner).await.chunks(AT_ONCE) {
            let _place = work.take().await;
            match gates::note_thresholds(&self.db, scopes).await {
                Ok(more) => passed.extend(more),
                Err(error) => {
                    tracing::warn!(%error, id = %owner.id(), "thresholds could not be noted");
                }
            }
        }
        passed
    }

    async fn beneath(&self, work: &Work, owner: Owner) -> Vec<LimitedScope> {
        let _place = work.take().await;
        self.ai.scopes_beneath(owner).await.unwrap_or_else(|error| {
            tracing::warn!(%error, id = %owner.id(), "budgets could not be read after a change");
            Vec::new()
        })
    }
}
