//! Anchors: one hash over everything that history holds at a moment. Whoever may rewrite the whole
//! database, chains and registers included, cannot rewrite an anchor that was noted elsewhere.

use crate::server::{foundation::error::ServiceError, postgres::Database};
use sqlx::Executor;
use std::{fmt, str::FromStr};

/// `812-34-5-<64 hexadecimal digits>`: how far history, the register of its chains and the record
/// of operators' commands went, and the hash over all three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    upto: i64,
    chains: i64,
    actions: i64,
    digest: String,
}

impl Anchor {
    /// Of this moment. Changes that are being written are waited for.
    pub async fn now(database: &Database) -> Result<Self, ServiceError> {
        // A transaction of its own: it keeps others from writing, for as long as it takes to look
        // at three numbers.
        let place = sqlx::query!(
            r#"SELECT upto AS "upto!", chains AS "chains!", actions AS "actions!"
               FROM public.audit_anchor_now()"#
        )
        .fetch_one(database.pool())
        .await?;
        let anchor = Self {
            upto: place.upto,
            chains: place.chains,
            actions: place.actions,
            digest: String::new(),
        };
        Ok(Self { digest: anchor.computed(database).await?, ..anchor })
    }

    /// Whether everything that it covers is still the same.
    pub async fn holds(&self, database: &Database) -> Result<bool, ServiceError> {
        Ok(self.computed(database).await? == self.digest)
    }

    async fn computed(&self, database: &Database) -> Result<String, ServiceError> {
        let mut transaction = database.begin().await?;
        // A long history takes longer than any request may.
        transaction.execute("SET LOCAL statement_timeout = 0").await?;
        let digest = sqlx::query_scalar!(
            r#"SELECT public.audit_anchor($1, $2, $3) AS "digest!""#,
            self.upto,
            self.chains,
            self.actions
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.rollback().await?;
        Ok(digest)
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { upto, chains, actions, digest } = self;
        write!(formatter, "{upto}-{chains}-{actions}-{digest}")
    }
}

impl FromStr for Anchor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "an anchor looks like 812-34-5- and 64 hexadecimal digits";
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [upto, chains, actions, digest] = parts[..] else { return Err(WRONG) };
        let number = |text: &str| text.parse::<i64>().map_err(|_| WRONG);
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        Ok(Self {
            upto: number(upto)?,
            chains: number(chains)?,
            actions: number(actions)?,
            digest: digest.to_ascii_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_printed() {
        let text = format!("812-34-5-{}", "0f".repeat(32));
        assert_eq!(text.parse::<Anchor>().unwrap().to_string(), text);
        for wrong in ["", "1-2-3", "1-2-3-ab", &text[4..], &format!("{text}-1")] {
            assert!(wrong.parse::<Anchor>().is_err(), "{wrong}");
        }
    }
}
