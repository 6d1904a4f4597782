//! Transactions as one person, and what history should know of the changes made in them.

use super::{Database, Transaction};
use crate::server::foundation::{
    context::{ChangeContext, RequestContext},
    error::ServiceError,
};
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

/// Longest user agent kept in history, in characters.
const LONGEST_USER_AGENT: usize = 500;

impl Database {
    /// A transaction as `authenticated` with the person's claims: row-level security decides what
    /// it sees.
    pub async fn as_person(&self, request: &RequestContext) -> Result<Transaction, ServiceError> {
        let actor = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
        // One round trip. SET takes no parameters; a UUID cannot hold a quote.
        Ok(self.pool().begin_with(AssertSqlSafe(begin_as(actor.user_id))).await?)
    }
}

/// The rest of a person's transaction is the system's work, which row-level security does not keep
/// from them: telling others, above all. What the person may do has to be decided before.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on_as_system(transaction: &mut Transaction) -> Result<(), ServiceError> {
    transaction.execute("SET LOCAL ROLE service_role").await?;
    Ok(())
}

fn begin_as(user_id: Uuid) -> String {
    format!(
        "BEGIN; SET LOCAL ROLE authenticated; \
         SET LOCAL \"request.jwt.claims\" = '{{\"sub\":\"{user_id}\",\"role\":\"authenticated\"}}'"
    )
}

/// Tells the history triggers, inside this transaction only, what they record beside the change
/// itself.
pub async fn describe_change(
    transaction: &mut Transaction,
    request: &RequestContext,
    change: &ChangeContext,
) -> Result<(), ServiceError> {
    let description = ChangeDescription::new(request, change);
    sqlx::query!("SELECT set_config('train.change', $1, true)", description.to_json())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}

/// The value of the setting `train.change`, for a statement that sets it beside other work and
/// saves a round trip: `SELECT set_config('train.change', $1, true), version, … FROM … FOR UPDATE`.
#[derive(Clone, Debug)]
pub struct ChangeDescription(Map<String, Value>);

impl ChangeDescription {
    pub fn new(request: &RequestContext, change: &ChangeContext) -> Self {
        let user_agent = request
            .user_agent
            .as_deref()
            .map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect());
        let mut fields = Map::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                // PostgreSQL's JSON cannot hold the character zero.
                fields.insert(name.to_owned(), json!(value.replace('\0', "")));
            }
        };
        add("actor", request.actor.as_ref().map(|actor| actor.user_id.to_string()));
        add("action", change.action.map(str::to_owned));
        add("reason", change.reason.clone());
        add("ip", request.ip.map(|ip| ip.to_string()));
        add("userAgent", user_agent);
        add("source", Some(request.source.as_str().to_owned()));
        add("mutationId", change.mutation_id.map(|id| id.to_string()));
        Self(fields)
    }

    /// The change will not be announced by its trigger: whoever makes it calls
    /// [`super::Events::announce`] after the commit and before the answer. For saves that come in
    /// numbers: notifying commits wait for each other.
    pub fn announced_later(mut self) -> Self {
        self.0.insert("announcedLater".to_owned(), Value::Bool(true));
        self
    }

    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::foundation::context::{Actor, Role, Source};

    fn request() -> RequestContext {
        RequestContext {
            request_id: "r".into(),
            actor: Some(Actor { user_id: Uuid::nil(), role: Role::Member, scopes: None }),
            source: Source::ApiToken,
            ip: Some("2001:db8::1".parse().unwrap()),
            user_agent: Some("a\0b".repeat(400)),
            client: None,
            session_id: None,
        }
    }

    #[test]
    fn tells_only_what_is_known() {
        let change =
            ChangeContext { reason: Some("it's \"better\"".into()), ..ChangeContext::default() };
        let description: Value =
            serde_json::from_str(&ChangeDescription::new(&request(), &change).to_json()).unwrap();
        assert_eq!(description["actor"], "00000000-0000-0000-0000-000000000000");
        assert_eq!(description["source"], "api_token");
        assert_eq!(description["ip"], "2001:db8::1");
        assert_eq!(description["reason"], "it's \"better\"");
        assert!(description.get("action").is_none() && description.get("announcedLater").is_none());
        let agent = description["userAgent"].as_str().unwrap();
        assert!(agent.len() <= LONGEST_USER_AGENT && !agent.contains('\0'));
    }

    #[test]
    fn says_that_it_will_be_announced() {
        let description =
            ChangeDescription::new(&request(), &ChangeContext::default()).announced_later();
        assert!(description.to_json().contains("\"announcedLater\":true"));
    }
}
