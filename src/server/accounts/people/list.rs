//! Everybody who has an account. Row-level security lets administrators read them, and nobody else.

use crate::{
    domain::{
        accounts::Scope,
        admin::{AccountState, PersonPage, PersonQuery, PersonView},
        organizations::Membership,
    },
    server::{
        accounts::{AccountService, rows::stored},
        foundation::{
            context::RequestContext,
            error::ServiceError,
            listing::{limit, page, searched},
        },
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

impl AccountService {
    /// One page of the people, by name.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn people(
        &self,
        request: &RequestContext,
        query: &PersonQuery,
    ) -> Result<PersonPage, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let limit = limit(query.limit)?;
        let (page, before) = page(query.page, limit)?;
        let search = searched(query.search.as_deref())?;
        let disabled = query.state.map(|state| state == AccountState::Disabled);
        let role = query.role.map(|role| role.as_str());
        let mut transaction = self.database().as_person(request).await?;
        let total = sqlx::query_scalar!(
            r#"SELECT count(*) AS "total!" FROM auth.users AS person
               WHERE ($1::text IS NULL OR strpos(lower(person.email), lower($1)) > 0
                   OR strpos(lower(person.display_name), lower($1)) > 0)
                 AND ($2::boolean IS NULL OR (person.disabled_at IS NOT NULL) = $2)
                 AND ($3::text IS NULL OR person.role = $3)
                 AND ($4::uuid IS NULL OR EXISTS (
                   SELECT FROM public.organization_members AS member
                   WHERE member.user_id = person.id AND member.organization_id = $4))"#,
            search,
            disabled,
            role,
            query.organization
        )
        .fetch_one(&mut *transaction)
        .await?;
        let rows = sqlx::query_as!(
            PersonRow,
            r#"SELECT person.id, person.email, person.display_name, person.role,
                 person.disabled_at, person.one_time_until, person.created_at,
                 auth.last_seen(person.id) AS last_seen,
                 organization.id AS "organization_id?", organization.name AS "organization_name?",
                 member.role AS "member_role?"
               FROM auth.users AS person
               LEFT JOIN public.organization_members AS member ON member.user_id = person.id
               LEFT JOIN public.organizations AS organization
                 ON organization.id = member.organization_id
               WHERE ($1::text IS NULL OR strpos(lower(person.email), lower($1)) > 0
                   OR strpos(lower(person.display_name), lower($1)) > 0)
                 AND ($2::boolean IS NULL OR (person.disabled_at IS NOT NULL) = $2)
                 AND ($3::text IS NULL OR person.role = $3)
                 AND ($4::uuid IS NULL OR member.organization_id = $4)
               ORDER BY lower(person.display_name), person.id LIMIT $5 OFFSET $6"#,
            search,
            disabled,
            role,
            query.organization,
            limit,
            before
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let people = rows.into_iter().map(PersonRow::view).collect::<Result<_, _>>()?;
        Ok(PersonPage { people, total, page, limit })
    }

    /// One of them.
    ///
    /// # Errors
    /// 403 for everybody but administrators, 404 when there is no such account.
    pub async fn person(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<PersonView, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let mut transaction = self.database().as_person(request).await?;
        let row = sqlx::query_as!(
            PersonRow,
            r#"SELECT person.id, person.email, person.display_name, person.role,
                 person.disabled_at, person.one_time_until, person.created_at,
                 auth.last_seen(person.id) AS last_seen,
                 organization.id AS "organization_id?", organization.name AS "organization_name?",
                 member.role AS "member_role?"
               FROM auth.users AS person
               LEFT JOIN public.organization_members AS member ON member.user_id = person.id
               LEFT JOIN public.organizations AS organization
                 ON organization.id = member.organization_id
               WHERE person.id = $1"#,
            id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        row.ok_or(ServiceError::NotFound("This account"))?.view()
    }
}

/// Somebody as the two statements above read them.
struct PersonRow {
    id: Uuid,
    email: String,
    display_name: String,
    role: String,
    disabled_at: Option<DateTime<Utc>>,
    one_time_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_seen: Option<DateTime<Utc>>,
    organization_id: Option<Uuid>,
    organization_name: Option<String>,
    member_role: Option<String>,
}

impl PersonRow {
    fn view(self) -> Result<PersonView, ServiceError> {
        let membership = (self.organization_id, self.organization_name, self.member_role);
        let organization = match membership {
            (Some(id), Some(name), Some(role)) => {
                Some(Membership { id, name, role: stored(&role)? })
            }
            _ => None,
        };
        Ok(PersonView {
            id: self.id,
            email: self.email,
            display_name: self.display_name,
            role: stored(&self.role)?,
            organization,
            disabled_at: self.disabled_at,
            one_time_until: self.one_time_until,
            last_seen: self.last_seen,
            created_at: self.created_at,
        })
    }
}
