//! Versions of a data set that are there.

use super::{DataSetService, NO_VERSION, notices, rows};
use crate::{
    domain::{accounts::Scope, data_sets::DataSetVersionView},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
        selections::lacks,
    },
};
use uuid::Uuid;

impl DataSetService {
    /// A version with its card.
    ///
    /// # Errors
    /// 404 when the caller does not see it.
    pub async fn read_version(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<DataSetVersionView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        data_set_of(&mut transaction, id).await?;
        go_on_as_system(&mut transaction).await?;
        let view = rows::version_of_system(&mut *transaction, id).await?;
        let mut view = view.ok_or(NO_VERSION)?;
        let selection =
            sqlx::query_scalar!("SELECT selection_id FROM data_set_versions WHERE id = $1", id)
                .fetch_one(&mut *transaction)
                .await?;
        let lacks = lacks(&mut transaction, selection).await?;
        transaction.commit().await?;
        (view.gone, view.deleted, view.writable_until) = (lacks.gone, lacks.deleted, lacks.until);
        Ok(view)
    }

    /// Removes a version. In which parts its conversations are stays, and its number is not given
    /// again.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 403 when they made neither it nor the data set and do
    /// not manage the organization.
    pub async fn delete_version(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let data_set = data_set_of(&mut transaction, id).await?;
        transaction.commit().await?;
        let (mut transaction, standing) = self.begin_on(request, person, data_set).await?;
        let version = sqlx::query!(
            "SELECT number, created_by, selection_id FROM data_set_versions WHERE id = $1",
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NO_VERSION)?;
        if version.created_by != Some(person) && !standing.may_change(person) {
            return Err(ServiceError::Forbidden(
                "Only who made it, the author of the data set, and owners and admins of the \
                 organization remove this version.",
            ));
        }
        let removed = notices::Removed::Version { id, number: version.number };
        self.tell(&mut transaction, &standing, person, removed).await?;
        sqlx::query!("DELETE FROM data_set_versions WHERE id = $1", id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.clear(&[version.selection_id]).await;
        Ok(())
    }
}

/// The data set of a version that the caller sees.
async fn data_set_of(transaction: &mut Transaction, id: Uuid) -> Result<Uuid, ServiceError> {
    sqlx::query_scalar!("SELECT data_set_id FROM data_set_versions WHERE id = $1", id)
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(NO_VERSION)
}
