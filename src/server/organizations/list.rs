//! All organizations. Row-level security lets administrators read them, and nobody else.

use super::OrganizationService;
use crate::{
    domain::{
        accounts::Scope,
        admin::{OrganizationLine, OrganizationOwner, OrganizationPage, OrganizationQuery},
    },
    server::foundation::{
        context::RequestContext,
        error::ServiceError,
        listing::{limit, page, searched},
    },
};
use sqlx::types::Json;

impl OrganizationService {
    /// One page of the organizations, by name.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn all(
        &self,
        request: &RequestContext,
        query: &OrganizationQuery,
    ) -> Result<OrganizationPage, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let limit = limit(query.limit)?;
        let (page, before) = page(query.page, limit)?;
        let search = searched(query.search.as_deref())?;
        let mut transaction = self.database().as_person(request).await?;
        let total = sqlx::query_scalar!(
            r#"SELECT count(*) AS "total!" FROM public.organizations AS organization
               WHERE $1::text IS NULL OR strpos(lower(organization.name), lower($1)) > 0"#,
            search
        )
        .fetch_one(&mut *transaction)
        .await?;
        let rows = sqlx::query!(
            r#"SELECT organization.id, organization.name, organization.created_at,
                 (SELECT count(*) FROM public.organization_members AS member
                   WHERE member.organization_id = organization.id) AS "members!",
                 (SELECT coalesce(json_agg(json_build_object('id', person.id,
                     'displayName', person.display_name)
                     ORDER BY lower(person.display_name), person.id), '[]')
                   FROM public.organization_members AS member
                   JOIN auth.users AS person ON person.id = member.user_id
                   WHERE member.organization_id = organization.id AND member.role = 'owner')
                 AS "owners!: Json<Vec<OrganizationOwner>>"
               FROM public.organizations AS organization
               WHERE $1::text IS NULL OR strpos(lower(organization.name), lower($1)) > 0
               ORDER BY lower(organization.name), organization.id LIMIT $2 OFFSET $3"#,
            search,
            limit,
            before
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let organizations = rows.into_iter().map(|row| OrganizationLine {
            id: row.id,
            name: row.name,
            members: row.members,
            owners: row.owners.0,
            created_at: row.created_at,
        });
        Ok(OrganizationPage { organizations: organizations.collect(), total, page, limit })
    }
}
