//! Budgets that are lowered below what is spent already: those in charge of them are told, as when
//! spending carries a budget over a threshold.

use super::{
    GenerationService,
    notify::{in_charge, threshold},
};
use crate::{
    domain::ai::ScopeType,
    server::{
        ai::membership,
        foundation::{context::RequestContext, error::ServiceError},
        gates::{self, BudgetLine, LimitedScope},
    },
};
use chrono::Utc;
use uuid::Uuid;

/// A threshold that is passed, with its budget.
type Passed = (BudgetLine, f64);

impl GenerationService {
    /// After a change of what applies in a scope: tells of the thresholds that are passed by it.
    /// The change stands, so a failure is only logged.
    pub async fn tell_of_lowered(&self, request: &RequestContext, scope: ScopeType) {
        if let Err(error) = self.told_of_lowered(request, scope).await {
            tracing::warn!(%error, "people could not be told of a budget that was lowered");
        }
    }

    async fn told_of_lowered(
        &self,
        request: &RequestContext,
        scope: ScopeType,
    ) -> Result<(), ServiceError> {
        let Some(actor) = &request.actor else { return Ok(()) };
        let scopes = self.scopes_beneath(actor.user_id, scope).await?;
        let headroom = gates::headroom(&self.db, &scopes).await?;
        let budgets = scopes.iter().zip(headroom).flat_map(|(scope, headroom)| {
            let shares = &scope.config.cost_budget.alert_thresholds;
            headroom.budgets.into_iter().map(move |line| (line, shares))
        });
        let passed = budgets.flat_map(|(line, shares)| {
            let is_passed = |share: &f64| {
                let limit = line.limit.nanos() as f64;
                limit > 0.0 && line.settled.nanos() as f64 >= limit * share
            };
            let shares: Vec<f64> = shares.iter().copied().filter(is_passed).collect();
            shares.into_iter().map(move |share| (line.clone(), share))
        });
        for (line, share) in highest(self.noted(passed.collect()).await?) {
            let notification = threshold(&line, share);
            self.notifications.send(&in_charge(line.owner), &notification).await?;
        }
        Ok(())
    }

    /// Whose budgets a change in a scope concerns: the person's, or those of the organization and
    /// its members, who inherit them.
    async fn scopes_beneath(
        &self,
        user_id: Uuid,
        scope: ScopeType,
    ) -> Result<Vec<LimitedScope>, ServiceError> {
        let (models, now) = (self.ai.models.current().await?, Utc::now());
        let standing = self.ai.standing(user_id).await?;
        let own = standing.limits(&models, now).scopes.to_vec();
        if scope == ScopeType::Person {
            return Ok(own.into_iter().take(1).collect());
        }
        // Who manages none has changed none.
        let Some((organization, _)) =
            membership(&self.db, user_id).await?.filter(|(_, role)| role.manages())
        else {
            return Ok(Vec::new());
        };
        let members = sqlx::query_scalar!(
            "SELECT user_id FROM organization_members
              WHERE organization_id = $1 AND user_id <> $2",
            organization,
            user_id
        )
        .fetch_all(self.db.pool())
        .await?;
        let mut scopes = own;
        for member in members {
            let limits = self.ai.standing(member).await?.limits(&models, now);
            scopes.extend(limits.scopes.first().cloned());
        }
        Ok(scopes)
    }

    /// Those of which nobody was told in this window yet. From now on somebody was.
    async fn noted(&self, passed: Vec<Passed>) -> Result<Vec<Passed>, ServiceError> {
        if passed.is_empty() {
            return Ok(passed);
        }
        let (mut kinds, mut ids, mut periods) = (Vec::new(), Vec::new(), Vec::new());
        let (mut starts, mut shares) = (Vec::new(), Vec::new());
        for (line, share) in &passed {
            kinds.push(line.owner.scope_type().as_str().to_owned());
            ids.push(line.owner.id());
            periods.push(line.period.as_str().to_owned());
            starts.push(line.window_start);
            shares.push(*share);
        }
        let noted = sqlx::query!(
            "INSERT INTO budget_alerts (scope_type, scope_id, period, window_start, threshold)
             SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[],
               $5::float8[])
             ON CONFLICT DO NOTHING
             RETURNING scope_id, period, threshold",
            &kinds,
            &ids,
            &periods,
            &starts,
            &shares
        )
        .fetch_all(self.db.pool())
        .await?;
        let is_noted = |(line, share): &Passed| {
            noted.iter().any(|row| {
                row.scope_id == line.owner.id()
                    && row.period == line.period.as_str()
                    && row.threshold == *share
            })
        };
        Ok(passed.into_iter().filter(is_noted).collect())
    }
}

/// Of each budget the highest threshold: a change that passes several at once is told once.
fn highest(passed: Vec<Passed>) -> Vec<Passed> {
    let mut highest: Vec<Passed> = Vec::new();
    for (line, share) in passed {
        let same =
            |(known, _): &&mut Passed| known.owner == line.owner && known.period == line.period;
        match highest.iter_mut().find(same) {
            Some((_, known)) => *known = known.max(share),
            None => highest.push((line, share)),
        }
    }
    highest
}
