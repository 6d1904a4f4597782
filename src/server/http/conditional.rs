//! The headers that make a change conditional: `If-Match`, on the version that it is based on, and
//! `Idempotency-Key`, on not having been made before.

use crate::server::{foundation::error::ServiceError, idempotency::IdempotencyKey};
use http::{HeaderMap, Method, header};
use serde_json::Value;
use uuid::Uuid;

/// The version in `If-Match`: `"7"`, `7`, or `*` for any.
///
/// # Errors
/// 400 when it is no version.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ServiceError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    let version = number.parse::<i64>().map_err(|_| {
        ServiceError::field("If-Match", "If-Match must be a version in quotes, such as \"7\".")
    })?;
    Ok(Some(version))
}

/// The key in `Idempotency-Key`, bound to the request that it came with.
///
/// # Errors
/// 400 when it is no UUID.
pub fn idempotency_key(
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    body: &Value,
) -> Result<Option<IdempotencyKey>, ServiceError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| Uuid::parse_str(text.trim()).ok());
    let id = id
        .ok_or_else(|| ServiceError::field("Idempotency-Key", "Idempotency-Key must be a UUID."))?;
    Ok(Some(IdempotencyKey::new(id, method.as_str(), path, body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn version(text: &'static str) -> Result<Option<i64>, ServiceError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
        if_match(&headers)
    }

    #[test]
    fn reads_a_version_as_clients_write_it() {
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
        for text in ["\"7\"", "7", "W/\"7\"", " \"7\" "] {
            assert_eq!(version(text).unwrap(), Some(7), "{text}");
        }
        assert_eq!(version("*").unwrap(), None);
        assert!(version("\"seven\"").is_err() && version("").is_err());
    }
}
