//! Recovery codes: random, shown once, kept as hashes, each for one use.

use super::totp::five_bits;
use crate::{
    domain::accounts::factor_code::{RECOVERY_LENGTH, RECOVERY_SIGNS},
    server::{
        accounts::secrets::SecretHash, foundation::error::ServiceError, postgres::Transaction,
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// How many a person gets.
const NUMBER: usize = 10;
/// Random bytes of a code: five of them are eight signs.
const BYTES: usize = RECOVERY_LENGTH / 8 * 5;
/// Signs that stand together.
const GROUP: usize = 6;

/// New codes in place of all that there were; as people see them, this once.
pub(super) async fn replace(
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<Vec<String>, ServiceError> {
    let codes = (0..NUMBER).map(|_| generate()).collect::<Result<Vec<_>, _>>();
    let codes =
        codes.map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(user_id, code).to_vec()).collect();
    sqlx::query!("DELETE FROM auth.recovery_codes WHERE user_id = $1", user_id)
        .execute(&mut **transaction)
        .await?;
    sqlx::query!(
        "INSERT INTO auth.recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])",
        user_id,
        &hashes
    )
    .execute(&mut **transaction)
    .await?;
    Ok(codes.iter().map(|code| grouped(code)).collect())
}

/// Uses a code up. Answers how many are left; `None` when it is none, or was used before.
pub(super) async fn take(
    transaction: &mut Transaction,
    user_id: Uuid,
    code: &str,
) -> Result<Option<i64>, ServiceError> {
    let hash = hash(user_id, code);
    let used = sqlx::query!(
        "UPDATE auth.recovery_codes SET used_at = now()
          WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
        user_id,
        hash.as_slice()
    )
    .execute(&mut **transaction)
    .await?;
    if used.rows_affected() == 0 {
        return Ok(None);
    }
    let left = sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM auth.recovery_codes
            WHERE user_id = $1 AND used_at IS NULL"#,
        user_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Some(left))
}

fn generate() -> Result<String, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    getrandom::fill(&mut *bytes)?;
    Ok(five_bits(&*bytes).map(|five| char::from(RECOVERY_SIGNS[five])).collect())
}

fn grouped(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    let groups = signs.chunks(GROUP).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// A plain hash is enough for 120 random bits; the account in it makes the same code of two people
/// two hashes.
fn hash(user_id: Uuid, code: &str) -> SecretHash {
    Sha256::digest(format!("train recovery code 1\n{user_id}\n{code}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::FactorCode;

    #[test]
    fn what_is_shown_is_read_as_what_was_made() {
        let code = generate().unwrap();
        assert_ne!(code, generate().unwrap());
        let shown = grouped(&code);
        assert_eq!((shown.len(), shown.matches('-').count()), (RECOVERY_LENGTH + 3, 3));
        assert!(FactorCode::parse(&shown) == Ok(FactorCode::Recovery(code.clone())));
        assert_ne!(hash(Uuid::from_u128(1), &code), hash(Uuid::from_u128(2), &code));
    }
}
