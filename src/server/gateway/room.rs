//! Space in memory for the bodies of requests in flight. Each is kept until its end, because it may
//! have to be sent again; hundreds of large ones at once must not be more than the server has.

use crate::{domain::error_code::ErrorCode, server::foundation::error::ServiceError};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The largest body, in bytes: the provider's own limit for a request.
pub const LARGEST: usize = 32 * 1024 * 1024;
/// For all bodies together, in each server process.
const ALL: usize = 256 * 1024 * 1024;
/// Counted in so many bytes. What is smaller counts for nothing: the number of requests bounds it.
const UNIT: usize = 64 * 1024;
/// How long a request waits for space.
const PATIENCE: Duration = Duration::from_secs(5);

/// Cheap to clone; clones share the space.
#[derive(Clone, Debug)]
pub struct Room {
    space: Arc<Semaphore>,
    patience: Duration,
}

/// Space that is taken, until this is dropped.
#[derive(Debug)]
pub struct Held {
    _permit: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self { space: Arc::new(Semaphore::new(ALL / UNIT)), patience: PATIENCE }
    }
}

impl Room {
    /// Space for a body of so many bytes; `None` in the answer where none has to be counted. One
    /// that does not say how large it is may be as large as any.
    ///
    /// # Errors
    /// 429 `too_many_at_once` when there is none for a while.
    pub async fn take(&self, bytes: Option<usize>) -> Result<Option<Held>, ServiceError> {
        let bytes = bytes.unwrap_or(LARGEST).min(LARGEST);
        if bytes <= UNIT {
            return Ok(None);
        }
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let taking = Arc::clone(&self.space).acquire_many_owned(units);
        match timeout(self.patience, taking).await {
            Ok(Ok(permit)) => Ok(Some(Held { _permit: permit })),
            _ => Err(ServiceError::Limited {
                code: ErrorCode::TooManyAtOnce,
                message: "Too many large requests are in flight at this moment. Try again in a \
                    few seconds."
                    .into(),
                retry_after: 5,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_for_nobody() {
        let room = Room { patience: Duration::from_millis(50), ..Room::default() };
        let mut held = Vec::new();
        for _ in 0..ALL / LARGEST {
            held.push(room.take(None).await.unwrap().expect("it counts"));
        }
        assert!(room.take(Some(UNIT)).await.unwrap().is_none());
        let refused = room.take(Some(UNIT + 1)).await.unwrap_err().into_api("r");
        assert_eq!((refused.status, refused.code), (429, ErrorCode::TooManyAtOnce));
        held.pop();
        assert!(room.take(Some(LARGEST)).await.unwrap().is_some());
    }
}
