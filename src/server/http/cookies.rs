//! The cookies of the server: the session, a sign-in that waits for its second step, what became of
//! a form, which is shown once, and what a browser keeps for itself.
//!
//! Browsers share the cookies of a host between all its ports, so two installations on one host
//! meet in one jar. Each names its cookies after itself; those of the other are left alone.

use crate::{
    api::boot::Flash,
    domain::preferences::{Overrides, device},
    server::{
        accounts::{Secret, pending_seconds},
        foundation::error::ServiceError,
        postgres::{Database, Pool},
    },
};
use http::{HeaderMap, HeaderValue, header};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// How the name of a session cookie begins, of this installation or another.
pub const SESSION: &str = "train_session";
const PENDING: &str = "train_sign_in";
const FLASH: &str = "train_flash";
const DEVICE: &str = "train_device";
const STEPS: &str = "train_steps";
/// Browsers take 4 KiB for a cookie with its name and attributes; hexadecimal doubles the content.
const LARGEST_FLASH: usize = 1800;

/// The cookies of one installation.
#[derive(Clone)]
pub struct Cookies(Arc<Inner>);

struct Inner {
    database: Database,
    names: OnceCell<Names>,
}

/// What the cookies of this installation are called.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Names {
    session: String,
    pending: String,
    flash: String,
    device: String,
    steps: String,
}

impl Names {
    fn of(installation: Uuid) -> Self {
        let digits = &installation.simple().to_string()[..8];
        let name = |kind: &str| format!("{kind}_{digits}");
        Self {
            session: name(SESSION),
            pending: name(PENDING),
            flash: name(FLASH),
            device: name(DEVICE),
            steps: name(STEPS),
        }
    }
}

impl Cookies {
    pub fn new(database: Database) -> Self {
        Self(Arc::new(Inner { database, names: OnceCell::new() }))
    }

    /// Finds out what the cookies are called, once in the life of the process. Until then there is
    /// none that could be read or set.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn learn(&self) -> Result<(), ServiceError> {
        let names = self.0.names.get_or_try_init(|| async {
            installation(self.0.database.pool()).await.map(Names::of)
        });
        names.await?;
        Ok(())
    }

    fn names(&self) -> Option<&Names> {
        self.0.names.get()
    }

    /// The secret of the session that the request brings.
    pub fn read_session<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        read(headers, &self.names()?.session)
    }

    /// Keeps the session for so many seconds. Scripts cannot read it; other sites' posts do not
    /// carry it.
    pub fn session(&self, secret: &str, seconds: u32, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.session, secret, seconds, secure)
    }

    /// Takes the session cookie away.
    pub fn no_session(&self, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.session, "", 0, secure)
    }

    /// Keeps what a browser with the right password is asked for the second step by.
    pub fn pending(&self, secret: &Secret, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.pending, secret.expose(), pending_seconds(), secure)
    }

    /// The same as the request brings it back.
    pub fn read_pending<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        read(headers, &self.names()?.pending)
    }

    /// Takes it away: the second step is done.
    pub fn no_pending(&self, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.pending, "", 0, secure)
    }

    /// Whether a `Set-Cookie` is about the session.
    pub fn is_session(&self, value: &HeaderValue) -> bool {
        self.names().is_some_and(|names| {
            let rest = value.as_bytes().strip_prefix(names.session.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b"="))
        })
    }

    /// Keeps what became of a form for the page that follows.
    pub fn flash(&self, flash: &Flash, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.flash, &write_flash(flash)?, 60, secure)
    }

    /// What became of a form, as the request brings it back.
    pub fn read_flash(&self, headers: &HeaderMap) -> Option<Flash> {
        serde_json::from_slice(&hex::decode(read(headers, &self.names()?.flash)?).ok()?).ok()
    }

    /// Takes it away: it is shown once.
    pub fn no_flash(&self, secure: bool) -> Option<HeaderValue> {
        cookie(&self.names()?.flash, "", 0, secure)
    }

    /// True when the request brought the cookie, readable or not.
    pub fn has_flash(&self, headers: &HeaderMap) -> bool {
        self.names().is_some_and(|names| read(headers, &names.flash).is_some())
    }

    /// What the cookie is called in which a browser keeps values for itself; its own pages write
    /// it.
    pub fn device_name(&self) -> Option<&str> {
        self.names().map(|names| names.device.as_str())
    }

    /// What this browser keeps for itself.
    pub fn read_device(&self, headers: &HeaderMap) -> Overrides {
        let value = self.names().and_then(|names| read(headers, &names.device));
        value.map(device::parse).unwrap_or_default()
    }

    /// What the cookie is called by which a browser keeps the list of first steps closed; its own
    /// pages write it.
    pub fn steps_name(&self) -> Option<&str> {
        self.names().map(|names| names.steps.as_str())
    }

    /// Whether this browser keeps the list of first steps closed.
    pub fn are_steps_closed(&self, headers: &HeaderMap) -> bool {
        self.names()
            .is_some_and(|names| read(headers, &names.steps).is_some_and(|it| it == "closed"))
    }
}

/// The installation's identifier. The first server that asks makes it; a database that only reads,
/// as during a failover, has it already.
async fn installation(pool: &Pool) -> Result<Uuid, sqlx::Error> {
    let known = sqlx::query_scalar!("SELECT identifier FROM auth.installation")
        .fetch_optional(pool)
        .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    sqlx::query!("INSERT INTO auth.installation DEFAULT VALUES ON CONFLICT DO NOTHING")
        .execute(pool)
        .await?;
    sqlx::query_scalar!("SELECT identifier FROM auth.installation").fetch_one(pool).await
}

/// Whether a request brings a session, of this installation or another: a browser sent it, not a
/// program.
pub fn has_session(headers: &HeaderMap) -> bool {
    pairs(headers).any(|(name, _)| name.starts_with(SESSION))
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    pairs(headers).find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn write_flash(flash: &Flash) -> Option<String> {
    let mut flash = flash.clone();
    let mut text = serde_json::to_vec(&flash).ok()?;
    if let (true, Flash::Refused(form)) = (text.len() > LARGEST_FLASH, &mut flash) {
        form.values.clear();
        form.error.errors.clear();
        text = serde_json::to_vec(&flash).ok()?;
    }
    (text.len() <= LARGEST_FLASH).then(|| hex::encode(text))
}

fn cookie(name: &str, value: &str, seconds: u32, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // A cookie that is not a header value cannot be: the values above are hexadecimal.
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{boot::RefusedForm, error::ApiError},
        domain::error_code::ErrorCode,
    };

    fn brought_back(flash: &Flash) -> Flash {
        let text = write_flash(flash).unwrap();
        let header = cookie("train_flash_00000000", &text, 60, true).unwrap();
        assert!(header.len() < 4096);
        serde_json::from_slice(&hex::decode(text).unwrap()).unwrap()
    }

    #[test]
    fn finds_its_own_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=b; xtrain_session_1=no; train_session_1=yes"),
        );
        headers.append(header::COOKIE, HeaderValue::from_static("c=d"));
        assert_eq!(read(&headers, "train_session_1"), Some("yes"));
        assert_eq!(read(&headers, "train_session_2"), None);
        assert_eq!(read(&headers, "c"), Some("d"));
        assert!(has_session(&headers));
    }

    #[test]
    fn a_refused_form_is_kept_and_a_huge_one_without_its_values() {
        let kept = |values: &str| {
            let error = ApiError::new(ErrorCode::WrongCredentials, "Incorrect e-mail or password.");
            let values = [("email".to_owned(), values.to_owned())].into();
            let form = RefusedForm { error, values };
            match brought_back(&Flash::Refused(form.clone())) {
                Flash::Refused(back) => (form, back),
                done => panic!("{done:?}"),
            }
        };
        let (sent, back) = kept("anna@example.com; “quoted”");
        assert_eq!(sent, back);
        let (sent, back) = kept(&"x".repeat(5000));
        assert_eq!(sent.error, back.error);
        assert!(back.values.is_empty());
    }

    #[test]
    fn what_a_form_has_done_is_kept() {
        let done = Flash::Done { done: "You are a member of “Team” now.".into() };
        assert_eq!(brought_back(&done), done);
    }

    #[test]
    fn is_secure_only_behind_tls() {
        assert!(cookie("a", "b", 60, true).unwrap().to_str().unwrap().ends_with("; Secure"));
        let plain = cookie("a", "b", 60, false).unwrap();
        assert_eq!(plain, "a=b; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn installations_name_their_cookies_apart() {
        let (one, other) = (Uuid::from_u128(1 << 100), Uuid::from_u128(2 << 100));
        assert_ne!(Names::of(one), Names::of(other));
        assert_eq!(Names::of(one).session, "train_session_00000010");
    }
}
