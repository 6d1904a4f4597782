//! JSON bodies read into a type, with the path of what is wrong.

use crate::domain::{field_error::FieldError, json::split_path};
use serde::de::{DeserializeOwned, value::BorrowedBytesDeserializer};

/// Reads a value into a type. Sentences never repeat a value: it may be a key in the wrong place.
///
/// # Errors
/// The field that is wrong, and what is allowed.
pub fn read<T: DeserializeOwned>(body: serde_json::Value) -> Result<T, FieldError> {
    if !body.is_object() {
        return Err(FieldError::new("", "The body must be a JSON object."));
    }
    serde_path_to_error::deserialize(body).map_err(|error| {
        let at = error.path().to_string();
        let message = error.into_inner().to_string();
        let at = if at == "." { "" } else { &at };
        match split_path(&message) {
            ("", message) => explain(at, message),
            (within, message) => explain(&join(at, within), message),
        }
    })
}

/// Takes a body that is not JSON as it is.
///
/// # Errors
/// None for an `Upload`; other types cannot be made of bytes.
pub fn read_bytes<T: DeserializeOwned>(body: &[u8]) -> Result<T, FieldError> {
    T::deserialize(BorrowedBytesDeserializer::<serde::de::value::Error>::new(body))
        .map_err(|error| FieldError::new("", error.to_string()))
}

/// serde's message as a sentence of ours.
pub(super) fn explain(at: &str, message: &str) -> FieldError {
    let quoted =
        || message.split('`').nth(1).unwrap_or_default().chars().take(60).collect::<String>();
    if message.starts_with("missing field") {
        let name = quoted();
        return FieldError::new(join(at, &name), format!("{name} is missing."));
    }
    if message.starts_with("unknown field") {
        let allowed = message
            .rsplit_once("expected ")
            .map(|(_, names)| names.replace('`', ""))
            .unwrap_or_default();
        let (name, allowed) = (quoted(), allowed.trim_start_matches("one of "));
        let sentence = format!("“{name}” is not a field here. Allowed are {allowed}.");
        return FieldError::new(if at.is_empty() { &name } else { at }, sentence);
    }
    if message.starts_with("unknown variant") {
        let allowed = message
            .rsplit_once("expected ")
            .map(|(_, names)| names.replace('`', ""))
            .unwrap_or_default();
        return FieldError::new(at, format!("{at} must be {allowed}."));
    }
    if message.starts_with("duplicate field") {
        return FieldError::new(at, format!("{} is given more than once.", quoted()));
    }
    if message.starts_with("UUID parsing failed") {
        return FieldError::new(at, format!("{at} must be a UUID."));
    }
    if message.contains("number too large") || message.contains("number too small") {
        return FieldError::new(at, format!("{at} is not in the range of what is possible."));
    }
    if message.contains("invalid digit") || message.contains("cannot parse integer") {
        return FieldError::new(at, format!("{at} must be a whole number."));
    }
    if message.contains("was not `true` or `false`") {
        return FieldError::new(at, format!("{at} must be true or false."));
    }
    match message.rsplit_once("expected ") {
        Some((_, "a map")) => FieldError::new(at, format!("{at} must be a JSON object.")),
        Some((_, kind)) => FieldError::new(at, format!("{at} must be {kind}.")),
        None => FieldError::new(at, format!("{at} has a value that cannot be used.")),
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() || at.ends_with(name) { name.to_owned() } else { format!("{at}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{ai::DryRunRequest, preferences::PreferencesActionRequest},
        domain::{
            ai::views::{AiConfigurationRequest, RotateKeyRequest},
            history::RollbackRequest,
        },
    };
    use serde_json::{Value, json};
    use uuid::Uuid;

    #[test]
    fn says_what_is_wrong_and_where() {
        let patch = |body| read::<AiConfigurationRequest>(body).unwrap_err();
        let missing = patch(json!({"updates": {}}));
        assert_eq!(
            (missing.path.as_str(), missing.message.as_str()),
            ("configName", "configName is missing.")
        );
        let wrong = patch(json!({"configName": 5, "updates": {}}));
        assert_eq!(
            (wrong.path.as_str(), wrong.message.as_str()),
            ("configName", "configName must be a string.")
        );
        let updates = patch(json!({"configName": "a", "updates": []}));
        assert_eq!(
            (updates.path.as_str(), updates.message.as_str()),
            ("updates", "updates must be a JSON object.")
        );
        let scope = patch(json!({"configName": "a", "updates": {}, "scope": "planet"}));
        assert_eq!(scope.path, "scope");
        assert!(scope.message.contains("person"), "{}", scope.message);
        assert!(
            patch(json!({"configName": "a", "updates": {}, "sope": "person"}))
                .message
                .contains("“sope” is not a field")
        );
        assert_eq!(patch(json!([])).path, "");
        let action = |body| read::<PreferencesActionRequest>(body).unwrap_err();
        assert_eq!(action(json!({"action": "reset", "section": "nope"})).path, "section");
        assert_eq!(action(json!({"action": "explode"})).path, "action");
        let both = action(json!({"action": "import", "preferences": {}, "section": "display"}));
        assert_eq!(
            (both.path.as_str(), both.message.as_str()),
            ("section", "“section” is not a field here. Allowed are action or preferences.")
        );
    }

    #[test]
    fn a_choice_of_bodies_names_the_field_as_well() {
        let wrong = |body| {
            let error = read::<DryRunRequest>(body).unwrap_err();
            (error.path, error.message)
        };
        assert!(read::<DryRunRequest>(json!({})).is_ok());
        assert_eq!(wrong(json!({"turns": 2})), ("tier".into(), "tier is missing.".into()));
        let persona = json!({"tier": "template", "persona": 5});
        assert_eq!(wrong(persona), ("persona".into(), "persona must be a string.".into()));
        let (path, message) = wrong(json!({"teer": "template"}));
        assert_eq!(path, "teer");
        assert!(message.contains("“teer” is not a field here"), "{message}");
    }

    #[test]
    fn of_a_choice_the_field_is_named_and_not_the_word_that_chose() {
        let wrong = |body| {
            let error = read::<RollbackRequest>(body).unwrap_err();
            (error.path, error.message)
        };
        let id = Uuid::nil();
        let one = |name: &str, value: Value| {
            let mut body = json!({"action": "execute", "changeId": id, "targetId": id,
                "configType": "ai_config"});
            body[name] = value;
            wrong(body)
        };
        let action = "action must be one of preview, validate, execute, bulk.";
        assert_eq!(one("action", json!("explode")), ("action".into(), action.into()));
        assert_eq!(one("action", json!(5)), ("action".into(), action.into()));
        assert_eq!(wrong(json!({})), ("action".into(), action.into()));
        assert_eq!(one("changeId", json!("5")).1, "changeId must be a UUID.");
        assert_eq!(one("expectedVersion", json!("2")).0, "expectedVersion");
        assert_eq!(one("toVersion", json!("after")).0, "toVersion");
        let (path, message) = one("changeIds", json!([]));
        assert_eq!(path, "changeIds");
        assert!(message.contains("Allowed are changeId, targetId,"), "{message}");
        let bulk = |rest: Value| {
            let mut body = json!({"action": "bulk"});
            body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            wrong(body)
        };
        assert_eq!(bulk(json!({"changeIds": ["x"]})).0, "changeIds[0]");
        assert_eq!(
            bulk(json!({"filter": {"from": "2026-01-02T00:00:00Z"}})),
            ("filter.to".into(), "to is missing.".into())
        );
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_repeated() {
        let error =
            read::<RotateKeyRequest>(json!({"newPrimaryKey": 1, "graceHours": "sk-ant-secret"}))
                .unwrap_err();
        assert!(!error.message.contains("secret"), "{}", error.message);
        let error =
            read::<RotateKeyRequest>(json!({"newPrimaryKey": "x", "graceHours": "sk-ant-secret"}))
                .unwrap_err();
        assert_eq!(error.path, "graceHours");
        assert!(!error.message.contains("secret"), "{}", error.message);
        let body = json!({"newPrimaryKey": "x", "graceHours": "expected secret"});
        let error = read::<RotateKeyRequest>(body).unwrap_err();
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}
