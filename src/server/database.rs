//! The way to PostgreSQL: opening it, its roles, its migrations, and transactions as one person.

use crate::server::{
    context::{ChangeContext, RequestContext},
    error::ServiceError,
};
use sqlx::{PgPool, Postgres, Transaction};

/// The application's connections. Each starts as `service_role`, whatever role signed in.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Runs as `service_role`: sign-in, jobs, everything that is not one person's request.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction as `authenticated` with the person's claims: row-level security decides what it sees.
    pub async fn as_person(&self, _request: &RequestContext) -> Result<Transaction<'static, Postgres>, ServiceError> {
        todo!()
    }
}

/// Tells the history triggers, inside this transaction only, what they record beside the change itself.
pub async fn describe_change(
    _transaction: &mut Transaction<'static, Postgres>,
    _request: &RequestContext,
    _change: &ChangeContext,
) -> Result<(), ServiceError> {
    todo!()
}
