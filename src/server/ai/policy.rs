//! An organization's ceilings: what no configuration of its people can exceed.

use super::{AiService, BudgetsBefore, Changed, membership, no_organization};
use crate::{
    domain::{
        accounts::Scope,
        ai::{CeilingPatch, Ceilings, Overrides, Owner, ScopeType, views::PolicyAnswer},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Transaction,
    },
};
use sqlx::types::Json;
use uuid::Uuid;

impl AiService {
    /// The ceilings of the organization that the person belongs to.
    pub async fn policy(&self, request: &RequestContext) -> Result<PolicyAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let (organization, _) = membership(&self.db, user_id).await?.ok_or_else(no_organization)?;
        let mut transaction = self.db.as_person(request).await?;
        let row = sqlx::query!(
            r#"SELECT ceilings AS "ceilings: Json<Overrides>", version FROM organization_policies
               WHERE organization_id = $1"#,
            organization
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(PolicyAnswer { ceilings: Ceilings(row.ceilings.0), version: row.version })
    }

    /// Changes ceilings by merge patch; for those who manage the organization.
    pub async fn change_policy(
        &self,
        request: &RequestContext,
        patch: &CeilingPatch,
        base_version: Option<i64>,
    ) -> Result<Changed<PolicyAnswer>, ServiceError> {
        let owner = self.managed(request, ScopeType::Organization).await?;
        let Owner::Organization(organization) = owner else { return Err(no_organization()) };
        let models = self.models.current().await?;
        let mut transaction = self.begin(request, Some("updated"), None).await?;
        let (before, version) = lock_ceilings(&mut transaction, organization).await?;
        ServiceError::check_version("The ceilings were", base_version, version, &before.0)?;
        let next = before.plan(patch, &models).map_err(ServiceError::Validation)?;
        if next == before {
            let answer = PolicyAnswer { ceilings: next, version };
            return Ok(Changed { answer, budgets_of: Vec::new() });
        }
        let budgets = BudgetsBefore::read(&mut transaction, owner).await?;
        let version = store_ceilings(&mut transaction, organization, &next.0).await?;
        let budgets_of = budgets.changed(&mut transaction).await?.into_iter().collect();
        transaction.commit().await?;
        self.forget(owner);
        Ok(Changed { answer: PolicyAnswer { ceilings: next, version }, budgets_of })
    }
}

/// The ceilings and their version, held until the end of the transaction.
pub(super) async fn lock_ceilings(
    transaction: &mut Transaction,
    organization: Uuid,
) -> Result<(Ceilings, i64), ServiceError> {
    let row = sqlx::query!(
        r#"SELECT ceilings AS "ceilings: Json<Overrides>", version FROM organization_policies
           WHERE organization_id = $1 FOR NO KEY UPDATE"#,
        organization
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(ServiceError::NotFound("This organization"))?;
    Ok((Ceilings(row.ceilings.0), row.version))
}

/// Answers the version that they have now.
pub(super) async fn store_ceilings(
    transaction: &mut Transaction,
    organization: Uuid,
    ceilings: &Overrides,
) -> Result<i64, ServiceError> {
    Ok(sqlx::query_scalar!(
        "UPDATE organization_policies SET ceilings = $2 WHERE organization_id = $1
         RETURNING version",
        organization,
        Json(ceilings) as _
    )
    .fetch_one(&mut **transaction)
    .await?)
}
