//! An organization's defaults back to an earlier value: the rules and the statements of a save, in
//! a transaction of history's.

use super::{lock, store};
use crate::{
    domain::{
        field_error::FieldError,
        preferences::{Layers, Overrides},
    },
    server::{
        foundation::error::ServiceError,
        postgres::Transaction,
        preferences::{PreferenceService, restore::planned},
        restore::{RestoreValue, Row},
    },
};

/// The defaults of organizations; the service remembers what their members inherit.
pub struct Defaults(pub PreferenceService);

impl RestoreValue for Defaults {
    async fn hold(
        &self,
        transaction: &mut Transaction,
        row: Row,
    ) -> Result<(Overrides, i64), ServiceError> {
        let stored = lock(transaction, row.owner.id()).await?;
        Ok((stored.preferences.0, stored.version))
    }

    fn next(&self, before: Overrides, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
        planned(&Layers { own: before, ..Layers::default() }, wanted)
    }

    async fn store(
        &self,
        transaction: &mut Transaction,
        row: Row,
        next: &Overrides,
    ) -> Result<(), ServiceError> {
        store(transaction, row.owner.id(), next).await.map(drop)
    }

    fn forget(&self, _row: Row) {
        self.0.inherited();
    }
}
