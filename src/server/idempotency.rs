//! Idempotency keys: a request that is sent again under its key is answered as before and does
//! nothing twice. The same key with another request is refused, because it would be answered as if
//! it had been done.

use super::{foundation::error::ServiceError, postgres::Pool};
use crate::domain::error_code::ErrorCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

/// How long a key is remembered, in days. Longer than anybody repeats a request.
const KEPT_DAYS: i32 = 30;

/// A key with what was asked under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub id: Uuid,
    /// Of the method, the path and the body.
    digest: [u8; 32],
}

impl IdempotencyKey {
    /// Bodies that say the same are the same, however they are written.
    pub fn new(id: Uuid, method: &str, path: &str, body: &Value) -> Self {
        let mut digest = Sha256::new();
        for part in [method, path] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        add(&mut digest, body);
        Self { id, digest: digest.finalize().into() }
    }

    /// The id of what a person's request makes: of its key, so that the same request sent again
    /// finds what it made.
    pub fn made_id(key: Option<&Self>, person: Uuid) -> Uuid {
        key.map_or_else(Uuid::new_v4, |key| Uuid::new_v5(&person, key.id.as_bytes()))
    }
}

/// A value with the fields of its objects in order. What it is made of cannot be read in two ways:
/// lengths stand before contents.
fn add(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(fields) => {
            digest.update(b"{");
            digest.update(fields.len().to_le_bytes());
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in fields {
                digest.update(name.len().to_le_bytes());
                digest.update(name);
                add(digest, value);
            }
        }
        Value::Array(items) => {
            digest.update(b"[");
            digest.update(items.len().to_le_bytes());
            items.iter().for_each(|item| add(digest, item));
        }
        plain => {
            let text = plain.to_string();
            digest.update(b"=");
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
    }
}

/// What a key has been used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    First,
    /// The same request was made under it before.
    Repeated,
}

/// Uses a person's key, in the transaction of what it is for, if there is one: then it is used only
/// when that is kept.
///
/// # Errors
/// 409 `idempotency_key_reused` when it was used for another request.
pub async fn take(
    connection: &mut PgConnection,
    user_id: Uuid,
    key: &IdempotencyKey,
) -> Result<Use, ServiceError> {
    let taken = sqlx::query!(
        "INSERT INTO idempotency_keys (user_id, key, digest) VALUES ($1, $2, $3) ON CONFLICT DO \
            NOTHING",
        user_id,
        key.id,
        key.digest.as_slice()
    )
    .execute(&mut *connection)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Use::First);
    }
    // A statement of its own: it sees what somebody else stored at the same moment.
    let same = sqlx::query_scalar!(
        r#"SELECT digest = $3 AS "same!" FROM idempotency_keys WHERE user_id = $1 AND key = $2"#,
        user_id,
        key.id,
        key.digest.as_slice()
    )
    .fetch_optional(connection)
    .await?;
    match same {
        Some(true) => Ok(Use::Repeated),
        Some(false) => Err(reused()),
        // Cleared away between the two: it is as old as that.
        None => Err(reused()),
    }
}

/// The key was used for another request.
pub fn reused() -> ServiceError {
    ServiceError::refused(
        ErrorCode::IdempotencyKeyReused,
        "This Idempotency-Key was used for another request before. \
                  Nothing was changed; send this one with a new key.",
    )
}

/// Forgets keys that nobody repeats any more; for a job that runs now and then.
pub async fn tidy(pool: &Pool) -> Result<u64, ServiceError> {
    let done = sqlx::query!(
        "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(days => $1)",
        KEPT_DAYS
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn digest(method: &str, path: &str, body: &str) -> [u8; 32] {
        let body = serde_json::from_str(body).unwrap();
        IdempotencyKey::new(Uuid::nil(), method, path, &body).digest
    }

    #[test]
    fn the_same_request_written_otherwise_is_the_same() {
        let one = digest("PATCH", "/a", r#"{"a": 1, "b": {"c": [true, null], "d": "x"}}"#);
        let two = digest("PATCH", "/a", r#"{"b":{"d":"x","c":[true,null]},"a":1}"#);
        assert_eq!(one, two);
    }

    #[test]
    fn another_request_is_another() {
        let one = digest("PATCH", "/a", r#"{"a": ["b", "c"]}"#);
        for (method, path, body) in [
            ("POST", "/a", json!({"a": ["b", "c"]})),
            ("PATCH", "/b", json!({"a": ["b", "c"]})),
            ("PATCH", "/a", json!({"a": ["c", "b"]})),
            ("PATCH", "/a", json!({"a": ["b"]})),
            ("PATCH", "/a", json!({"a": "[\"b\",\"c\"]"})),
            ("PATCH", "/a", json!({})),
            ("PATCH", "/a", json!(null)),
        ] {
            assert_ne!(one, digest(method, path, &body.to_string()), "{method} {path} {body}");
        }
    }
}
