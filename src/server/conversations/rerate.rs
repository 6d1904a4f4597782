//! Rating again what nobody reviewed, after thresholds changed.

use super::ConversationService;
use crate::{
    domain::{
        accounts::Scope,
        conversations::{RerateAnswer, StatusMove},
        preferences::values::QualityThresholds,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Event, Transaction},
    },
};
use uuid::Uuid;

/// Conversations rated in one transaction: a second at most, so that no review of one of them
/// waits long.
const BATCH: i64 = 2_000;

/// Thresholds in tenths, as scores are compared.
#[derive(Clone, Copy)]
pub struct Tenths {
    pub auto_approval: i16,
    pub flagging: i16,
    pub minimum_acceptable: i16,
}

impl From<QualityThresholds> for Tenths {
    fn from(thresholds: QualityThresholds) -> Self {
        // From 0 to 10: always fits.
        let tenths = |value: f64| (value * 10.0).round() as i16;
        Self {
            auto_approval: tenths(thresholds.auto_approval),
            flagging: tenths(thresholds.flagging),
            minimum_acceptable: tenths(thresholds.minimum_acceptable),
        }
    }
}

impl ConversationService {
    /// Gives the person's own conversations the status that their thresholds say now, or says what
    /// that would do.
    ///
    /// # Errors
    /// When the database does not answer. What was rated until then stays rated; asked again, the
    /// rest follows.
    pub async fn rerate(
        &self,
        request: &RequestContext,
        preview: bool,
    ) -> Result<RerateAnswer, ServiceError> {
        let user_id = request.allow(Scope::ConversationsWrite)?.user_id;
        let thresholds = Tenths::from(self.preferences.thresholds(user_id).await?);
        let mut transaction = self.db.begin().await?;
        let answer = preview_of(&mut transaction, user_id, thresholds).await?;
        transaction.commit().await?;
        if preview {
            return Ok(answer);
        }
        let mut moves: Vec<StatusMove> = Vec::new();
        loop {
            let mut transaction = self.db.begin().await?;
            let rated = rate_some(&mut transaction, user_id, thresholds).await?;
            transaction.commit().await?;
            let count: i64 = rated.iter().map(|one| one.count).sum();
            for one in rated {
                let same = |own: &&mut StatusMove| (own.from, own.to) == (one.from, one.to);
                match moves.iter_mut().find(same) {
                    Some(own) => own.count += one.count,
                    None => moves.push(one),
                }
            }
            if count < BATCH {
                break;
            }
        }
        if !moves.is_empty() {
            self.db.events().announce(Event::ConversationsChanged { user_id }).await;
        }
        Ok(RerateAnswer::of(moves, answer.decided))
    }
}

struct Moved {
    from: String,
    to: String,
    count: i64,
}

impl TryFrom<Moved> for StatusMove {
    type Error = ServiceError;

    fn try_from(moved: Moved) -> Result<Self, ServiceError> {
        Ok(Self {
            from: moved.from.parse().map_err(ServiceError::Internal)?,
            to: moved.to.parse().map_err(ServiceError::Internal)?,
            count: moved.count,
        })
    }
}

async fn preview_of(
    transaction: &mut Transaction,
    user_id: Uuid,
    thresholds: Tenths,
) -> Result<RerateAnswer, ServiceError> {
    let rows = sqlx::query_as!(
        Moved,
        r#"SELECT status AS "from!", rated AS "to!", count(*) AS "count!"
           FROM (SELECT status,
               public.status_by_thresholds(score_tenths, is_trainable, $2, $3, $4) AS rated
             FROM conversations
             WHERE created_by = $1 AND NOT is_decided AND score_tenths >= 0 AND status IN
               ('generated', 'pending_review', 'approved', 'rejected', 'needs_revision')) AS one
           WHERE status <> rated GROUP BY status, rated"#,
        user_id,
        thresholds.auto_approval,
        thresholds.flagging,
        thresholds.minimum_acceptable
    )
    .fetch_all(&mut **transaction)
    .await?;
    let decided = sqlx::query_scalar!(
        r#"SELECT count(*) AS "decided!" FROM conversations
           WHERE created_by = $1 AND is_decided AND score_tenths >= 0 AND status <> 'archived'"#,
        user_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    let moves = rows.into_iter().map(StatusMove::try_from).collect::<Result<_, _>>()?;
    Ok(RerateAnswer::of(moves, decided))
}

/// Rates some of those whose status is another one now, each with its line in what became of it.
async fn rate_some(
    transaction: &mut Transaction,
    user_id: Uuid,
    thresholds: Tenths,
) -> Result<Vec<StatusMove>, ServiceError> {
    let rows = sqlx::query_as!(
        Moved,
        r#"WITH one AS MATERIALIZED (
             SELECT id, status, version,
               public.status_by_thresholds(score_tenths, is_trainable, $2, $3, $4) AS rated
             FROM conversations
             WHERE created_by = $1 AND NOT is_decided AND score_tenths >= 0 AND status IN
               ('generated', 'pending_review', 'approved', 'rejected', 'needs_revision')
               AND status
                 <> public.status_by_thresholds(score_tenths, is_trainable, $2, $3, $4)
             LIMIT $5 FOR UPDATE),
           changed AS (
             UPDATE conversations AS own SET status = one.rated, updated_by = $1,
               approved_by = NULL,
               approved_at = CASE WHEN one.rated = 'approved' THEN now() END
             FROM one WHERE own.id = one.id),
           noted AS (
             INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
               was_decided, version, reviewer_id)
             SELECT id, 'rated', rated, status, false, version, $1 FROM one)
           SELECT status AS "from!", rated AS "to!", count(*) AS "count!"
           FROM one GROUP BY status, rated"#,
        user_id,
        thresholds.auto_approval,
        thresholds.flagging,
        thresholds.minimum_acceptable,
        BATCH
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(StatusMove::try_from).collect()
}
