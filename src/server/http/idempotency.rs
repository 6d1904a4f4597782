//! The header `Idempotency-Key`.

use crate::server::{error::ServiceError, idempotency::IdempotencyKey};
use http::{HeaderMap, Method};
use serde_json::Value;
use uuid::Uuid;

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
