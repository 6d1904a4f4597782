//! Whether a change was one of budgets: then those in charge of them may have to be told.

use super::read::columns;
use crate::{
    domain::ai::Owner,
    server::{foundation::error::ServiceError, postgres::Transaction},
};

/// What a change answers, and whose budgets it changed.
#[derive(Debug)]
pub struct Changed<T> {
    pub answer: T,
    pub budgets_of: Vec<Owner>,
}

/// The budgets that an owner had before a change.
#[derive(Debug)]
pub struct BudgetsBefore {
    owner: Owner,
    budgets: String,
}

impl BudgetsBefore {
    /// To be read in the transaction of the change, before it.
    pub async fn read(transaction: &mut Transaction, owner: Owner) -> Result<Self, ServiceError> {
        Ok(Self { owner, budgets: budgets(transaction, owner).await? })
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// The owner, when the change that was made meanwhile is one of budgets.
    pub async fn changed(
        self,
        transaction: &mut Transaction,
    ) -> Result<Option<Owner>, ServiceError> {
        let is_changed = budgets(transaction, self.owner).await? != self.budgets;
        Ok(is_changed.then_some(self.owner))
    }
}

/// What an owner sets of budgets: in the configuration that applies, which another change of it can
/// make another one, and in the ceilings. As text: what cannot be read here can still be deleted.
async fn budgets(transaction: &mut Transaction, owner: Owner) -> Result<String, ServiceError> {
    let (person, organization) = columns(owner);
    let budgets = sqlx::query_scalar!(
        r#"SELECT jsonb_build_array(
             (SELECT stored.configuration -> 'costBudget' FROM ai_configurations stored
               WHERE (stored.user_id = $1 OR stored.organization_id = $2) AND stored.is_active
               ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id LIMIT 1),
             (SELECT jsonb_build_array(policy.ceilings -> 'dailyBudget',
                  policy.ceilings -> 'weeklyBudget', policy.ceilings -> 'monthlyBudget')
                FROM organization_policies policy WHERE policy.organization_id = $2)
           )::text AS "budgets!""#,
        person,
        organization
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(budgets)
}
