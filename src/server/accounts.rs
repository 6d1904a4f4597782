//! Accounts: making them, signing in and out, and finding who a cookie or token stands for.
//!
//! Sign-in works as `service_role`, because nobody is known yet. What a person does with their own
//! sessions, tokens and organization runs as `authenticated` wherever row-level security can decide
//! it.

mod administration;
mod cache;
mod email_change;
pub(in crate::server) mod letters;
mod notices;
mod passkeys;
mod passwords;
mod pending;
mod people;
mod profile;
mod recovery;
pub(in crate::server) mod rows;
mod second_factor;
pub(in crate::server) mod secrets;
mod sessions;
mod sign_up_rule;
mod throttle;
mod tokens;

pub use administration::AccountLine;
use cache::ActorCache;
pub use cache::Known;
pub use passkeys::Ceremony;
pub use passwords::Passwords;
pub use pending::pending_seconds;
pub use profile::ProfileChange;
pub use second_factor::Setup;
pub use secrets::{Secret, SecretHash};
pub use throttle::{Limit, Limits};
pub use tokens::NewToken;

use crate::{
    domain::{
        accounts::{EmailAddress, NewAccount, NewPassword, PublicUser, Role, SecretText, SignUp},
        error_code::ErrorCode,
        names::OrganizationName,
    },
    server::{
        foundation::{
            context::RequestContext,
            error::ServiceError,
            shares::{Kind, Share, Shares, Whose},
        },
        notifications::NotificationService,
        organizations::invitations::{invites, notify_waiting},
        postgres::{Database, Event, Transaction},
    },
};
use notices::PasswordChange;
use passwords::Verdict;
use rows::{found_organization, insert_account, load_user, lock_if_first};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use uuid::Uuid;
use webauthn_rs::Webauthn;

/// Held while it is decided who is the first: any number, the same in every server process.
const FIRST_ACCOUNT_LOCK: i64 = 0x0074_7261_696E_0001;

/// The service for everything about accounts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccountService {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    database: Database,
    notifications: NotificationService,
    passwords: Passwords,
    cache: ActorCache,
    /// For questions after who it is, before that is known.
    lookups: Shares,
    rules: Rules,
    /// `None`: the installation has no address that passkeys could belong to.
    passkeys: Option<Webauthn>,
    /// Once there is an account there always is one worth speaking of; saves a question per sign-in
    /// page.
    has_accounts: AtomicBool,
}

/// What an operator decided about accounts.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `None`: administrators decide.
    pub sign_up: Option<SignUp>,
    pub session_days: u16,
    /// Where people reach the installation, as a browser writes it: passkeys belong there.
    pub origin: Option<String>,
    pub limits: Limits,
}

/// A person who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user: PublicUser,
    /// For the cookie; stored nowhere.
    pub secret: Secret,
}

/// What a right password leads to.
#[derive(Clone, Debug)]
pub enum SignInStep {
    Done(SignedIn),
    /// The code is asked for. The secret is for a cookie.
    Code(Secret),
}

impl AccountService {
    pub fn new(database: Database, notifications: NotificationService, rules: Rules) -> Self {
        let inner = Inner {
            database,
            notifications,
            passwords: Passwords::default(),
            cache: ActorCache::default(),
            lookups: Shares::default(),
            passkeys: passkeys::relying_party(rules.origin.as_deref()),
            rules,
            has_accounts: AtomicBool::new(false),
        };
        let accounts = Self { inner: Arc::new(inner) };
        accounts.follow_revocations();
        accounts
    }

    /// Drops from memory what the database says is revoked, until the service itself is dropped.
    fn follow_revocations(&self) {
        let inner = Arc::downgrade(&self.inner);
        self.database().events().on_change(move |event| {
            let Some(inner) = inner.upgrade() else { return };
            match event {
                Event::AccessRevoked { user_id } | Event::MembershipChanged { user_id } => {
                    inner.cache.forget(*user_id);
                }
                Event::Reconnected => inner.cache.forget_all(),
                _ => {}
            }
        });
    }

    pub(in crate::server) fn database(&self) -> &Database {
        &self.inner.database
    }

    pub(in crate::server) fn notifications(&self) -> &NotificationService {
        &self.inner.notifications
    }

    fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    fn limits(&self) -> Limits {
        self.inner.rules.limits
    }

    pub(in crate::server) fn cache(&self) -> &ActorCache {
        &self.inner.cache
    }

    /// A place for asking the database who this is: credentials that nobody knows must not take all
    /// of its connections.
    async fn lookup(&self, ip: Option<IpAddr>) -> Result<Share, ServiceError> {
        self.inner.lookups.take(Kind::Work, Whose::address(ip)).await
    }

    /// Whether revocations are received now, and since which connection.
    fn epoch(&self) -> Option<u64> {
        self.database().events().epoch()
    }

    /// Whether a stranger may make an account now who was not invited.
    pub async fn sign_up_open(&self) -> Result<bool, ServiceError> {
        Ok(self.sign_up_rule().await?.sign_up == SignUp::Open || !self.has_accounts().await?)
    }

    /// Whether anybody has an account here.
    pub async fn has_accounts(&self) -> Result<bool, ServiceError> {
        if self.inner.has_accounts.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let found = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM auth.users) AS "found!""#)
            .fetch_one(self.database().pool())
            .await?;
        self.inner.has_accounts.store(found, Ordering::Relaxed);
        Ok(found)
    }

    /// Makes an account and signs it in. The very first one becomes the administrator and the owner
    /// of an organization. Who was invited before is told now. `invitation`: the token of a mailed
    /// link, for whom sign-up is closed otherwise.
    ///
    /// # Errors
    /// 403 when sign-up is closed and the address was not invited, 429 after many accounts from one
    /// address, 400 when the e-mail address is taken.
    pub async fn sign_up(
        &self,
        request: &RequestContext,
        account: NewAccount,
        invitation: Option<&str>,
    ) -> Result<SignedIn, ServiceError> {
        self.take_sign_up(request.ip).await?;
        let open = self.sign_up_rule().await?.sign_up == SignUp::Open
            || invites(self.database().pool(), &account.email, invitation).await?;
        if !open && self.has_accounts().await? {
            return Err(sign_up_closed());
        }
        let hash = self.passwords().hash(&account.password).await?;
        let mut transaction = self.database().begin().await?;
        let first = lock_if_first(&mut transaction).await?;
        if !first && !open {
            return Err(sign_up_closed());
        }
        let role = if first { Role::Admin } else { Role::Member };
        let user_id = insert_account(&mut transaction, &account, &hash, role).await?;
        if first {
            found_organization(
                &mut transaction,
                user_id,
                &OrganizationName::after_person(&account.display_name),
            )
            .await?;
        }
        notify_waiting(self.notifications(), &mut transaction, user_id).await?;
        sqlx::query!("DELETE FROM auth.sessions WHERE id = $1", request.session_id)
            .execute(&mut *transaction)
            .await?;
        let secret = self.insert_session(&mut transaction, request, user_id).await?;
        let user =
            load_user(&mut transaction, user_id).await?.ok_or(ServiceError::Unauthenticated)?;
        transaction.commit().await?;
        tracing::info!(%user_id, role = role.as_str(), "an account was made");
        Ok(SignedIn { user, secret })
    }

    /// Signs in with e-mail address and password, or asks for the second step. With a password that
    /// an administrator made it takes a `new` one as well, which stands once the person is signed
    /// in.
    ///
    /// # Errors
    /// 401, the same after the same time whether the account is unknown or disabled or the password
    /// wrong; 401 as well for a one-time password that is right and over; 400 with the path
    /// `newPassword` when that is missing or not good enough; 429 after too many attempts.
    pub async fn sign_in(
        &self,
        request: &RequestContext,
        email: &EmailAddress,
        password: &SecretText,
        new: Option<&SecretText>,
    ) -> Result<SignInStep, ServiceError> {
        let taken = self.take_sign_in(request.ip, email).await?;
        let found = sqlx::query!(
            r#"SELECT id, password_hash, disabled_at IS NOT NULL AS "disabled!",
                 one_time_until > now() AS one_time_holds FROM auth.users
               WHERE lower(email) = $1"#,
            email.key()
        )
        .fetch_optional(self.database().pool())
        .await?;
        let stored = found.as_ref().map(|account| account.password_hash.clone());
        let verdict = self.passwords().verify(password.expose(), stored).await?;
        let account = match found {
            Some(account) if verdict != Verdict::Wrong && !account.disabled => account,
            _ => {
                tracing::warn!(ip = ?request.ip, "a sign-in was refused");
                return Err(wrong_credentials());
            }
        };
        self.give_back(taken).await?;
        let chosen = match account.one_time_holds {
            None => None,
            Some(false) => return Err(one_time_over()),
            Some(true) => Some(self.choose(email, password, new).await?),
        };

        let mut transaction = self.database().begin().await?;
        // An administrator may have disabled the account or reset its password meanwhile.
        let unchanged = sqlx::query_scalar!(
            "SELECT id FROM auth.users WHERE id = $1 AND password_hash = $2
               AND disabled_at IS NULL FOR NO KEY UPDATE",
            account.id,
            account.password_hash
        );
        if unchanged.fetch_optional(&mut *transaction).await?.is_none() {
            return Err(wrong_credentials());
        }
        if let (None, Verdict::RightButOutdated(hash)) = (&chosen, verdict) {
            sqlx::query!(
                "UPDATE auth.users SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                account.id,
                hash,
                account.password_hash
            )
            .execute(&mut *transaction)
            .await?;
        }
        if second_factor::is_on(&mut transaction, account.id).await? {
            let chosen = chosen.as_deref();
            let secret = pending::insert_pending(&mut transaction, account.id, chosen).await?;
            transaction.commit().await?;
            return Ok(SignInStep::Code(secret));
        }
        if let Some(hash) = chosen {
            self.replace_one_time_password(&mut transaction, account.id, &hash).await?;
        }
        self.open_session(transaction, request, account.id).await.map(SignInStep::Done)
    }

    /// Signs the browser in, at the end of the transaction that knows who it is.
    async fn open_session(
        &self,
        mut transaction: Transaction,
        request: &RequestContext,
        user_id: Uuid,
    ) -> Result<SignedIn, ServiceError> {
        // Rotation: what the browser carried before is worth nothing from now on, even if somebody
        // else planted it there.
        sqlx::query!(
            "DELETE FROM auth.sessions WHERE id = $1 OR (user_id = $2 AND expires_at < now())",
            request.session_id,
            user_id
        )
        .execute(&mut *transaction)
        .await?;
        let secret = self.insert_session(&mut transaction, request, user_id).await?;
        let user = load_user(&mut transaction, user_id).await?.ok_or_else(wrong_credentials)?;
        transaction.commit().await?;
        if let Some(actor) = &request.actor {
            self.cache().forget(actor.user_id);
        }
        tracing::info!(user_id = %user.id, "signed in");
        Ok(SignedIn { user, secret })
    }

    /// The password that follows a one-time password, to be stored.
    async fn choose(
        &self,
        email: &EmailAddress,
        one_time: &SecretText,
        new: Option<&SecretText>,
    ) -> Result<String, ServiceError> {
        let wrong = |message: String| ServiceError::field("newPassword", message);
        let new = new.filter(|new| !new.expose().is_empty()).ok_or_else(|| {
            wrong("An administrator made this password. Choose your own to go on.".into())
        })?;
        if new == one_time {
            return Err(wrong("Choose another than the one that was made for you.".into()));
        }
        let new = NewPassword::parse(new.expose(), Some(email)).map_err(wrong)?;
        self.passwords().hash(&new).await
    }

    /// Uses a one-time password up: what its person chose stands, and they are told, since it may
    /// have been somebody else.
    async fn replace_one_time_password(
        &self,
        transaction: &mut Transaction,
        user_id: Uuid,
        hash: &str,
    ) -> Result<(), ServiceError> {
        people::set_password(transaction, user_id, hash, None).await?;
        self.tell(transaction, user_id, &PasswordChange::OneTime.told()).await
    }
}

fn sign_up_closed() -> ServiceError {
    ServiceError::refused(
        ErrorCode::SignUpClosed,
        "Sign-up is closed: only an address that was invited can have an account here.",
    )
}

fn one_time_over() -> ServiceError {
    ServiceError::refused(
        ErrorCode::WrongCredentials,
        "This one-time password is no longer valid. Ask an administrator for another.",
    )
}

fn wrong_credentials() -> ServiceError {
    ServiceError::refused(ErrorCode::WrongCredentials, "Incorrect e-mail or password.")
}
