//! Whether a person can begin to generate.

use super::AiService;
use crate::{
    domain::{accounts::Scope, home},
    server::foundation::{context::RequestContext, error::ServiceError},
};
use chrono::Utc;

/// What somebody who begins has to see to first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// There is a key that the person's generations use.
    pub has_key: bool,
    /// Somebody chose a budget that counts for the person.
    pub has_budget: bool,
}

impl AiService {
    /// As of the last change that this process received.
    pub async fn readiness(&self, request: &RequestContext) -> Result<Readiness, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let (standing, models) = (self.standing(user_id).await?, self.models.current().await?);
        let explain = standing.effective(&models, Utc::now()).explain;
        let has_key = !standing.keys.usable.is_empty();
        Ok(Readiness { has_key, has_budget: home::has_budget(&explain) })
    }
}
