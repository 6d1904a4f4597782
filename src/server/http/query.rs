//! Queries of addresses read into a type, with the name of what is wrong.

use super::typed::explain;
use crate::domain::field_error::FieldError;
use serde::de::DeserializeOwned;
use serde_urlencoded::Deserializer;

/// Reads the query of an address into a type.
///
/// # Errors
/// The parameter that is wrong, and what is allowed.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, FieldError> {
    let pairs = Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let at = error.path().to_string();
        explain(if at == "." { "" } else { &at }, &error.into_inner().to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Full,
        Short,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Asked {
        kind: Option<Kind>,
        limit: Option<u8>,
        is_new: Option<bool>,
    }

    fn wrong(query: &str) -> (String, String) {
        let error = read::<Asked>(query).unwrap_err();
        (error.path, error.message)
    }

    #[test]
    fn names_the_parameter_and_what_is_allowed() {
        let asked = read::<Asked>("kind=short&limit=7&isNew=true").unwrap();
        assert!(matches!(asked.kind, Some(Kind::Short)) && asked.is_new == Some(true));
        assert_eq!(asked.limit, Some(7));
        assert!(matches!(read::<Asked>("kind=full").unwrap().kind, Some(Kind::Full)));
        assert_eq!(wrong("limit=x"), ("limit".into(), "limit must be a whole number.".into()));
        assert_eq!(wrong("limit=999").1, "limit is not in the range of what is possible.");
        assert_eq!(wrong("isNew=1"), ("isNew".into(), "isNew must be true or false.".into()));
        assert_eq!(wrong("kind=long"), ("kind".into(), "kind must be full or short.".into()));
        let (path, message) = wrong("limmit=3");
        assert_eq!(path, "limmit");
        assert!(message.contains("kind, limit, isNew"), "{message}");
    }

    #[test]
    fn what_is_given_twice_is_refused() {
        let (_, message) = wrong("limit=1&limit=2");
        assert!(message.contains("limit") && message.contains("more than once"), "{message}");
    }
}
