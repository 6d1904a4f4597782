//! Why the database cannot be used at start: one sentence each for the operator.

use super::EmbeddedError;
use sqlx::migrate::MigrateError;

/// A start that cannot go on for want of a database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(
        "DATABASE_URL cannot be understood ({0}). It looks like \
            postgres://user:password@host:5432/database."
    )]
    Address(#[source] sqlx::Error),
    #[error("The database named by DATABASE_URL cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    #[error("The database is PostgreSQL {version}; Train needs 15 or later.")]
    TooOld { version: i32 },
    #[error(
        "The database lacks Train's roles, and the role of DATABASE_URL may not make them \
            ({error}). \
         Let an administrator of the database run, in this database: {sql}"
    )]
    RolesMissing { sql: String, error: String },
    #[error(
        "The database was used by a newer version of Train: this one does not know step {version} \
            of the schema. \
         Start the newer version, or go back with its `train migrate down` first."
    )]
    SchemaNewer { version: i64 },
    #[error(
        "Step {version} of the schema is not the one that was applied to this database: the \
            program was built from \
         altered migrations. Use the released version."
    )]
    SchemaAltered { version: i64 },
    #[error("The schema could not be changed: {0}")]
    Migration(#[source] MigrateError),
    #[error("The database does not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    #[error("Starting PostgreSQL failed in an unexpected way: {0}")]
    Panicked(String),
}
