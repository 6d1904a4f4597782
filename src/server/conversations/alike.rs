//! Conversations that are nearly the same.

use super::{
    ConversationService,
    list::{COLUMNS, Row},
};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{AlikeAnswer, AlikeRow, likeness},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// Conversations that are shown.
const MOST: i64 = 20;

#[derive(FromRow)]
struct Alike {
    #[sqlx(flatten)]
    row: Row,
    similarity: i16,
}

impl ConversationService {
    /// What is alike to a conversation, the most similar first.
    ///
    /// # Errors
    /// 404 when the person does not see the conversation.
    pub async fn alike(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<AlikeAnswer, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        sqlx::query!(r#"SELECT true AS "there!" FROM conversations WHERE id = $1"#, id)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(ServiceError::NotFound("This conversation"))?;
        // Put together of what lists read of each row.
        let mut sql = QueryBuilder::new(format!(
            "SELECT {COLUMNS}, public.colleague_name(conversation.created_by) AS author_name,
               pair.similarity
             FROM near_duplicates AS pair
             JOIN conversations AS conversation ON conversation.id = pair.other_id
             WHERE conversation.status <> 'archived' AND pair.conversation_id = "
        ));
        sql.push_bind(id)
            .push(" ORDER BY pair.similarity DESC, pair.other_id LIMIT ")
            .push_bind(MOST);
        let rows: Vec<Alike> = sql.build_query_as().fetch_all(&mut *transaction).await?;
        // What is still to be looked at is not for people to read.
        go_on_as_system(&mut transaction).await?;
        let examined = is_examined(&mut transaction, id).await?;
        transaction.commit().await?;
        let alike = rows.into_iter().filter_map(Alike::into_listed).collect::<Result<_, _>>()?;
        Ok(AlikeAnswer { alike, examined })
    }
}

impl Alike {
    fn into_listed(self) -> Option<Result<AlikeRow, ServiceError>> {
        let likeness = likeness(f64::from(self.similarity) / 100.0)?;
        let similarity = u8::try_from(self.similarity).ok()?;
        let listed = self.row.into_listed();
        Some(listed.map(|conversation| AlikeRow { conversation, similarity, likeness }))
    }
}

/// Whether it was examined since it was last changed.
async fn is_examined(transaction: &mut Transaction, id: Uuid) -> Result<bool, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM conversation_fingerprints WHERE conversation_id = $1)
             AND NOT EXISTS (SELECT FROM examinations_due WHERE conversation_id = $1) AS "is!""#,
        id
    )
    .fetch_one(&mut **transaction)
    .await?)
}
