//! Who is at which conversation: leases.

use super::ReviewService;
use crate::{
    api::reviews::{ClaimsAnswer, ClaimsRequest},
    domain::{
        accounts::Scope,
        reviews::{CLAIM_SECONDS, ClaimView},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::go_on_as_system,
    },
};
use uuid::Uuid;

/// The most claims of one request.
const MOST: usize = 10;

impl ReviewService {
    /// Keeps claims for another while, and takes again those that ended and that nobody else has.
    /// Answers those that the caller has now.
    pub async fn renew(
        &self,
        request: &RequestContext,
        claims: &ClaimsRequest,
    ) -> Result<ClaimsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let ids = few(&claims.conversations)?;
        let mut transaction = self.db.as_person(request).await?;
        let theirs = sqlx::query_scalar!(
            "SELECT id FROM conversations WHERE id = ANY ($1) AND (created_by = $2
               OR organization_id = (SELECT auth.own_organization()))",
            ids,
            person
        )
        .fetch_all(&mut *transaction)
        .await?;
        go_on_as_system(&mut transaction).await?;
        // One whose row is gone may have been decided meanwhile: then it is not taken again.
        let claims = sqlx::query_as!(
            ClaimView,
            r#"INSERT INTO review_claims AS claim (conversation_id, reviewer_id, expires_at)
               SELECT c.id, $2, clock_timestamp() + make_interval(secs => $3)
                 FROM conversations AS c
                 LEFT JOIN review_claims AS known ON known.conversation_id = c.id
                WHERE c.id = ANY ($1) AND c.status <> 'archived'
                  AND (known.reviewer_id = $2 OR NOT c.is_decided)
                ORDER BY c.id
               ON CONFLICT (conversation_id) DO UPDATE
                 SET reviewer_id = excluded.reviewer_id, expires_at = excluded.expires_at,
                     claimed_at = CASE WHEN claim.reviewer_id = excluded.reviewer_id
                       THEN claim.claimed_at ELSE excluded.claimed_at END
                 WHERE claim.reviewer_id = excluded.reviewer_id
                   OR claim.expires_at <= clock_timestamp()
               RETURNING conversation_id, reviewer_id AS reviewer,
                 coalesce(public.colleague_name(reviewer_id), 'Somebody') AS "reviewer_name!",
                 expires_at AS claimed_until"#,
            &theirs,
            person,
            f64::from(CLAIM_SECONDS)
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ClaimsAnswer { claims })
    }

    /// Gives claims back. Those of others and unknown ones are passed over.
    pub async fn release(
        &self,
        request: &RequestContext,
        claims: &ClaimsRequest,
    ) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let ids = few(&claims.conversations)?;
        sqlx::query!(
            "DELETE FROM review_claims WHERE conversation_id IN (
               SELECT mine.conversation_id FROM review_claims AS mine
                WHERE mine.conversation_id = ANY ($1) AND mine.reviewer_id = $2
                ORDER BY mine.conversation_id FOR UPDATE)",
            ids,
            person
        )
        .execute(self.db.pool())
        .await?;
        Ok(())
    }

    /// Who is at which conversation of the caller's lists.
    pub async fn claims(&self, request: &RequestContext) -> Result<ClaimsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let claims = sqlx::query_as!(
            ClaimView,
            r#"SELECT claim.conversation_id, claim.reviewer_id AS reviewer,
                      coalesce(public.colleague_name(claim.reviewer_id), 'Somebody')
                        AS "reviewer_name!",
                      claim.expires_at AS claimed_until
                 FROM review_claims AS claim
                 JOIN conversations AS c ON c.id = claim.conversation_id
                WHERE claim.expires_at > clock_timestamp()
                  AND (c.workspace_id = $1 OR c.workspace_id = (SELECT auth.own_organization()))
                ORDER BY claim.claimed_at, claim.conversation_id"#,
            person
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ClaimsAnswer { claims })
    }
}

fn few(ids: &[Uuid]) -> Result<&[Uuid], ServiceError> {
    if ids.len() > MOST {
        let sentence = format!("Send at most {MOST} conversations.");
        return Err(ServiceError::field("conversations", sentence));
    }
    Ok(ids)
}
