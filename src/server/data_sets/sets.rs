//! Data sets themselves.

use super::{DataSetService, NOT_FOUND, belongs, make_room, name_is_taken, notices, rows};
use crate::{
    api::data_sets::{DataSetPatch, DataSetRequest},
    domain::{
        accounts::Scope,
        data_sets::{DataSetVersionSummary, DataSetView, check_names},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use uuid::Uuid;

impl DataSetService {
    /// The caller's own data sets and those of their organization, by name.
    pub async fn list(&self, request: &RequestContext) -> Result<Vec<DataSetView>, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let views = rows::sets(&mut transaction, None).await?;
        transaction.commit().await?;
        Ok(views)
    }

    /// Makes a data set of the caller's organization, or of their own without one.
    ///
    /// # Errors
    /// 400 for a name that is there already, and for one data set too many.
    pub async fn create(
        &self,
        request: &RequestContext,
        wanted: DataSetRequest,
    ) -> Result<DataSetView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (name, description) =
            check_names(&wanted.name, &wanted.description).map_err(ServiceError::Validation)?;
        let mut transaction = self.db.as_person(request).await?;
        go_on_as_system(&mut transaction).await?;
        let organization = belongs(&mut transaction, person).await?.map(|own| own.organization);
        make_room(&mut transaction, organization.unwrap_or(person)).await?;
        let id = sqlx::query_scalar!(
            "INSERT INTO data_sets (created_by, organization_id, name, description)
             VALUES ($1, $2, $3, $4) RETURNING id",
            person,
            organization,
            name,
            description
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(name_is_taken)?;
        finish(transaction, id).await
    }

    /// One data set with its versions, the newest first.
    ///
    /// # Errors
    /// 404 when the caller does not see it.
    pub async fn read(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(DataSetView, Vec<DataSetVersionSummary>), ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let view = rows::sets(&mut transaction, Some(id)).await?.pop().ok_or(NOT_FOUND)?;
        let versions = rows::versions(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok((view, versions))
    }

    /// Renames or describes one.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 403 when they only use it, 400 for a name that is there
    /// already.
    pub async fn update(
        &self,
        request: &RequestContext,
        id: Uuid,
        patch: DataSetPatch,
    ) -> Result<DataSetView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (mut transaction, standing) = self.begin_on(request, person, id).await?;
        standing.check_change(person)?;
        let before = rows::sets(&mut transaction, Some(id)).await?.pop().ok_or(NOT_FOUND)?;
        let name = patch.name.unwrap_or(before.name);
        let description = patch.description.unwrap_or(before.description);
        let (name, description) =
            check_names(&name, &description).map_err(ServiceError::Validation)?;
        sqlx::query!(
            "UPDATE data_sets SET name = $2, description = $3 WHERE id = $1",
            id,
            name,
            description
        )
        .execute(&mut *transaction)
        .await
        .map_err(name_is_taken)?;
        finish(transaction, id).await
    }

    /// Removes one with its versions, and tells those who made them or took files from them.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 403 when they only use it.
    pub async fn delete(&self, request: &RequestContext, id: Uuid) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (mut transaction, standing) = self.begin_on(request, person, id).await?;
        standing.check_change(person)?;
        self.tell(&mut transaction, &standing, person, notices::Removed::Whole).await?;
        let selections = sqlx::query_scalar!(
            "SELECT selection_id FROM data_set_versions WHERE data_set_id = $1",
            id
        )
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM data_sets WHERE id = $1", id).execute(&mut *transaction).await?;
        transaction.commit().await?;
        self.clear(&selections).await;
        Ok(())
    }
}

/// The data set as the caller sees it, who may change it.
async fn finish(mut transaction: Transaction, id: Uuid) -> Result<DataSetView, ServiceError> {
    let view = rows::sets(&mut transaction, Some(id)).await?.pop();
    transaction.commit().await?;
    view.ok_or(NOT_FOUND)
}
