//! How a kind of configuration goes back to an earlier value. History walks its rollbacks over this
//! one trait, and each service that stores configuration keeps the rules and statements of its own
//! saves behind it.

use crate::{
    domain::{ai::Owner, field_error::FieldError, settings::Overrides},
    server::{
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
    },
};
use futures::future::BoxFuture;
use std::future::Future;
use uuid::Uuid;

/// Which row: its id in history, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub id: Uuid,
    pub owner: Owner,
}

/// A row as it stands, held until the end of the transaction.
#[derive(Debug)]
pub struct Current {
    /// As history would record it.
    pub value: Overrides,
    pub version: i64,
    /// Where rows of this kind have names.
    pub name: Option<String>,
    /// What is stored beneath it, where the rules ask for that.
    pub beneath: Overrides,
}

/// The value that would be stored, `None` for a deletion; or every reason why not.
pub type Planned = Result<Option<Overrides>, Vec<FieldError>>;

/// A kind of configuration that can go back to an earlier value. Whatever the rules need that is
/// read over connections of its own is read before this exists, and so before the transaction.
pub trait Restore: Send + Sync {
    /// Whether rows come and go; others last as long as their owner, and are empty at first.
    fn is_deletable(&self) -> bool {
        false
    }

    /// Reads and holds a row; `None` when it is deleted.
    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>>;

    /// What a save would store to come to `wanted`, by today's rules.
    fn plan<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        current: Option<&'a Current>,
        wanted: &'a Overrides,
    ) -> BoxFuture<'a, Result<Planned, ServiceError>>;

    /// Stores a planned value; `None` deletes the row.
    fn write<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        exists: bool,
        next: Option<&'a Overrides>,
    ) -> BoxFuture<'a, Result<(), ServiceError>>;

    /// After the commit: what this process remembers of the old value is forgotten. The others
    /// learn of it by the trigger.
    fn stored(&self, row: Row, version: i64);
}

/// A kind of configuration of which each organization has one value, empty at first, for as long as
/// it lasts: what is left to say of how it goes back.
pub trait RestoreValue: Send + Sync {
    /// Reads and holds the value; with its version.
    fn hold(
        &self,
        transaction: &mut Transaction,
        row: Row,
    ) -> impl Future<Output = Result<(Overrides, i64), ServiceError>> + Send;

    /// What a save would store to come to `wanted`, by today's rules.
    ///
    /// # Errors
    /// Every reason why it would not.
    fn next(&self, before: Overrides, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>>;

    fn store(
        &self,
        transaction: &mut Transaction,
        row: Row,
        next: &Overrides,
    ) -> impl Future<Output = Result<(), ServiceError>> + Send;

    /// As in [`Restore::stored`].
    fn forget(&self, row: Row);
}

impl<T: RestoreValue> Restore for T {
    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>> {
        Box::pin(async move {
            let (value, version) = self.hold(transaction, row).await?;
            Ok(Some(Current { value, version, name: None, beneath: Overrides::new() }))
        })
    }

    fn plan<'a>(
        &'a self,
        _transaction: &'a mut Transaction,
        _row: Row,
        current: Option<&'a Current>,
        wanted: &'a Overrides,
    ) -> BoxFuture<'a, Result<Planned, ServiceError>> {
        let before = current.map(|current| current.value.clone()).unwrap_or_default();
        let planned = self.next(before, wanted).map(Some);
        Box::pin(async move { Ok(planned) })
    }

    fn write<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _exists: bool,
        next: Option<&'a Overrides>,
    ) -> BoxFuture<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            let empty = Overrides::new();
            self.store(transaction, row, next.unwrap_or(&empty)).await
        })
    }

    fn stored(&self, row: Row, _version: i64) {
        self.forget(row);
    }
}
