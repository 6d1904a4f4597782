//! The API keys of people and organizations: storing, rotating, testing, and which of them a
//! generation uses.

use super::{AiService, membership, reason};
use crate::{
    domain::{
        accounts::{Scope, SecretText},
        ai::{
            Owner, ScopeType,
            keys::check_key,
            views::{
                KeyState, KeyView, RotateKeyAnswer, RotateKeyRequest, TestKeyAnswer, TestKeyRequest,
            },
        },
        error_code::ErrorCode,
    },
    server::{
        claude::{ApiKey, Endpoint},
        foundation::{context::RequestContext, error::ServiceError},
        vault::{ActiveSecret, MaskedSecret, Secret},
    },
};
use chrono::Utc;
use std::time::Duration;
use uuid::Uuid;

/// The name under which the vault keeps them.
const NAME: &str = "anthropic";
/// How long a test waits for Claude.
const TEST_TIMEOUT: Duration = Duration::from_secs(15);

/// A key that a generation may use.
#[derive(Clone, Debug)]
pub struct UsableKey {
    pub key: ApiKey,
    /// Whose it is; `None` for the environment's.
    pub owner: Option<Owner>,
    pub version: Option<i64>,
    /// It was replaced, and is used only when its successor is refused.
    pub is_secondary: bool,
    pub grace_until: Option<chrono::DateTime<Utc>>,
}

/// The keys that somebody's generations use.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Those of the nearest scope that has any (the person's, the organization's, the
    /// environment's), the primary first.
    pub usable: Vec<UsableKey>,
    /// Whose keys cannot be opened, when those of the nearest scope are there and none can: nobody
    /// else's is used in their place.
    pub unreadable: Option<Owner>,
}

impl Keys {
    /// The one that is tried first.
    ///
    /// # Errors
    /// The refusal of the gate: there is none, or it cannot be opened.
    pub fn first(&self) -> Result<&UsableKey, ServiceError> {
        self.usable.first().ok_or_else(|| self.refusal())
    }

    /// The one to ask with when this one was refused. Keys are remembered for a while, so a grace
    /// may have ended since.
    pub fn after(&self, refused: usize) -> Option<usize> {
        let now = Utc::now();
        let is_usable = |key: &UsableKey| key.grace_until.is_none_or(|until| until > now);
        let mut later = self.usable.iter().enumerate().skip(refused + 1);
        later.find(|(_, key)| is_usable(key)).map(|(place, _)| place)
    }

    fn refusal(&self) -> ServiceError {
        match self.unreadable {
            Some(owner) => unreadable(owner),
            None => missing(),
        }
    }
}

impl AiService {
    /// The keys of the nearest scope that has any, as far as they can be opened.
    pub(super) async fn usable_keys(
        &self,
        user_id: Uuid,
        organization: Option<Uuid>,
    ) -> Result<Keys, ServiceError> {
        let owners =
            std::iter::once(Owner::Person(user_id)).chain(organization.map(Owner::Organization));
        for owner in owners {
            let active = self.vault.active(owner, NAME).await?;
            if active.is_empty() {
                continue;
            }
            let usable: Vec<UsableKey> =
                active.into_iter().filter_map(|found| opened(owner, found)).collect();
            let unreadable = usable.is_empty().then_some(owner);
            return Ok(Keys { usable, unreadable });
        }
        let environment = self.environment.key.clone().map(|key| UsableKey {
            key,
            owner: None,
            version: None,
            is_secondary: false,
            grace_until: None,
        });
        Ok(Keys { usable: environment.into_iter().collect(), unreadable: None })
    }

    /// Stores a key as the primary one; the one before may be used for a while longer.
    pub async fn rotate_key(
        &self,
        request: &RequestContext,
        body: &RotateKeyRequest,
    ) -> Result<RotateKeyAnswer, ServiceError> {
        let owner = self.managed(request, body.scope).await?;
        let key = checked(&body.new_primary_key, "newPrimaryKey")?;
        let hours = body.grace_hours.unwrap_or(RotateKeyRequest::DEFAULT_GRACE);
        if hours > RotateKeyRequest::MAX_GRACE {
            let sentence = format!("The grace must be 0 to {} hours.", RotateKeyRequest::MAX_GRACE);
            return Err(ServiceError::field("graceHours", sentence));
        }
        let why = reason(body.reason.as_deref())?;
        let grace = Duration::from_secs(u64::from(hours) * 3600);
        let stored = self.vault.rotate(request, owner, NAME, &Secret::new(key), grace, why).await?;
        self.forget(owner);
        Ok(RotateKeyAnswer { key_version: stored.version, masked: stored.masked })
    }

    /// Takes a key out of use for ever.
    pub async fn revoke_key(
        &self,
        request: &RequestContext,
        scope: ScopeType,
        id: Uuid,
    ) -> Result<(), ServiceError> {
        let owner = self.managed(request, scope).await?;
        self.vault.revoke(request, owner, id).await?;
        self.forget(owner);
        Ok(())
    }

    /// Asks Claude whether it takes a key: the one given, or else the one that generations use now.
    pub async fn test_key(
        &self,
        request: &RequestContext,
        body: &TestKeyRequest,
    ) -> Result<TestKeyAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiWrite)?.user_id;
        let owner = self.managed(request, body.scope).await?;
        let key = match &body.key {
            Some(key) => ApiKey::new(checked(key, "key")?),
            None => {
                let organization = match owner {
                    Owner::Organization(id) => Some(id),
                    Owner::Person(_) => membership(&self.db, user_id).await?.map(|(id, _)| id),
                };
                // An organization tests its own key, not that of whoever asks.
                let person =
                    if matches!(owner, Owner::Organization(_)) { Uuid::nil() } else { user_id };
                self.usable_keys(person, organization).await?.first()?.key.clone()
            }
        };
        Ok(match self.claude.test_key(&self.endpoint(key)).await {
            Ok(()) => TestKeyAnswer { works: true, code: None, message: "Key is valid.".into() },
            Err(error) => {
                TestKeyAnswer { works: false, code: Some(error.code()), message: error.sentence() }
            }
        })
    }

    /// Where to ask with a key, for questions that are not generations.
    pub(super) fn endpoint(&self, key: ApiKey) -> Endpoint {
        Endpoint {
            base_url: self.environment.base_url.clone(),
            key,
            connect_timeout: TEST_TIMEOUT,
            attempt_timeout: TEST_TIMEOUT,
        }
    }

    /// Where Claude is asked.
    pub fn base_url(&self) -> &str {
        &self.environment.base_url
    }

    /// Whether generations pass no gate: for benchmarks against a stand-in on this machine.
    pub(in crate::server) fn is_without_gates(&self) -> bool {
        self.environment.without_gates
    }

    /// The keys of a scope as people see them, the newest first; those out of use are left out.
    pub(super) async fn key_views(
        &self,
        owner: Owner,
        days: Option<i64>,
    ) -> Result<Vec<KeyView>, ServiceError> {
        let stored = self.vault.list(owner).await?;
        let in_use =
            stored.into_iter().filter(|key| key.name == NAME && key.state != KeyState::Revoked);
        Ok(in_use.map(|key| view(owner.scope_type(), key, days)).collect())
    }

    /// The environment's key as people see it.
    pub(super) fn environment_key(&self) -> Option<String> {
        self.environment.key.as_ref().map(|key| crate::domain::ai::keys::mask_key(key.expose()))
    }
}

/// Nobody set a key that this person could use.
fn missing() -> ServiceError {
    ServiceError::refused(
        ErrorCode::KeyMissing,
        "There is no API key for Claude yet. Add one under AI configuration, API keys, or \
            ask your organization's admin.",
    )
}

/// A key is there and cannot be opened with the master keys that the server has.
fn unreadable(owner: Owner) -> ServiceError {
    let message = match owner {
        Owner::Person(_) => {
            "Your stored API key is unreadable, because the server's master key is another one \
             than when it was stored. Store the key again under AI configuration, API keys, or \
             ask your administrator to bring the master key back."
        }
        Owner::Organization(_) => {
            "Your organization's stored API key is unreadable, because the server's master key \
             is another one than when it was stored. Let an admin of the organization store it \
             again, or ask your administrator to bring the master key back."
        }
    };
    ServiceError::refused(ErrorCode::StoredKeyUnreadable, message)
}

/// A stored key for use; `None`, with a line in the log, when it cannot be opened.
fn opened(owner: Owner, found: ActiveSecret) -> Option<UsableKey> {
    match found.secret {
        Ok(secret) => Some(UsableKey {
            key: ApiKey::new(secret.expose()),
            owner: Some(owner),
            version: Some(found.version),
            is_secondary: found.state == KeyState::Secondary,
            grace_until: found.grace_until,
        }),
        Err(why) => {
            tracing::error!(scope = owner.scope_type().as_str(), scope_id = %owner.id(), "{why}");
            None
        }
    }
}

fn checked(key: &SecretText, path: &str) -> Result<String, ServiceError> {
    check_key(key.expose()).map_err(|message| ServiceError::field(path, message))
}

fn view(scope: ScopeType, key: MaskedSecret, days: Option<i64>) -> KeyView {
    let age_days = (Utc::now() - key.created_at).num_days().max(0);
    let is_primary = key.state == KeyState::Primary;
    KeyView {
        id: key.id,
        scope,
        masked: key.masked,
        version: key.version,
        state: key.state,
        created_at: key.created_at,
        grace_until: key.grace_until,
        readable: key.readable,
        age_days,
        rotation_due: is_primary && days.is_some_and(|days| age_days >= days),
    }
}
