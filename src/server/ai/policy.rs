//! An organization's ceilings: what no configuration of its people can exceed.

use super::{AiService, BudgetsBefore, Changed, membership, no_organization};
use crate::{
    domain::{
        accounts::Scope,
        ai::{CeilingPatch, Ceilings, Overrides, Owner, ScopeType, views::PolicyAnswer},
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use serde_json::Value;
use sqlx::types::Json;

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
        let row = sqlx::query!(
            r#"SELECT ceilings AS "ceilings: Json<Overrides>", version FROM organization_policies
                WHERE organization_id = $1 FOR NO KEY UPDATE"#,
            organization
        )
        .fetch_one(&mut *transaction)
        .await?;
        if let Some(base) = base_version.filter(|base| *base != row.version) {
            let message = format!(
                "The ceilings were changed in the meantime: you saw version {base}, now it is {}.",
                row.version
            );
            return Err(ServiceError::Conflict {
                message,
                fields: Vec::new(),
                current: Value::Object(row.ceilings.0),
            });
        }
        let before = Ceilings(row.ceilings.0);
        let next = before.plan(patch, &models).map_err(ServiceError::Validation)?;
        if next == before {
            let answer = PolicyAnswer { ceilings: next, version: row.version };
            return Ok(Changed { answer, budgets_of: Vec::new() });
        }
        let budgets = BudgetsBefore::read(&mut transaction, owner).await?;
        let version = sqlx::query_scalar!(
            "UPDATE organization_policies SET ceilings = $2 WHERE organization_id = $1 RETURNING \
                version",
            organization,
            Json(&next.0) as _
        )
        .fetch_one(&mut *transaction)
        .await?;
        let budgets_of = budgets.changed(&mut transaction).await?.into_iter().collect();
        transaction.commit().await?;
        self.forget(owner);
        Ok(Changed { answer: PolicyAnswer { ceilings: next, version }, budgets_of })
    }
}
