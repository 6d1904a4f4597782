//! Who may make an account: what the environment says, or else what administrators decided.

use super::{AccountService, rows::stored};
use crate::{
    domain::{
        accounts::{Scope, SignUp},
        admin::SignUpRule,
        error_code::ErrorCode,
    },
    server::{
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{Subject, note_request},
        },
        postgres::go_on_as_system,
    },
};
use serde_json::json;

impl AccountService {
    /// What applies. Asked for each stranger, so that it changes on all servers at once.
    pub async fn sign_up_rule(&self) -> Result<SignUpRule, ServiceError> {
        if let Some(sign_up) = self.inner.rules.sign_up {
            return Ok(SignUpRule { sign_up, by_environment: true });
        }
        let word = sqlx::query_scalar!("SELECT sign_up FROM auth.installation")
            .fetch_optional(self.database().pool())
            .await?;
        let sign_up = word.map_or(Ok(SignUp::default()), |word| stored(&word))?;
        Ok(SignUpRule { sign_up, by_environment: false })
    }

    /// Decides it.
    ///
    /// # Errors
    /// 403 for everybody but administrators, 409 when the environment decides.
    pub async fn set_sign_up_rule(
        &self,
        request: &RequestContext,
        sign_up: SignUp,
    ) -> Result<SignUpRule, ServiceError> {
        request.administer(Scope::AdminWrite)?;
        if self.inner.rules.sign_up.is_some() {
            return Err(ServiceError::refused(
                ErrorCode::SetByEnvironment,
                "The variable TRAIN_SIGN_UP decides this. Change it and start the servers again.",
            ));
        }
        // The first server that needs the row makes it; a page of a stranger may not have come yet.
        sqlx::query!("INSERT INTO auth.installation DEFAULT VALUES ON CONFLICT DO NOTHING")
            .execute(self.database().pool())
            .await?;
        let mut transaction = self.database().as_person(request).await?;
        let changed = sqlx::query!(
            "UPDATE auth.installation SET sign_up = $1 WHERE sign_up <> $1",
            sign_up.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() > 0 {
            go_on_as_system(&mut transaction).await?;
            let subject = Subject { id: None, name: Some(sign_up.as_str()) };
            note_request(&mut transaction, request, "admin sign-up", subject, json!({})).await?;
        }
        transaction.commit().await?;
        Ok(SignUpRule { sign_up, by_environment: false })
    }
}
