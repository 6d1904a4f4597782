//! From the gates to the bill: what everything that asks Claude for a conversation has in common,
//! whatever becomes of the answer.

use super::{
    GenerationService, Plan,
    attempts::{Ended, Outcome, Run},
    requester::Requester,
};
use crate::{
    api::generation::GenerationEvent,
    domain::{error_code::ErrorCode, money::Money},
    server::{
        claude::Reply,
        foundation::error::ServiceError,
        gates::{BudgetLine, Finished, Made, Reservation, Stored},
    },
};
use std::time::Duration;
use uuid::Uuid;

/// One request to Claude.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub request_id: Uuid,
    /// This sending; the id of what is stored.
    pub run_id: Uuid,
    /// What the ledger says that it was for.
    pub conversation_id: Uuid,
    pub plan: &'a Plan,
    pub requester: &'a Requester,
}

/// What an answer says.
pub struct Read<T> {
    pub made: T,
    /// What is stored of it, together with its bill.
    pub row: Option<Made>,
    /// It is no conversation.
    pub is_failed: bool,
}

/// What came of it, billed.
pub struct Settled<T> {
    pub made: T,
    pub stored: Option<Stored>,
    pub warnings: Vec<String>,
    pub duration: Duration,
}

impl GenerationService {
    /// Passes the gates, asks until there is an answer, and bills whatever became of it.
    ///
    /// # Errors
    /// What a gate or Claude refused, and when nothing could be stored.
    pub(super) async fn ask<T>(
        &self,
        asking: Asking<'_>,
        read: impl FnOnce(&Reply, &Ended) -> Read<T>,
    ) -> Result<Settled<T>, ServiceError> {
        let Asking { request_id, run_id, conversation_id, plan, requester } = asking;
        let work = self.shares.work_of(requester.user_id);
        let notifier = self.notifier(&work);
        let reservation = self.admit(plan, request_id, run_id).await?;
        let exceeded = reservation.exceeded().to_vec();
        let (model, worst_case) = (plan.model.id.clone(), plan.worst_case);
        requester.send(GenerationEvent::Started { request_id, model, worst_case });
        let run = Run {
            claude: &self.claude,
            request_id,
            run_id,
            conversation_id,
            plan,
            requester,
            in_flight: &self.in_flight,
        };
        let mut ended = run.until_answered(&reservation).await;
        let mut rows = std::mem::take(&mut ended.rows);
        let made = match &ended.answer {
            Outcome::Answered(answer) => Some(read(answer, &ended)),
            Outcome::Failed(_) => None,
        };
        if let (Some(made), Some(row)) = (&made, rows.last_mut())
            && made.is_failed
        {
            // Claude answered, so the attempt stays a success of its own kind; the log says why
            // nothing came of it.
            row.error_code = Some(ErrorCode::ClaudeMalformed);
        }
        let row = made.as_ref().and_then(|made| made.row.clone());
        let finished = reservation.finish(rows, row).await;
        if let Ok(finished) = &finished {
            notifier.of_thresholds(&finished.thresholds).await;
        }
        let keys = &plan.standing.keys.usable;
        notifier.of_refused_keys(keys, ended.used_secondary_key, ended.key_refused).await;
        log_refused_keys(plan, &ended);
        let warned = |finished: &Finished| warnings(plan, &exceeded, finished, &ended);
        match (&ended.answer, made) {
            (Outcome::Answered(_), Some(Read { made, .. })) => {
                let finished = finished?;
                let warnings = warned(&finished);
                let stored = finished.conversation;
                Ok(Settled { made, stored, warnings, duration: ended.duration })
            }
            (Outcome::Failed(refusal), _) => {
                let mut refusal = refusal.clone();
                if ended.estimated > Money::ZERO {
                    let more = format!(
                        " {} is counted for it, an estimate: Claude did not say what it used.",
                        ended.estimated
                    );
                    refusal.message.push_str(&more);
                }
                notifier.of_failure(requester, request_id, &refusal).await;
                Err(refusal.into())
            }
            (Outcome::Answered(_), None) => {
                Err(ServiceError::Internal("an answer made nothing".into()))
            }
        }
    }

    async fn admit(
        &self,
        plan: &Plan,
        request_id: Uuid,
        run_id: Uuid,
    ) -> Result<Reservation, ServiceError> {
        let mut admission = plan.admission(request_id, run_id);
        if self.ai.is_without_gates() {
            admission.scopes = Default::default();
            return Ok(self.gates.open(admission));
        }
        self.gates.pass(admission).await
    }
}

fn log_refused_keys(plan: &Plan, ended: &Ended) {
    let user_id = plan.standing.user_id;
    if ended.key_refused {
        tracing::warn!(%user_id, "Claude refused every API key of a generation");
    }
    if ended.used_secondary_key {
        tracing::warn!(%user_id, "Claude refused the primary API key; the one before it was used");
    }
}

/// What whoever asked should know although there is an answer.
fn warnings(
    plan: &Plan,
    exceeded: &[BudgetLine],
    finished: &Finished,
    ended: &Ended,
) -> Vec<String> {
    let mut warnings = plan.warnings(exceeded);
    let used = |share: f64| format!("is used to {:.0} %", share * 100.0);
    warnings.extend(finished.thresholds.iter().map(|(line, share)| line.sentence(&used(*share))));
    if ended.used_secondary_key {
        warnings.push(
            "Claude rejected the primary API key, so the previous key was used. Check the key \
                under AI configuration."
                .into(),
        );
    }
    if ended.estimated > Money::ZERO {
        warnings.push(format!(
            "{} of the cost is an estimate: an earlier attempt ended before Claude reported its \
                usage.",
            ended.estimated
        ));
    }
    warnings
}
