//! What administrators see of mail and do about it.

use super::{Letter, MailService, letter};
use crate::{
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        mail::{
            MailCounts, MailProblem, MailState, MailStatusAnswer, RetryMailAnswer,
            RetryMailRequest, TestMailAnswer,
        },
        notifications::Category,
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use uuid::Uuid;

/// Problems shown, and ids in one request.
const MOST: usize = 100;

/// What administrators read beside a mail that carries an invitation or a letter about an account
/// and has no category of its own.
const UNSORTED: Category = Category::SystemAlerts;

impl MailService {
    /// How mail is doing.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn status(&self, request: &RequestContext) -> Result<MailStatusAnswer, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let counts = sqlx::query_as!(
            MailCounts,
            r#"SELECT count(*) FILTER (WHERE state = 'queued') AS "queued!",
                      count(*) FILTER (WHERE state = 'queued'
                        AND digest_until > now()) AS "in_digests!",
                      count(*) FILTER (WHERE state = 'sending') AS "sending!",
                      count(*) FILTER (WHERE state = 'failed') AS "failed!",
                      count(*) FILTER (WHERE state = 'parked') AS "parked!",
                      count(*) FILTER (WHERE state = 'sent') AS "sent_last_day!"
                 FROM notification_outbox WHERE state <> 'sent'
                   OR updated_at > now() - interval '1 day'"#
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let problems = self.problems().await?;
        let settings = self.mailer.as_ref().map(super::Mailer::settings);
        Ok(MailStatusAnswer {
            configured: settings.is_some(),
            missing: if settings.is_some() {
                Vec::new()
            } else {
                vec![
                    "Set SMTP_URL to the mail server, such as \
                        smtps://user:password@mail.example.com."
                        .into(),
                    "Set TRAIN_MAIL_FROM to the sender, such as Train <train@example.com>.".into(),
                ]
            },
            server: settings.map(|settings| settings.server.shown.clone()),
            from: settings.map(|settings| settings.from.to_string()),
            links: self.place.clone(),
            counts,
            problems,
        })
    }

    /// As the system: what a mail is about is its person's, and only its category is told here.
    async fn problems(&self) -> Result<Vec<MailProblem>, ServiceError> {
        let rows = sqlx::query!(
            r#"SELECT mail.id, coalesce(person.email, invitation.address, letter.address)
                 AS "email!",
               coalesce(notification.category, $2) AS "category!",
                      mail.state, mail.attempts, mail.last_error, mail.next_attempt_at,
                      mail.created_at
               FROM notification_outbox mail LEFT JOIN notifications notification
                 ON notification.id = mail.notification_id
               LEFT JOIN auth.users person ON person.id = mail.user_id
               LEFT JOIN invitations invitation ON invitation.id = mail.invitation_id
               LEFT JOIN auth.account_mails letter ON letter.id = mail.account_mail_id
              WHERE mail.state IN ('failed', 'parked') ORDER BY mail.updated_at DESC, mail.id
                LIMIT $1"#,
            MOST as i64,
            UNSORTED.as_str()
        )
        .fetch_all(self.db.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                let state: MailState = row.state.parse().map_err(ServiceError::Internal)?;
                Ok(MailProblem {
                    id: row.id,
                    to: row.email,
                    category: row.category.parse().map_err(ServiceError::Internal)?,
                    state,
                    attempts: row.attempts,
                    last_error: row.last_error,
                    next_attempt_at: (state == MailState::Failed).then_some(row.next_attempt_at),
                    created_at: row.created_at,
                })
            })
            .collect()
    }

    /// Tries parked and failed mails again, from the first attempt on.
    ///
    /// # Errors
    /// 403 for everybody but administrators; 400 for neither ids nor all, for both, or for too many
    /// ids.
    pub async fn retry(
        &self,
        request: &RequestContext,
        retry: &RetryMailRequest,
    ) -> Result<RetryMailAnswer, ServiceError> {
        let actor = request.administer(Scope::AdminWrite)?;
        if retry.ids.is_empty() != retry.all {
            return Err(ServiceError::field(
                "ids",
                "Say which by ids, or all of them by all, one of the two.",
            ));
        }
        if retry.ids.len() > MOST {
            return Err(ServiceError::field("ids", format!("At most {MOST} ids at once.")));
        }
        let retried = sqlx::query!(
            "WITH again AS (
               UPDATE notification_outbox SET state = 'queued', attempts = 0, digest_until = NULL,
               next_attempt_at = now()
                WHERE state IN ('failed', 'parked') AND ($1 OR id = ANY($2)) RETURNING user_id
             )
             SELECT count(*) AS \"retried!\", count(pg_notify('train_events',
               jsonb_build_object('type', 'mail-due')::text)) FROM again",
            retry.all,
            &retry.ids
        )
        .fetch_one(self.db.pool())
        .await?
        .retried;
        tracing::info!(by = %actor.user_id, retried, "mail is tried again");
        Ok(RetryMailAnswer { retried: retried.unsigned_abs() })
    }

    /// Sends a mail to the administrator who asks, now and past the outbox, and says what became of
    /// it.
    ///
    /// # Errors
    /// 403 for everybody but administrators; 409 without a mail server.
    pub async fn test(&self, request: &RequestContext) -> Result<TestMailAnswer, ServiceError> {
        let actor = request.administer(Scope::AdminWrite)?;
        let Some(mailer) = &self.mailer else {
            return Err(ServiceError::refused(
                ErrorCode::MailNotConfigured,
                "This installation has no mail server. Set SMTP_URL and TRAIN_MAIL_FROM \
                    and start it again.",
            ));
        };
        let person =
            sqlx::query!("SELECT email, display_name FROM auth.users WHERE id = $1", actor.user_id)
                .fetch_optional(self.db.pool())
                .await?
                .ok_or(ServiceError::NotFound("This account"))?;
        let words = letter::test(&self.place);
        let letter = Letter {
            id: Uuid::new_v4(),
            name: person.display_name,
            address: person.email.clone(),
            subject: words.subject,
            text: words.text,
        };
        let problem = mailer.send(&letter).await.err();
        tracing::info!(by = %actor.user_id, sent = problem.is_none(), "a test mail");
        let problem = problem.map(|failure| failure.reason().to_owned());
        Ok(TestMailAnswer { to: person.email, sent: problem.is_none(), problem })
    }
}
