//! Saving a view, and changing it.

use super::{Owner, SavedViewService, belongs, name_is_taken};
use crate::{
    api::saved_views::SavedViewRequest,
    domain::{
        accounts::Scope,
        conversations::ConversationQuery,
        field_error::FieldErrors,
        saved_views::{MAX_QUERY, SavedView, view_columns, view_name},
    },
    server::{
        conversations::read_query,
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use uuid::Uuid;

/// A view that can be stored.
struct Checked {
    name: String,
    query: String,
    columns: Option<Vec<String>>,
}

impl SavedViewService {
    /// Saves a view of the caller's, or one that their organization shares from now on.
    ///
    /// # Errors
    /// 400 for a name that the owner has already, and for one view too many.
    pub async fn save(
        &self,
        request: &RequestContext,
        view: SavedViewRequest,
    ) -> Result<SavedView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let is_shared = view.is_shared;
        let view = Checked::new(view)?;
        let mut transaction = self.db.as_person(request).await?;
        go_on_as_system(&mut transaction).await?;
        let belongs = belongs(&mut transaction, person).await?;
        let owner = match (is_shared, &belongs) {
            (false, _) => Owner::Person(person),
            (true, Some(belongs)) => Owner::Organization(belongs.organization),
            (true, None) => return Err(nobody_to_share_with()),
        };
        owner.make_room(&mut transaction).await?;
        let id = sqlx::query_scalar!(
            "INSERT INTO saved_views (created_by, organization_id, name, query, columns)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
            person,
            owner.organization(),
            view.name,
            view.query,
            view.columns.as_deref()
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(name_is_taken)?;
        let view = read(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Changes a view. Shared, it belongs to the organization; no longer shared, to its author
    /// again, or to whoever takes it when the author is gone.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 403 when they only use it; 400 when it is to be no
    /// longer shared and its author, who is a member, is somebody else: whether there is room and
    /// the name is free among their own views is theirs to know.
    pub async fn change(
        &self,
        request: &RequestContext,
        id: Uuid,
        view: SavedViewRequest,
    ) -> Result<SavedView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let is_shared = view.is_shared;
        let view = Checked::new(view)?;
        let (mut transaction, standing, belongs) = self.begin_on(request, person, id).await?;
        let before = standing.owner()?;
        let after = match (is_shared, before, belongs) {
            (true, Owner::Organization(_), _) => before,
            (true, Owner::Person(_), Some(belongs)) => Owner::Organization(belongs.organization),
            (true, Owner::Person(_), None) => return Err(nobody_to_share_with()),
            (false, Owner::Person(_), _) => before,
            (false, Owner::Organization(organization), _) => {
                match standing.author_of(&mut transaction, organization).await? {
                    Some(author) if author != person => return Err(only_its_author()),
                    _ => Owner::Person(person),
                }
            }
        };
        if after != before {
            after.make_room(&mut transaction).await?;
        }
        let author = match after {
            Owner::Person(author) => Some(author),
            Owner::Organization(_) => standing.author,
        };
        sqlx::query!(
            "UPDATE saved_views SET created_by = $2, organization_id = $3, name = $4, query = $5,
               columns = $6 WHERE id = $1",
            id,
            author,
            after.organization(),
            view.name,
            view.query,
            view.columns.as_deref()
        )
        .execute(&mut *transaction)
        .await
        .map_err(name_is_taken)?;
        let view = read(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }
}

impl Checked {
    /// Tells everything that is wrong at once.
    fn new(view: SavedViewRequest) -> Result<Self, ServiceError> {
        let mut errors = FieldErrors::default();
        let mut parts = (None, None, None);
        match view_name(&view.name) {
            Ok(name) => parts.0 = Some(name),
            Err(wrong) => errors.extend(wrong),
        }
        match normal_query(&view.query) {
            Ok(query) => parts.1 = Some(query),
            Err(ServiceError::Validation(wrong)) => errors.extend(wrong),
            Err(other) => return Err(other),
        }
        match view_columns(view.columns) {
            Ok(columns) => parts.2 = Some(columns),
            Err(wrong) => errors.extend(wrong),
        }
        let checked = match parts {
            (Some(name), Some(query), Some(columns)) => Some(Self { name, query, columns }),
            _ => None,
        };
        errors.finish(checked).map_err(ServiceError::Validation)
    }
}

/// Filters and order as they are stored: in one form, without what only places a page.
fn normal_query(text: &str) -> Result<String, ServiceError> {
    let too_long = || {
        ServiceError::field("query", format!("These filters are longer than {MAX_QUERY} bytes."))
    };
    if text.len() > MAX_QUERY {
        return Err(too_long());
    }
    let query = ConversationQuery { exact: false, ..read_query(text)? };
    let query = serde_urlencoded::to_string(&query)
        .map_err(|error| ServiceError::Internal(format!("filters as text: {error}")))?;
    if query.len() > MAX_QUERY { Err(too_long()) } else { Ok(query) }
}

fn only_its_author() -> ServiceError {
    let sentence = "Only its author can stop sharing it. You can remove it instead.";
    ServiceError::field("isShared", sentence)
}

fn nobody_to_share_with() -> ServiceError {
    ServiceError::field("isShared", "You belong to no organization that could share it.")
}

/// A view as the caller sees it, who may change it.
async fn read(transaction: &mut Transaction, id: Uuid) -> Result<SavedView, ServiceError> {
    Ok(sqlx::query_as!(
        SavedView,
        r#"SELECT id, name, query, columns, organization_id IS NOT NULL AS "is_shared!",
             coalesce(created_by = auth.uid() OR organization_id = auth.administered_organization(),
               false) AS "can_change!",
             public.colleague_name(created_by) AS author_name, updated_at
           FROM saved_views WHERE id = $1"#,
        id
    )
    .fetch_one(&mut **transaction)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_stored_in_one_form() {
        let query = normal_query("?scoreMax=6.0&tier=scenario,scenario&after=x&limit=5&exact=true");
        assert_eq!(query.unwrap(), "tier=scenario&scoreMax=6.0");
        assert_eq!(normal_query("sort=created&direction=desc").unwrap(), "");
        assert_eq!(normal_query("persona=A+%26%20b").unwrap(), "persona=A+%26+b");
    }

    #[test]
    fn what_no_list_can_be_asked_for_is_not_stored() {
        let long = format!("text={}", "x".repeat(MAX_QUERY));
        for bad in ["color=red", "scoreMin=11", &long] {
            let Err(ServiceError::Validation(fields)) = normal_query(bad) else { panic!("{bad}") };
            assert_eq!(fields[0].path, "query", "{bad}");
        }
    }
}
