//! A person's own notifications: pages of them, and marking them as read.

use super::NotificationService;
use crate::{
    domain::{
        accounts::Scope,
        notifications::{
            MarkAnswer, MarkRequest, NotificationPage, NotificationQuery, NotificationView,
        },
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Event, Transaction},
    },
};

/// Rows on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 25;
const MAX_LIMIT: i64 = 100;
/// Most ids in one request.
const MOST_IDS: usize = 100;

impl NotificationService {
    /// A page of the person's notifications, the newest first.
    ///
    /// # Errors
    /// 400 for a limit out of range.
    pub async fn list(
        &self,
        request: &RequestContext,
        query: &NotificationQuery,
    ) -> Result<NotificationPage, ServiceError> {
        let user_id = request.allow(Scope::NotificationsRead)?.user_id;
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ServiceError::field(
                "limit",
                format!("limit must be a whole number from 1 to {MAX_LIMIT}."),
            ));
        }
        let mut transaction = self.db.as_person(request).await?;
        // One row more than asked for tells whether there is another page.
        let mut rows = sqlx::query!(
            "SELECT id, sequence, category, severity, title, text, link, read_at, created_at
             FROM notifications
              WHERE user_id = $1 AND in_app AND sequence < $2 AND (read_at IS NULL OR NOT $3)
              ORDER BY sequence DESC LIMIT $4",
            user_id,
            query.before.unwrap_or(i64::MAX),
            query.unread.unwrap_or_default(),
            limit + 1
        )
        .fetch_all(&mut *transaction)
        .await?;
        let unread = count_unread(&mut transaction, user_id).await?;
        transaction.commit().await?;
        let most = usize::try_from(limit).unwrap_or_default();
        let mut next_before = None;
        if rows.len() > most {
            rows.truncate(most);
            next_before = rows.last().map(|row| row.sequence);
        }
        let notifications = rows.into_iter().map(|row| {
            Ok(NotificationView {
                id: row.id,
                category: row.category.parse().map_err(ServiceError::Internal)?,
                severity: row.severity.parse().map_err(ServiceError::Internal)?,
                title: row.title,
                text: row.text,
                link: row.link,
                read_at: row.read_at,
                created_at: row.created_at,
            })
        });
        Ok(NotificationPage {
            notifications: notifications.collect::<Result<_, ServiceError>>()?,
            unread,
            next_before,
        })
    }

    /// How many of the person's are unread.
    ///
    /// # Errors
    /// 401 and 403 as always.
    pub async fn unread(&self, request: &RequestContext) -> Result<i64, ServiceError> {
        let user_id = request.allow(Scope::NotificationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let unread = count_unread(&mut transaction, user_id).await?;
        transaction.commit().await?;
        Ok(unread)
    }

    /// Marks some of the person's notifications, or all, as read or unread. Their other pages
    /// receive it.
    ///
    /// # Errors
    /// 400 for neither ids nor all, for both, or for too many ids.
    pub async fn mark(
        &self,
        request: &RequestContext,
        mark: &MarkRequest,
    ) -> Result<MarkAnswer, ServiceError> {
        let user_id = request.allow(Scope::NotificationsWrite)?.user_id;
        if mark.ids.is_empty() != mark.all {
            return Err(ServiceError::field(
                "ids",
                "Say which by ids, or all of them by all, one of the two.",
            ));
        }
        if mark.ids.len() > MOST_IDS {
            return Err(ServiceError::field("ids", format!("At most {MOST_IDS} ids at once.")));
        }
        let mut transaction = self.db.as_person(request).await?;
        let changed = sqlx::query!(
            "UPDATE notifications SET read_at = CASE WHEN $2 THEN now() END
              WHERE user_id = $1 AND in_app AND (read_at IS NULL) = $2 AND ($3 OR id = ANY($4))",
            user_id,
            mark.read,
            mark.all,
            &mark.ids
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let unread = count_unread(&mut transaction, user_id).await?;
        transaction.commit().await?;
        if changed > 0 {
            self.db.events().announce(Event::NotificationsMarked { user_id }).await;
        }
        Ok(MarkAnswer { changed, unread })
    }
}

async fn count_unread(
    transaction: &mut Transaction,
    user_id: uuid::Uuid,
) -> Result<i64, ServiceError> {
    let unread = sqlx::query_scalar!(
        r#"SELECT count(*) AS "unread!" FROM notifications WHERE user_id = $1 AND in_app
           AND read_at IS NULL"#,
        user_id
    );
    Ok(unread.fetch_one(&mut **transaction).await?)
}
