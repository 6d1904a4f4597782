//! What an operator can set: read once at start from the environment. A bad value stops the start
//! and says what is allowed. [`variables`] describes them all; tests hold that against what is read
//! here, and the table of README.md against that.
//!
//! The `ANTHROPIC_…` variables but the key and the address are one per field of
//! `domain::ai::catalog`, the lowest layer above the built-in defaults.

mod kept;
mod mail;
mod proxies;
mod public_url;
mod retention;
mod variables;

pub use mail::{MailSettings, SmtpServer};
pub use proxies::TrustedProxies;
pub use public_url::PublicUrl;
pub use retention::retention;
pub use variables::{Variable, values, variables};

/// Who may make an account.
pub use crate::domain::accounts::SignUp;

use crate::server::{
    ai::AiEnvironment,
    database::backups::{BackupSettings, DumpRole},
    vault::{Keyring, MasterKey},
};
use chrono_tz::Tz;
use std::{borrow::Cow, fmt, net::SocketAddr, path::PathBuf, str::FromStr};

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The address of the database, which holds a password: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        // Never repeat the value: it holds a password.
        let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if known { Ok(Self(text.into())) } else { Err("it must begin with postgres://".into()) }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseUrl(hidden)")
    }
}

/// Everything an operator can set. [`variables`] describes it.
#[derive(Clone, Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub data_dir: PathBuf,
    pub database_url: Option<DatabaseUrl>,
    pub backup_dir: Option<PathBuf>,
    pub backup_database_url: Option<DatabaseUrl>,
    pub public_url: Option<PublicUrl>,
    /// Who may make an account; `None`: what administrators decided.
    pub sign_up: Option<SignUp>,
    pub trusted_proxies: TrustedProxies,
    pub session_days: u16,
    /// The master keys of stored keys, when the operator set them.
    pub vault_keys: Option<Keyring>,
    /// The layer of the environment in every AI configuration: `ANTHROPIC_…`, see
    /// `domain::ai::environment`.
    pub ai: AiEnvironment,
    /// How mail is sent; `None`: it is not.
    pub mail: Option<MailSettings>,
    /// After how many days a change goes into the archive; `None` never.
    pub history_days: Option<u32>,
    /// After how many days the ledger and spending go; `None` never.
    pub ledger_days: Option<u32>,
    /// Where it is working time from 9:00 to 17:00.
    pub working_hours_zone: Tz,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub log: String,
    pub log_format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data_dir: ".train".into(),
            database_url: None,
            backup_dir: None,
            backup_database_url: None,
            public_url: None,
            sign_up: None,
            trusted_proxies: TrustedProxies::default(),
            session_days: 30,
            vault_keys: None,
            ai: AiEnvironment::default(),
            mail: None,
            history_days: Some(730),
            ledger_days: Some(730),
            working_hours_zone: Tz::UTC,
            log: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}

/// A variable that cannot be used, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not usable: {problem}")]
pub struct ConfigError {
    pub variable: Cow<'static, str>,
    pub problem: String,
}

impl Config {
    /// Reads the process's environment. All bad values are told at once.
    pub fn from_environment() -> Result<Self, Vec<ConfigError>> {
        Self::read(|name| match std::env::var(name) {
            Ok(value) => Some(Ok(value)),
            Err(std::env::VarError::NotPresent) => None,
            Err(std::env::VarError::NotUnicode(_)) => Some(Err("it is not UTF-8 text".into())),
        })
    }

    /// Where backups are, and as whom they are made.
    pub fn backups(&self) -> BackupSettings {
        let url =
            self.database_url.as_ref().map(|url| self.backup_database_url.as_ref().unwrap_or(url));
        BackupSettings {
            directory: self.backup_dir.clone().unwrap_or_else(|| self.data_dir.join("backups")),
            role: url.map_or(DumpRole::Embedded, |url| DumpRole::Url(url.expose().to_owned())),
        }
    }

    /// An empty variable counts as not set: that is how many deployment tools write "nothing".
    fn read(
        lookup: impl Fn(&str) -> Option<Result<String, String>>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader { lookup, errors: Vec::new() };
        let usual = Self::default();
        let config = Self {
            address: reader
                .value("TRAIN_ADDR", |text| {
                    parse(text, "an address and a port, such as 127.0.0.1:3000 or [::]:3000")
                })
                .unwrap_or(usual.address),
            data_dir: reader
                .value("TRAIN_DATA_DIR", |text| Ok(text.into()))
                .unwrap_or(usual.data_dir),
            database_url: reader.value("DATABASE_URL", DatabaseUrl::parse),
            backup_dir: reader.value("TRAIN_BACKUP_DIR", |text| Ok(text.into())),
            backup_database_url: reader.value("TRAIN_BACKUP_DATABASE_URL", DatabaseUrl::parse),
            public_url: reader.value("TRAIN_PUBLIC_URL", PublicUrl::parse),
            sign_up: reader.value("TRAIN_SIGN_UP", |text| {
                word(text, &[("open", SignUp::Open), ("closed", SignUp::Closed)])
            }),
            trusted_proxies: reader
                .value("TRAIN_TRUSTED_PROXIES", TrustedProxies::parse)
                .unwrap_or_default(),
            session_days: reader
                .value("TRAIN_SESSION_DAYS", |text| {
                    let allowed = "a whole number of days from 1 to 365";
                    parse(text, allowed).and_then(|days: u16| {
                        if (1..=365).contains(&days) {
                            Ok(days)
                        } else {
                            Err(not_allowed(text, allowed))
                        }
                    })
                })
                .unwrap_or(usual.session_days),
            vault_keys: reader.vault_keys(),
            ai: reader.ai(),
            mail: reader.mail(),
            history_days: reader
                .value("TRAIN_HISTORY_DAYS", |text| kept::days(text, 30))
                .unwrap_or(usual.history_days),
            ledger_days: reader
                .value("TRAIN_LEDGER_DAYS", |text| kept::days(text, 400))
                .unwrap_or(usual.ledger_days),
            working_hours_zone: reader
                .value("TRAIN_WORKING_HOURS_ZONE", |text| {
                    parse(text, "the name of a time zone, such as Europe/Berlin or UTC")
                })
                .unwrap_or(usual.working_hours_zone),
            log: reader
                .value("TRAIN_LOG", |text| {
                    let allowed =
                        "error, warn, info, debug, trace, or directives such as info,train=debug";
                    tracing_subscriber::EnvFilter::try_new(text)
                        .map(|_| text.to_owned())
                        .map_err(|_| not_allowed(text, allowed))
                })
                .unwrap_or(usual.log),
            log_format: reader
                .value("TRAIN_LOG_FORMAT", |text| {
                    word(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)])
                })
                .unwrap_or(usual.log_format),
        };
        if reader.errors.is_empty() { Ok(config) } else { Err(reader.errors) }
    }
}

struct Reader<L> {
    lookup: L,
    errors: Vec<ConfigError>,
}

impl<L: Fn(&str) -> Option<Result<String, String>>> Reader<L> {
    fn value<T>(
        &mut self,
        variable: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let parsed = match (self.lookup)(variable)? {
            Ok(text) if text.trim().is_empty() => return None,
            Ok(text) => read(text.trim()),
            Err(problem) => Err(problem),
        };
        parsed
            .map_err(|problem| self.errors.push(ConfigError { variable: variable.into(), problem }))
            .ok()
    }
}

impl<L: Fn(&str) -> Option<Result<String, String>>> Reader<L> {
    fn vault_keys(&mut self) -> Option<Keyring> {
        // Never repeat the value.
        let read = |text: &str| MasterKey::parse(text).map_err(|error| error.to_string());
        let current = self.value("TRAIN_VAULT_KEY", read);
        let previous = self.value("TRAIN_VAULT_PREVIOUS_KEY", read);
        if current.is_none() && previous.is_some() {
            let problem = "it needs TRAIN_VAULT_KEY, the key that follows it, beside it".to_owned();
            self.errors.push(ConfigError { variable: "TRAIN_VAULT_PREVIOUS_KEY".into(), problem });
        }
        current.map(|current| Keyring::new(current, previous.into_iter().collect()))
    }

    fn mail(&mut self) -> Option<MailSettings> {
        let server = self.value("SMTP_URL", SmtpServer::parse);
        let problems = self.errors.len();
        let from = self.value("TRAIN_MAIL_FROM", mail::sender);
        if server.is_some() && from.is_none() && self.errors.len() == problems {
            let problem =
                "it is needed beside SMTP_URL: the sender, such as Train <train@example.com>"
                    .to_owned();
            self.errors.push(ConfigError { variable: "TRAIN_MAIL_FROM".into(), problem });
        }
        server.zip(from).map(|(server, from)| MailSettings { server, from })
    }

    fn ai(&mut self) -> AiEnvironment {
        match AiEnvironment::read(|name| (self.lookup)(name).and_then(Result::ok)) {
            Ok(environment) => environment,
            Err(error) => {
                self.errors
                    .push(ConfigError { variable: error.variable.into(), problem: error.message });
                AiEnvironment::default()
            }
        }
    }
}

fn not_allowed(text: &str, allowed: &str) -> String {
    format!("“{text}” is not {allowed}")
}

fn parse<T: FromStr>(text: &str, allowed: &str) -> Result<T, String> {
    text.parse().map_err(|_| not_allowed(text, allowed))
}

fn word<T: Copy>(text: &str, allowed: &[(&str, T)]) -> Result<T, String> {
    let found = allowed.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        not_allowed(text, &allowed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
        Config::read(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| Ok((*value).to_owned()))
        })
    }

    #[test]
    fn nothing_set_is_the_documented_default() {
        let config = read(&[("TRAIN_ADDR", " ")]).unwrap();
        assert_eq!(config.address.to_string(), "127.0.0.1:3000");
        assert_eq!((config.session_days, config.sign_up), (30, None));
        assert!(config.database_url.is_none() && config.public_url.is_none());
    }

    #[test]
    fn every_bad_value_is_named_with_what_is_allowed() {
        let bad = [
            ("TRAIN_ADDR", "localhost"),
            ("DATABASE_URL", "mysql://root:secret@db"),
            ("TRAIN_BACKUP_DATABASE_URL", "secret@db"),
            ("TRAIN_PUBLIC_URL", "train.example.com"),
            ("TRAIN_SIGN_UP", "maybe"),
            ("TRAIN_TRUSTED_PROXIES", "10.0.0.0/40"),
            ("TRAIN_SESSION_DAYS", "0"),
            ("TRAIN_VAULT_KEY", "changeme secret"),
            ("SMTP_URL", "smtp://user:secret@"),
            ("TRAIN_MAIL_FROM", "nobody"),
            ("TRAIN_LEDGER_DAYS", "90"),
            ("TRAIN_WORKING_HOURS_ZONE", "Mars/Olympus"),
            ("TRAIN_LOG", "train=loud"),
            ("TRAIN_LOG_FORMAT", "xml"),
        ];
        let errors = read(&bad).unwrap_err();
        assert_eq!(
            errors.iter().map(|error| &*error.variable).collect::<Vec<_>>(),
            bad.map(|(name, _)| name)
        );
        let all = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(!all.contains("secret"), "{all}");
        assert!(
            all.contains("TRAIN_SIGN_UP is not usable: “maybe” is not open or closed"),
            "{all}"
        );
    }

    #[test]
    fn mail_needs_its_sender() {
        let errors = read(&[("SMTP_URL", "smtps://user:secret@mail.example.com")]).unwrap_err();
        assert_eq!(
            errors.iter().map(|error| &*error.variable).collect::<Vec<_>>(),
            ["TRAIN_MAIL_FROM"]
        );
        let both = [
            ("SMTP_URL", "smtps://user:secret@mail.example.com"),
            ("TRAIN_MAIL_FROM", "train@example.com"),
        ];
        let config = read(&both).unwrap();
        assert!(config.mail.is_some() && !format!("{config:?}").contains("secret"));
        assert!(read(&both[1..]).unwrap().mail.is_none(), "a sender alone sends nothing");
    }

    #[test]
    fn the_database_password_is_not_shown() {
        let config = read(&[("DATABASE_URL", "postgres://train:secret@db/train")]).unwrap();
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn backups_are_made_as_the_role_that_is_meant_for_them() {
        assert_eq!(read(&[]).unwrap().backups().role, DumpRole::Embedded);
        let external =
            [("DATABASE_URL", "postgres://train@db/train"), ("TRAIN_BACKUP_DIR", "/srv/backups")];
        let settings = read(&external).unwrap().backups();
        assert_eq!(settings.role, DumpRole::Url("postgres://train@db/train".into()));
        assert_eq!(settings.directory, PathBuf::from("/srv/backups"));
        let own = read(&[external[0], ("TRAIN_BACKUP_DATABASE_URL", "postgres://all@db/train")])
            .unwrap()
            .backups();
        assert_eq!(own.role, DumpRole::Url("postgres://all@db/train".into()));
    }
}
