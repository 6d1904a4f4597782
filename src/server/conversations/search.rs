//! Making conversations searchable, and finding them by a text.

use crate::server::{
    foundation::error::ServiceError,
    postgres::{Pool, Transaction},
};
use uuid::Uuid;

/// Up to so many are looked up one by one. Of more, at least one in a hundred of a million has the
/// text, and a walk through the rows in their order soon fills a page.
const FEW: i32 = 10_000;

/// What a text finds.
#[derive(Clone, Debug)]
pub enum Sought {
    /// These, in no order.
    Few(Vec<Uuid>),
    /// More than that have these words.
    Many(String),
}

/// What has all words of a text, or is called by it: an id or a public id. Finds also what the
/// person may not list, so the rest of a statement has to say whose.
pub async fn seek(transaction: &mut Transaction, text: &str) -> Result<Sought, ServiceError> {
    let mut ids =
        sqlx::query_scalar!(r#"SELECT search_conversations($1, $2) AS "id!""#, text, FEW + 1)
            .fetch_all(&mut **transaction)
            .await?;
    // A word that so many have is the name of none.
    if ids.len() > FEW.unsigned_abs() as usize {
        return Ok(Sought::Many(text.to_owned()));
    }
    let named = match text.parse() {
        Ok(id) => Some(id),
        Err(_) => {
            sqlx::query_scalar!("SELECT id FROM conversations WHERE public_id = $1", text)
                .fetch_optional(&mut **transaction)
                .await?
        }
    };
    if let Some(named) = named.filter(|named| !ids.contains(named)) {
        ids.push(named);
    }
    Ok(Sought::Few(ids))
}

/// Makes those searchable that came since the last time; answers how many. In pieces of a second or
/// two, because each looks again through all that came in the last ten minutes.
pub async fn index_conversations(pool: &Pool) -> Result<u64, ServiceError> {
    const BATCH: i32 = 5000;
    let mut indexed = 0;
    loop {
        let batch = sqlx::query_scalar!(r#"SELECT index_conversations($1) AS "batch!""#, BATCH)
            .fetch_one(pool)
            .await?;
        indexed += batch.unsigned_abs();
        if batch < i64::from(BATCH) {
            return Ok(indexed);
        }
    }
}
