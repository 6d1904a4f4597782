//! What the operator sets for every generation of the installation: `ANTHROPIC_…` variables, the
//! layer above the built-in defaults.

use crate::{
    domain::ai::{
        Overrides,
        environment::{EnvironmentError, check_environment, from_environment},
        keys::check_key,
        models::Catalog,
        save::Rules,
    },
    server::claude::ApiKey,
};
use chrono::Utc;
use reqwest::Url;

/// Where Claude is when nobody says otherwise.
const ANTHROPIC: &str = "https://api.anthropic.com";
const WITHOUT_GATES: &str = "TRAIN_BENCHMARK_WITHOUT_GATES";

/// The environment's layer, key and address. A bad value stops the start.
#[derive(Clone, Debug)]
pub struct AiEnvironment {
    pub overrides: Overrides,
    pub key: Option<ApiKey>,
    pub base_url: String,
    /// For benchmarks: generations pass no gate. Only where Claude is a stand-in on this machine,
    /// so that it can never be switched off for money.
    pub without_gates: bool,
}

impl Default for AiEnvironment {
    fn default() -> Self {
        Self {
            overrides: Overrides::new(),
            key: None,
            base_url: ANTHROPIC.into(),
            without_gates: false,
        }
    }
}

impl AiEnvironment {
    /// # Errors
    /// The variable that cannot be used, and what is allowed.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let overrides = from_environment(&lookup)?;
        let rules = Rules { models: Catalog::built_in(), today: Utc::now().date_naive() };
        check_environment(&overrides, rules)?;
        let set = |name: &str| {
            lookup(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let wrong = |variable: &str, message: &str| EnvironmentError {
            variable: variable.into(),
            message: message.into(),
        };
        let key = set("ANTHROPIC_API_KEY")
            .map(|text| {
                check_key(&text)
                    .map(ApiKey::new)
                    .map_err(|message| wrong("ANTHROPIC_API_KEY", message))
            })
            .transpose()?;
        // The value is not repeated: it can hold a password.
        let base_url = set("ANTHROPIC_API_BASE_URL")
            .map(|text| {
                base_address(&text).map_err(|message| wrong("ANTHROPIC_API_BASE_URL", message))
            })
            .transpose()?
            .unwrap_or_else(|| ANTHROPIC.into());
        let without_gates = match set(WITHOUT_GATES).as_deref() {
            None => false,
            Some("yes") if is_on_this_machine(&base_url) => true,
            Some(_) => {
                let allowed = "It is for benchmarks only: it must be yes, and \
                    ANTHROPIC_API_BASE_URL an http:// address of this machine, where nothing is \
                    billed.";
                return Err(wrong(WITHOUT_GATES, allowed));
            }
        };
        Ok(Self { overrides, key, base_url, without_gates })
    }
}

/// The address to which `/v1/…` is added. Other programs want it with that, so it is understood
/// with it as well: `https://gateway.example/claude/v1/messages/` is
/// `https://gateway.example/claude`.
fn base_address(text: &str) -> Result<String, &'static str> {
    if !(text.starts_with("https://") || text.starts_with("http://")) {
        return Err("It must begin with https:// or http://.");
    }
    let mut url = Url::parse(text)
        .map_err(|_| "It must be an address: https://host or https://host/path.")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "It must have no question mark and no number sign: /v1/messages is added to it.",
        );
    }
    let whole = url.path().trim_end_matches('/');
    let without = |path: &str, ending: &str| {
        path.strip_suffix(ending).map(|path| path.trim_end_matches('/').to_owned())
    };
    // Only below /v1: a gateway's own path may end in these words.
    let version = ["/messages", "/models"].iter().find_map(|ending| without(whole, ending));
    let version = version.filter(|path| path.ends_with("/v1"));
    let version = version.as_deref().unwrap_or(whole);
    let base = without(version, "/v1").unwrap_or_else(|| version.to_owned());
    url.set_path(&base);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_on_this_machine(base_url: &str) -> bool {
    let Ok(url) = base_url.parse::<http::Uri>() else { return false };
    let host = url.host().unwrap_or_default();
    url.scheme_str() == Some("http") && matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<AiEnvironment, EnvironmentError> {
        AiEnvironment::read(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_claude_itself_without_a_key() {
        let environment = read(&[("ANTHROPIC_API_KEY", " ")]).unwrap();
        assert!(environment.key.is_none() && environment.overrides.is_empty());
        assert_eq!(environment.base_url, "https://api.anthropic.com");
    }

    #[test]
    fn a_bad_value_names_its_variable_and_is_not_repeated() {
        for (name, value) in [
            ("ANTHROPIC_API_KEY", "\"sk-ant-api03-secret-secret\""),
            ("ANTHROPIC_API_BASE_URL", "ftp://user:secret@host"),
            ("ANTHROPIC_TEMPERATURE", "secret"),
            // Never 75, and never 5: JSON has a point, and the sentence says what is allowed.
            ("ANTHROPIC_DAILY_BUDGET", "7,5"),
            ("ANTHROPIC_TEMPERATURE", "0,5"),
            ("ANTHROPIC_MODEL", "claude-3-opus-20240229"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.variable, name);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn sets_its_layer() {
        let environment = read(&[
            ("ANTHROPIC_TEMPERATURE", "0.3"),
            ("ANTHROPIC_API_BASE_URL", "http://127.0.0.1:9000/"),
            ("ANTHROPIC_API_KEY", "sk-ant-api03-0123456789abcdef"),
        ])
        .unwrap();
        assert_eq!(environment.overrides["model"]["temperature"], 0.3);
        assert_eq!(environment.base_url, "http://127.0.0.1:9000");
        assert!(!format!("{environment:?}").contains("0123456789"));
    }

    #[test]
    fn issue_13_2_4_an_address_is_understood_however_much_of_the_path_it_has() {
        let base = |url: &str| {
            read(&[("ANTHROPIC_API_BASE_URL", url)]).map(|environment| environment.base_url)
        };
        for (given, expected) in [
            ("https://api.anthropic.com/v1", "https://api.anthropic.com"),
            ("https://api.anthropic.com/v1/", "https://api.anthropic.com"),
            ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
            ("https://api.anthropic.com//v1//messages//", "https://api.anthropic.com"),
            ("https://host:8443/claude/v1/models", "https://host:8443/claude"),
            ("https://host/messages", "https://host/messages"),
            ("https://host/my-v1", "https://host/my-v1"),
            ("https://v1", "https://v1"),
            ("http://user:word@host/a/v1", "http://user:word@host/a"),
        ] {
            assert_eq!(base(given).unwrap(), expected, "{given}");
        }
        for refused in
            ["https://host/v1/messages?beta=true", "https://host/#v1", "https://", "host/v1"]
        {
            let error = base(refused).unwrap_err();
            assert_eq!(error.variable, "ANTHROPIC_API_BASE_URL");
            assert!(error.message.ends_with('.'), "{}", error.message);
        }
    }

    #[test]
    fn the_gates_are_on_wherever_something_could_be_billed() {
        let read = |word, url| read(&[(WITHOUT_GATES, word), ("ANTHROPIC_API_BASE_URL", url)]);
        assert!(read("yes", "http://127.0.0.1:9000").unwrap().without_gates);
        assert!(read("yes", "http://localhost:9000/").unwrap().without_gates);
        assert!(!read("", "http://127.0.0.1:9000").unwrap().without_gates);
        for (word, url) in [
            ("yes", ""),
            ("yes", "https://api.anthropic.com"),
            ("yes", "https://127.0.0.1"),
            ("yes", "http://127.0.0.1.example.com"),
            ("yes", "http://127.0.0.1@example.com"),
            ("yes", "http://gateway:9000"),
            ("true", "http://127.0.0.1:9000"),
        ] {
            assert_eq!(read(word, url).unwrap_err().variable, WITHOUT_GATES, "{word} {url}");
        }
    }
}
