//! Passwords at rest: argon2id, on threads of their own, few at a time.

use crate::{
    domain::{accounts::NewPassword, error_code::ErrorCode},
    server::foundation::error::ServiceError,
};
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher as _, PasswordVerifier, phc::PasswordHash},
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::Semaphore;

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// After this long in the queue, a person would rather hear that we are busy.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What comparing a typed password with a stored one found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but stored with other parameters than today's: store this hash instead.
    RightButOutdated(String),
}

/// Hashes and compares passwords. Each takes 19 MiB and tens of milliseconds of one core, so only
/// as many run at once as there are cores, on the pool for blocking work, where they delay nobody
/// else's request.
#[derive(Clone, Debug)]
pub struct Passwords {
    slots: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { slots: Arc::new(Semaphore::new(cores.clamp(1, 4))) }
    }
}

impl Passwords {
    /// The PHC string to store.
    pub async fn hash(&self, password: &NewPassword) -> Result<String, ServiceError> {
        let password = password.expose().to_owned();
        self.run(move || hash(&password)).await
    }

    /// Compares a typed password with the stored hash. Without a stored one (unknown account) it
    /// does the same work, so that the time of the answer does not tell which accounts exist.
    pub async fn verify(
        &self,
        typed: &str,
        stored: Option<String>,
    ) -> Result<Verdict, ServiceError> {
        // A longer one cannot be anybody's password; hashing megabytes would only serve an
        // attacker.
        let typed: String = typed.chars().take(NewPassword::MAX_LENGTH + 1).collect();
        self.run(move || verify(&typed, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let slot =
            tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.slots).acquire_owned()).await;
        let Ok(Ok(slot)) = slot else {
            let message =
                "Too many people are signing in at this moment. Try again in a few seconds.";
            return Err(ServiceError::refused(ErrorCode::Busy, message));
        };
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        done.await
            .map_err(|error| ServiceError::Internal(format!("hashing a password: {error}")))?
            .map_err(ServiceError::Internal)
    }
}

fn argon2() -> Result<Argon2<'static>, String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| format!("argon2 parameters: {error}"))?;
    Ok(Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, String> {
    let hash = argon2()?.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| format!("hashing a password: {error}"))
}

fn verify(typed: &str, stored: Option<&str>) -> Result<Verdict, String> {
    let Some(stored) = stored else {
        // Made once, with today's parameters, from a password that nobody can type.
        static NOBODY: OnceLock<Result<String, String>> = OnceLock::new();
        let nobody = NOBODY.get_or_init(|| hash("\u{0}nobody has this password")).clone()?;
        compare(typed, &nobody)?;
        return Ok(Verdict::Wrong);
    };
    if !compare(typed, stored)? {
        return Ok(Verdict::Wrong);
    }
    if is_current(stored) { Ok(Verdict::Right) } else { hash(typed).map(Verdict::RightButOutdated) }
}

fn compare(typed: &str, stored: &str) -> Result<bool, String> {
    let parsed = PasswordHash::new(stored)
        .map_err(|error| format!("a stored password hash is damaged: {error}"))?;
    match argon2()?.verify_password(typed.as_bytes(), &parsed) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(format!("comparing a password: {error}")),
    }
}

fn is_current(stored: &str) -> bool {
    stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn recognizes_its_own_and_nothing_else() {
        let passwords = Passwords::default();
        let chosen = NewPassword::parse("a quiet green meadow", None).unwrap();
        let stored = passwords.hash(&chosen).await.unwrap();
        assert!(is_current(&stored), "{stored}");
        assert_ne!(
            stored,
            passwords.hash(&chosen).await.unwrap(),
            "every hash has a salt of its own"
        );
        assert_eq!(
            passwords.verify("a quiet green meadow", Some(stored.clone())).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(
            passwords.verify("a quiet green meadoW", Some(stored)).await.unwrap(),
            Verdict::Wrong
        );
        assert_eq!(
            passwords.verify("\u{0}nobody has this password", None).await.unwrap(),
            Verdict::Wrong
        );
        assert!(passwords.verify("x", Some("$argon2id$damaged".into())).await.is_err());
    }

    #[tokio::test]
    async fn a_hash_with_older_parameters_is_renewed() {
        let weaker = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let stored = weaker.hash_password(b"a quiet green meadow").unwrap().to_string();
        let passwords = Passwords::default();
        match passwords.verify("a quiet green meadow", Some(stored.clone())).await.unwrap() {
            Verdict::RightButOutdated(renewed) => {
                assert!(is_current(&renewed));
                assert_eq!(
                    passwords.verify("a quiet green meadow", Some(renewed)).await.unwrap(),
                    Verdict::Right
                );
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(passwords.verify("wrong", Some(stored)).await.unwrap(), Verdict::Wrong);
    }
}
