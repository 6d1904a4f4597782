//! The lease of something that waits to be worked on, once, by whichever server comes first: a row
//! of any table with `lease_id` and `lease_until`. Only the database's clock counts.
//!
//! How one is taken says each feature, with what it has to know of the row: what waits for the
//! longest, or whose server is gone (`public.is_due`, at most twice [`LENGTH`] ahead). The rest is
//! here, as macros: the statements are checked against the table that they name.

use crate::server::{foundation::error::ServiceError, postgres::apart};
use std::time::Duration;
use tokio::time::sleep;

/// A server that did nothing for so long is taken for gone, in seconds.
pub const LENGTH: f64 = 30.0;
/// How often it says that it is there while it works on something long.
const BEAT: Duration = Duration::from_secs(8);

/// Works, and says meanwhile that it does, also while the database works on one long statement;
/// both have a connection of their own. `None`: it is another server's now, or was stopped.
pub async fn keeping<T, R>(work: impl Future<Output = T>, renew: impl FnMut() -> R) -> Option<T>
where
    R: Future<Output = Result<bool, ServiceError>>,
{
    tokio::select! {
        done = apart(work) => Some(done),
        () = apart(renewing(BEAT, renew)) => None,
    }
}

/// Renews a lease every so often until it is lost.
async fn renewing<R>(beat: Duration, mut renew: impl FnMut() -> R)
where
    R: Future<Output = Result<bool, ServiceError>>,
{
    loop {
        sleep(beat).await;
        match renew().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
        }
    }
}

/// Leaves a row to whichever server comes first.
macro_rules! release {
    ($executor:expr, $table:literal, $row:expr, $lease:expr) => {
        sqlx::query!(
            "UPDATE "
                + $table
                + " SET lease_id = NULL, lease_until = NULL
             WHERE id = $1 AND lease_id = $2",
            $row,
            $lease
        )
        .execute($executor)
        .await
        .map(|_| ())
        .map_err(crate::server::foundation::error::ServiceError::from)
    };
}

/// Goes on working on a row in one of these states; false when it is another server's now, or was
/// stopped.
macro_rules! renew {
    ($executor:expr, $table:literal, $states:literal, $row:expr, $lease:expr) => {
        sqlx::query!(
            "UPDATE "
                + $table
                + " SET lease_until = clock_timestamp() + make_interval(secs => $3)
             WHERE id = $1 AND lease_id = $2 AND state IN ("
                + $states
                + ")",
            $row,
            $lease,
            crate::server::jobs::lease::LENGTH
        )
        .execute($executor)
        .await
        .map(|renewed| renewed.rows_affected() > 0)
        .map_err(crate::server::foundation::error::ServiceError::from)
    };
}

/// Holds a row until the end of the transaction and answers the moment; `None` when it is another
/// server's now, or was stopped. With `$doing` it is in the first state, else in the second.
macro_rules! hold {
    ($transaction:expr, $table:literal, $states:literal, $row:expr, $lease:expr, $doing:expr) => {
        sqlx::query_scalar!(
            r#"SELECT now() AS "now!" FROM "#
                + $table
                + "
             WHERE id = $1 AND lease_id = $2 AND state = (ARRAY["
                + $states
                + "])[CASE WHEN $3 THEN 1 ELSE 2 END]
             FOR NO KEY UPDATE",
            $row,
            $lease,
            $doing
        )
        .fetch_optional($transaction)
        .await
        .map_err(crate::server::foundation::error::ServiceError::from)
    };
}

pub(crate) use {hold, release, renew};

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn a_lease_is_renewed_until_it_is_lost() {
        let mut answers = vec![
            Ok(false),
            Err(ServiceError::Internal("The database does not answer.".into())),
            Ok(true),
        ];
        let renew = || ready(answers.pop().unwrap());
        renewing(Duration::ZERO, renew).await;
        assert!(answers.is_empty(), "neither a success nor an error is the end");
    }

    #[tokio::test]
    async fn work_that_is_done_needs_no_lease_any_more() {
        assert_eq!(keeping(ready(7), pending).await, Some(7));
    }
}
