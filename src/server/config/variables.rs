//! Every variable that is read, what it means and what applies without it: the table of README.md
//! and of `train variables`.

use crate::domain::{
    admin::EnvironmentVariable,
    ai::{AiConfig, catalog::FIELDS, environment::variable, models::Catalog},
    merge_patch::get,
};
use serde_json::Value;

/// One variable. Values and names are in backticks, as in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// What applies without it; empty where that is nothing.
    pub default: String,
    pub meaning: String,
}

/// Those that are or may hold a secret: nobody is shown their values.
const SECRET: [&str; 7] = [
    "DATABASE_URL",
    "TRAIN_BACKUP_DATABASE_URL",
    "TRAIN_VAULT_KEY",
    "TRAIN_VAULT_PREVIOUS_KEY",
    "SMTP_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_API_BASE_URL",
];

/// Name, default, meaning.
type Row = (&'static str, &'static str, &'static str);

const SERVER: &[Row] = &[
    ("TRAIN_ADDR", "`127.0.0.1:3000`", "address and port to listen on"),
    (
        "TRAIN_DATA_DIR",
        "`.train`",
        "where the embedded database, its logs and `vault.key` lie, and backups unless \
         `TRAIN_BACKUP_DIR` says otherwise",
    ),
    (
        "DATABASE_URL",
        "",
        "an external PostgreSQL, `postgres://user:password@host/database`; without it the server \
         runs its own",
    ),
    (
        "TRAIN_PUBLIC_URL",
        "",
        "how browsers reach the server when a proxy stands before it, \
         `https://train.example.com`; with `https` cookies are Secure and HSTS is sent",
    ),
    (
        "TRAIN_SIGN_UP",
        "what administrators set at `/admin/people`; at first `open`",
        "`open`: anybody may make an account; `closed`: only who was invited, and the first one; \
         further ones by `train admin create`",
    ),
    (
        "TRAIN_TRUSTED_PROXIES",
        "none",
        "addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: \
         `10.0.0.0/8, ::1`",
    ),
    (
        "TRAIN_SESSION_DAYS",
        "`30`",
        "days after which an unused session ends, 1–365; a session in use ends after three times \
         that",
    ),
    (
        "TRAIN_HISTORY_DAYS",
        "`730`",
        "days after which a change goes from the history into the archive, 30–36500; `0` keeps \
         everything",
    ),
    (
        "TRAIN_LEDGER_DAYS",
        "`730`",
        "days after which attempts to generate, and what was spent in past days, weeks and \
         months, are removed, 400–36500; `0` keeps everything",
    ),
    (
        "TRAIN_BACKUP_DIR",
        "`backups` in `TRAIN_DATA_DIR`",
        "where backups of the database are written, for the server's user alone",
    ),
    (
        "TRAIN_BACKUP_DATABASE_URL",
        "that of `DATABASE_URL`",
        "the external database again, as a role that row-level security does not bind, for \
         backups; not needed with the server's own",
    ),
    (
        "TRAIN_WORKING_HOURS_ZONE",
        "`UTC`",
        "the time zone of the working hours, 9:00 to 17:00, in which maintenance that locks \
         people out needs a reason: `Europe/Berlin`",
    ),
    (
        "TRAIN_VAULT_KEY",
        "",
        "the master key of stored keys, 32 random bytes in base64 or hexadecimal; without it the \
         server with its own database makes `vault.key` in its data directory, unless keys are \
         stored under one that is missing",
    ),
    (
        "TRAIN_VAULT_PREVIOUS_KEY",
        "",
        "the master key before `TRAIN_VAULT_KEY`, until `train vault rotate` is done",
    ),
    (
        "SMTP_URL",
        "",
        "where mail is handed in: `smtps://user:password@mail.example.com`, or `smtp://…:587` for \
         STARTTLS; `?tls=none` goes without encryption. Without it no mail is sent",
    ),
    (
        "TRAIN_MAIL_FROM",
        "",
        "the sender of mail, `Train <train@example.com>`; needed beside `SMTP_URL`",
    ),
    (
        "ANTHROPIC_API_KEY",
        "",
        "the API key of Claude that is used where neither the person nor their organization \
         stored one",
    ),
    (
        "ANTHROPIC_API_BASE_URL",
        "`https://api.anthropic.com`",
        "where Claude is asked: `https://` or `http://`, also a gateway that speaks the same, \
         with or without a path; `/v1` or `/v1/messages` at its end makes no difference",
    ),
    (
        "TRAIN_BENCHMARK_WITHOUT_GATES",
        "",
        "only for benchmarks: `yes` lets generations pass no budget, rate or concurrency; refused \
         unless `ANTHROPIC_API_BASE_URL` is an `http://` address of this machine, where nothing \
         is billed",
    ),
];

const LOG: &[Row] = &[
    (
        "TRAIN_LOG",
        "`info`",
        "what is logged: `error`, `warn`, `info`, `debug`, `trace`, or by target, \
         `info,train=debug`",
    ),
    ("TRAIN_LOG_FORMAT", "`text`", "`text` for people, `json` for a log collector"),
];

/// All of them, in the order of the table.
pub fn variables() -> Vec<Variable> {
    let own = |rows: &[Row]| {
        let rows = rows.iter().map(|&(name, default, meaning)| Variable {
            name: name.into(),
            default: default.into(),
            meaning: meaning.into(),
        });
        rows.collect::<Vec<_>>()
    };
    [own(SERVER), ai(), own(LOG)].concat()
}

/// What the environment sets, in the order of the table; an empty one counts as not set.
pub fn values(lookup: impl Fn(&str) -> Option<String>) -> Vec<EnvironmentVariable> {
    let read = |Variable { name, .. }| {
        let value = lookup(&name).filter(|value| !value.trim().is_empty());
        let is_set = value.is_some();
        let value = value.filter(|_| !SECRET.contains(&name.as_str()));
        EnvironmentVariable { name, is_set, value }
    };
    variables().into_iter().map(read).collect()
}

/// One per field of an AI configuration.
fn ai() -> Vec<Variable> {
    let defaults = AiConfig::defaults(Catalog::built_in()).to_json();
    let fields = FIELDS.iter().map(|field| {
        let unit = if field.unit.is_empty() { String::new() } else { format!(" ({})", field.unit) };
        Variable {
            name: variable(field),
            default: get(&defaults, field.path).map(written).unwrap_or_default(),
            meaning: format!("{} Allowed: {}{unit}", field.description, field.kind.allowed()),
        }
    });
    fields.collect()
}

/// A value as a variable holds it.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(parts) => {
            let parts = parts.iter().map(Value::to_string).collect::<Vec<_>>();
            format!("`{}`", parts.join(", "))
        }
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;
    use std::{cell::RefCell, env, fs};

    const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    const BEGIN: &str = "<!-- written by scripts/variables -->\n";
    const END: &str = "<!-- end -->\n";
    /// `scripts/variables` sets this to write the table anew.
    const KEEP: &str = "TRAIN_KEEP_VARIABLES";

    fn table() -> String {
        let mut table = "| variable | meaning | default |\n|---|---|---|\n".to_owned();
        for Variable { name, default, meaning } in variables() {
            let default = if default.is_empty() { default } else { format!(" {default}") };
            table.push_str(&format!("| `{name}` | {meaning} |{default} |\n"));
        }
        table
    }

    #[test]
    fn the_readme_has_the_table() {
        let readme = fs::read_to_string(README).unwrap();
        let (before, rest) = readme.split_once(BEGIN).unwrap();
        let (kept, after) = rest.split_once(END).unwrap();
        if env::var_os(KEEP).is_some() {
            fs::write(README, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
            return;
        }
        assert_eq!(kept, table(), "README.md differs from the program: run scripts/variables");
    }

    #[test]
    fn every_variable_that_is_read_is_described_and_no_other() {
        let read = RefCell::new(Vec::new());
        Config::read(|name| {
            read.borrow_mut().push(name.to_owned());
            None
        })
        .unwrap();
        let mut read = read.into_inner();
        let mut described = variables().into_iter().map(|it| it.name).collect::<Vec<_>>();
        read.sort();
        described.sort();
        assert_eq!(read, described);
    }

    #[test]
    fn no_value_of_a_secret_is_told() {
        let told = values(|name| (name != "TRAIN_LOG").then(|| "postgres://u:secret@db".into()));
        for variable in &told {
            let EnvironmentVariable { name, is_set, value } = variable;
            assert_eq!(*is_set, name != "TRAIN_LOG", "{name}");
            let may_be_secret = ["KEY", "PASSWORD", "SECRET", "DATABASE_URL", "SMTP", "BASE_URL"];
            if may_be_secret.iter().any(|part| name.contains(part)) {
                assert_eq!(*value, None, "{name}: say in SECRET that it holds one");
            }
        }
        for name in SECRET {
            assert!(told.iter().any(|variable| variable.name == name), "{name} is no variable");
        }
    }

    /// A default that is one value says what applies: set explicitly, it changes nothing.
    #[test]
    fn the_defaults_are_those_of_the_program() {
        let rows = [SERVER, LOG].concat();
        let value = |name: &str| {
            let (_, default, _) = rows.iter().find(|(own, ..)| *own == name)?;
            let value = default.strip_prefix('`')?.strip_suffix('`')?;
            (!value.contains('`')).then(|| Ok(value.to_owned()))
        };
        let described = Config::read(value).unwrap();
        assert_eq!(format!("{described:?}"), format!("{:?}", Config::default()));
    }
}
