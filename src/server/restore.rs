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
